//! Colours of another space than sRGB, such as the Display P3 of phones, as they look in sRGB: renditions carry no
//! profile, and without one everything is shown as sRGB.

use image::RgbImage;
use moxcms::{ColorProfile, DataColorSpace, Layout, TransformOptions};

/// Profiles of cameras and screens have some kilobytes; only those of printing presses are longer than this.
const MOST_BYTES: usize = 1024 * 1024;

/// Converts a picture whose file names this ICC profile. A profile that cannot be understood, or is not of red,
/// green and blue, is as if there were none: the picture is taken for sRGB then.
pub(super) fn in_srgb(picture: RgbImage, profile: &[u8]) -> RgbImage {
    if profile.len() > MOST_BYTES {
        return picture;
    }
    let (width, height) = picture.dimensions();
    let converted = converted(picture.as_raw(), profile);
    converted
        .and_then(|pixels| RgbImage::from_raw(width, height, pixels))
        .unwrap_or(picture)
}

fn converted(pixels: &[u8], profile: &[u8]) -> Option<Vec<u8>> {
    let profile = ColorProfile::new_from_slice(profile).ok()?;
    if profile.color_space != DataColorSpace::Rgb {
        return None;
    }
    let srgb = ColorProfile::new_srgb();
    let options = TransformOptions::default();
    let transform = profile
        .create_transform_8bit(Layout::Rgb, &srgb, Layout::Rgb, options)
        .ok()?;
    let mut converted = vec![0; pixels.len()];
    transform.transform(pixels, &mut converted).ok()?;
    Some(converted)
}

#[cfg(test)]
mod tests {
    use image::Rgb;

    use super::*;

    #[test]
    fn colours_of_a_phone_look_the_same_in_srgb() {
        let picture = RgbImage::from_pixel(8, 8, Rgb([200, 100, 100]));
        let profile = ColorProfile::new_display_p3().encode().unwrap();
        // By the matrix of CSS Color 4, section 10.9, from one linear space to the other.
        let Rgb(found) = *in_srgb(picture, &profile).get_pixel(4, 4);
        for (found, expected) in found.into_iter().zip([215_u8, 93, 97]) {
            assert!(found.abs_diff(expected) <= 2, "{found} {expected}");
        }
    }

    #[test]
    fn a_profile_that_is_none_changes_nothing() {
        let picture = RgbImage::from_pixel(8, 8, Rgb([200, 100, 100]));
        for profile in [&b""[..], b"rubbish", &[0; 4000]] {
            assert_eq!(in_srgb(picture.clone(), profile), picture);
        }
    }
}
