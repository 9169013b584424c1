//! Smaller pictures.

use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};
use image::{DynamicImage, RgbImage};

use crate::render::Unrenderable;

/// The size with `edge` pixels along the longer edge: never larger than it was, and nowhere zero.
pub(in crate::render) fn fit(width: u32, height: u32, edge: u32) -> (u32, u32) {
    let longest = width.max(height).max(1);
    if longest <= edge {
        return (width, height);
    }
    let shortened = |length: u32| {
        let exact = (u64::from(length) * u64::from(edge) * 2 + u64::from(longest))
            / (u64::from(longest) * 2);
        u32::try_from(exact).unwrap_or(edge).max(1)
    };
    (shortened(width), shortened(height))
}

/// A picture of at most `edge` pixels along its longer edge, in the same format of pixels.
pub(super) fn reduced(picture: DynamicImage, edge: u32) -> Result<DynamicImage, Unrenderable> {
    let (width, height) = fit(picture.width(), picture.height(), edge);
    if (width, height) == (picture.width(), picture.height()) {
        return Ok(picture);
    }
    let mut small = DynamicImage::new(width, height, picture.color());
    // Lanczos keeps fine lines; with SIMD it costs little more than the simpler filters.
    let algorithm = ResizeAlg::Convolution(FilterType::Lanczos3);
    let options = ResizeOptions::new().resize_alg(algorithm);
    Resizer::new()
        .resize(&picture, &mut small, &options)
        .map_err(Unrenderable::malformed)?;
    Ok(small)
}

/// The same for a picture that has become one of eight bits without transparency.
pub(in crate::render) fn reduced_rgb(
    picture: RgbImage,
    edge: u32,
) -> Result<RgbImage, Unrenderable> {
    Ok(reduced(picture.into(), edge)?.into_rgb8())
}

/// Any format of pixels as eight bits of red, green and blue, what is transparent showing white paper.
pub(super) fn on_white(picture: DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8();
    }
    let picture = picture.into_rgba8();
    let mut flat = RgbImage::new(picture.width(), picture.height());
    for (from, to) in picture.pixels().zip(flat.pixels_mut()) {
        let [red, green, blue, alpha] = from.0;
        let alpha = u16::from(alpha);
        to.0 = [red, green, blue].map(|colour| {
            let mixed = (u16::from(colour) * alpha + 255 * (255 - alpha) + 127) / 255;
            u8::try_from(mixed).unwrap_or(u8::MAX)
        });
    }
    flat
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_becomes_larger_and_nothing_vanishes() {
        for (size, edge, fitting) in [
            ((6000, 4000), 1600, (1600, 1067)),
            ((4000, 6000), 400, (267, 400)),
            ((300, 200), 400, (300, 200)),
            ((65_535, 1), 1600, (1600, 1)),
            ((1, 65_535), 400, (1, 400)),
        ] {
            assert_eq!(fit(size.0, size.1, edge), fitting, "{size:?}");
        }
    }
}
