//! Pictures to render, and files that hold them.

use std::io::Cursor;

use image::codecs::png::PngEncoder;
use image::codecs::webp::WebPEncoder;
use image::{DynamicImage, ImageEncoder as _, ImageFormat, Rgb, RgbImage};
use turbojpeg::{Compressor, Image, PixelFormat, Subsamp};

pub const RED: [u8; 3] = [220, 30, 30];
pub const GREEN: [u8; 3] = [30, 200, 40];
pub const BLUE: [u8; 3] = [40, 50, 210];
pub const YELLOW: [u8; 3] = [230, 220, 40];
/// Top left, top right, bottom left, bottom right.
pub const CORNERS: [[u8; 3]; 4] = [RED, GREEN, BLUE, YELLOW];

/// A picture whose quarters have the colours of [`CORNERS`].
pub fn quarters(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let right = usize::from(x >= width / 2);
        let bottom = usize::from(y >= height / 2);
        Rgb(CORNERS[2 * bottom + right])
    })
}

/// The colours in the middle of each quarter, in the order of [`CORNERS`].
pub fn corners(picture: &RgbImage) -> [[u8; 3]; 4] {
    let (width, height) = picture.dimensions();
    let at = |x: u32, y: u32| picture.get_pixel(width * x / 4, height * y / 4).0;
    [at(1, 1), at(3, 1), at(1, 3), at(3, 3)]
}

/// Whether colours are the same as far as anybody could see.
pub fn alike(seen: &[[u8; 3]], expected: &[[u8; 3]]) -> bool {
    let pairs = seen.as_flattened().iter().zip(expected.as_flattened());
    seen.len() == expected.len() && pairs.into_iter().all(|(a, b)| a.abs_diff(*b) <= 12)
}

/// Something with detail everywhere, so that files have a length worth the name.
pub fn busy(width: u32, height: u32) -> RgbImage {
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    RgbImage::from_fn(width, height, |x, y| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let noise = u8::try_from(state % 64).unwrap();
        let wave = |number: u32| u8::try_from(number % 192).unwrap();
        Rgb([wave(x) + noise, wave(y) + noise, wave(x + y) + noise])
    })
}

pub fn jpeg(picture: &RgbImage) -> Vec<u8> {
    jpeg_by(picture, |_| Ok(()))
}

/// A JPEG out of a compressor that was told something besides.
pub fn jpeg_by(
    picture: &RgbImage,
    set: impl Fn(&mut Compressor) -> turbojpeg::Result<()>,
) -> Vec<u8> {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let image = Image {
        pixels: picture.as_raw().as_slice(),
        width,
        pitch: 3 * width,
        height,
        format: PixelFormat::RGB,
    };
    let mut compressor = Compressor::new().unwrap();
    compressor.set_quality(90).unwrap();
    compressor.set_subsamp(Subsamp::Sub2x2).unwrap();
    set(&mut compressor).unwrap();
    compressor.compress_to_vec(image).unwrap()
}

/// A JPEG with EXIF data in its place: right after the beginning.
pub fn jpeg_with_exif(picture: &RgbImage, exif: &[u8]) -> Vec<u8> {
    let name = b"Exif\0\0";
    let length = u16::try_from(2 + name.len() + exif.len()).unwrap();
    let jpeg = jpeg(picture);
    let segment = [&[0xFF, 0xE1], &length.to_be_bytes()[..], name, exif];
    [&jpeg[..2], &segment.concat(), &jpeg[2..]].concat()
}

pub fn png_with_exif(picture: &RgbImage, exif: &[u8]) -> Vec<u8> {
    let mut png = Vec::new();
    let mut encoder = PngEncoder::new(&mut png);
    encoder.set_exif_metadata(exif.to_vec()).unwrap();
    let color = image::ExtendedColorType::Rgb8;
    let (width, height) = picture.dimensions();
    encoder.write_image(picture, width, height, color).unwrap();
    png
}

pub fn webp_with_exif(picture: &RgbImage, exif: &[u8]) -> Vec<u8> {
    let mut webp = Vec::new();
    let mut encoder = WebPEncoder::new_lossless(&mut webp);
    encoder.set_exif_metadata(exif.to_vec()).unwrap();
    let color = image::ExtendedColorType::Rgb8;
    let (width, height) = picture.dimensions();
    encoder.write_image(picture, width, height, color).unwrap();
    webp
}

/// Any picture in any format that `image` writes.
pub fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    picture.write_to(&mut file, format).unwrap();
    file.into_inner()
}
