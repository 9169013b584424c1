//! JPEGs, by libjpeg-turbo: decoded at the smallest eighth of their size that is large enough, which costs a
//! fraction of decoding them whole.

use image::RgbImage;
use turbojpeg::{Colorspace, Decompressor, Image, PixelFormat, ScalingFactor};

use super::Decoded;
use super::jpeg_structure::Structure;
use crate::render::{Limits, Unrenderable};

/// All scans together may go over this many pixels: twenty times the largest image that is decoded.
const MOST_SCANNED_PIXELS: u64 = 4_000_000_000;
/// What libjpeg-turbo warns of without a pixel being lost: bytes between two scans.
const HARMLESS: [&str; 1] = ["extraneous bytes before marker"];

/// Refuses what would cost too much, by the markers alone.
pub(super) fn admit(
    structure: &Structure,
    bytes: u64,
    limits: &Limits,
) -> Result<(), Unrenderable> {
    let frame = &structure.frame;
    let (width, height) = (u64::from(frame.width), u64::from(frame.height));
    limits.admit_pixels(width, height)?;
    if frame.precision != 8 {
        let bits = frame.precision;
        return Err(Unrenderable::unsupported(format!(
            "a JPEG of {bits} bits a sample"
        )));
    }
    let scanned = width * height * u64::from(structure.scans);
    if structure.scans > limits.jpeg_scans || scanned > MOST_SCANNED_PIXELS {
        let scans = structure.scans;
        return Err(Unrenderable::malformed(format!(
            "{scans} scans are too many"
        )));
    }
    limits.admit_memory(bytes + structure.coefficient_bytes())
}

/// Decodes a JPEG that was admitted, at no less than `edge` pixels along its longer edge where it has so many.
pub(super) fn decode(
    structure: &Structure,
    jpeg: Vec<u8>,
    edge: u32,
    limits: &Limits,
) -> Result<Decoded, Unrenderable> {
    let frame = &structure.frame;
    let (width, height) = (u32::from(frame.width), u32::from(frame.height));
    let profile = structure.profile(&jpeg);
    let jpeg = structure.stripped(jpeg);
    let mut decoder = Decompressor::new().map_err(Unrenderable::malformed)?;
    decoder
        .set_scan_limit(limits.jpeg_scans)
        .map_err(Unrenderable::malformed)?;
    let header = decoder.read_header(&jpeg).map_err(|error| reason(&error))?;
    if !header.is_lossless {
        let factor = scale(width.max(height), edge);
        decoder
            .set_scaling_factor(factor)
            .map_err(Unrenderable::malformed)?;
    }
    let header = header.scaled(decoder.scaling_factor());
    let is_cmyk = matches!(header.colorspace, Colorspace::CMYK | Colorspace::YCCK);
    let format = if is_cmyk {
        PixelFormat::CMYK
    } else {
        PixelFormat::RGB
    };
    let pitch = header.width * format.size();
    limits.admit_memory((pitch * header.height) as u64 + structure.coefficient_bytes())?;
    let mut pixels = vec![0; pitch * header.height];
    let image = Image {
        pixels: pixels.as_mut_slice(),
        width: header.width,
        pitch,
        height: header.height,
        format,
    };
    match decoder.decompress(&jpeg, image) {
        Err(error) if !is_harmless(&error) => return Err(reason(&error)),
        _ => {}
    }
    if is_cmyk {
        pixels = rgb_of_cmyk(&pixels);
    }
    let size = (u32::try_from(header.width), u32::try_from(header.height));
    let picture = match size {
        (Ok(width), Ok(height)) => RgbImage::from_raw(width, height, pixels),
        _ => None,
    };
    let picture = picture.ok_or_else(|| Unrenderable::malformed("a size that cannot be"))?;
    Ok(Decoded {
        picture,
        width,
        height,
        // That of four inks has been used up by turning them into red, green and blue, roughly.
        profile: profile.filter(|_| !is_cmyk),
    })
}

/// The smallest number of eighths that leaves `edge` pixels of `longest`.
fn scale(longest: u32, edge: u32) -> ScalingFactor {
    let enough = |factor: &ScalingFactor| factor.scale(longest as usize) >= edge as usize;
    let eighths = (1..8).map(|eighths| ScalingFactor::new(eighths, 8));
    eighths
        .into_iter()
        .find(enough)
        .unwrap_or(ScalingFactor::ONE)
}

/// What is printed in four inks, as it looks on a screen, roughly. Such JPEGs hold no ink as 255, as Adobe's
/// do, whether they say so or not: browsers take them so.
fn rgb_of_cmyk(pixels: &[u8]) -> Vec<u8> {
    let times = |paper: u8, black: u8| {
        let product = u16::from(paper) * u16::from(black) / 255;
        u8::try_from(product).unwrap_or(u8::MAX)
    };
    let mut rgb = Vec::with_capacity(pixels.len() / 4 * 3);
    for pixel in pixels.chunks_exact(4) {
        rgb.extend([pixel[0], pixel[1], pixel[2]].map(|paper| times(paper, pixel[3])));
    }
    rgb
}

fn is_harmless(error: &turbojpeg::Error) -> bool {
    let message = error.to_string();
    HARMLESS.iter().any(|harmless| message.contains(harmless))
}

fn reason(error: &turbojpeg::Error) -> Unrenderable {
    let message = error.to_string();
    let said = message.trim_start_matches("TurboJPEG error: ");
    if said.contains("remature end") {
        Unrenderable::truncated(said)
    } else {
        Unrenderable::malformed(said)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_scale_that_is_large_enough_is_taken() {
        for (longest, eighths) in [
            (6000, 3),
            (12_800, 1),
            (65_535, 1),
            (3200, 4),
            (1601, 8),
            (400, 8),
        ] {
            assert_eq!(
                scale(longest, 1600),
                ScalingFactor::new(eighths, 8),
                "{longest}"
            );
        }
    }

    #[test]
    fn no_ink_is_white_and_black_ink_is_black() {
        assert_eq!(rgb_of_cmyk(&[255, 255, 255, 255]), [255, 255, 255]);
        assert_eq!(rgb_of_cmyk(&[255, 255, 255, 0]), [0, 0, 0]);
        assert_eq!(rgb_of_cmyk(&[0, 255, 255, 255]), [0, 255, 255]);
    }
}
