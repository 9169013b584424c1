//! Renditions out of pictures. What is encoded are pixels alone: no metadata can come along.

use image::RgbImage;
use turbojpeg::{Compressor, Image, PixelFormat, Subsamp};

use super::scale;
use crate::render::{Bytes, Rendition, Unrenderable};

/// Nobody sees a difference above it at these sizes, and below it edges begin to ring.
const QUALITY: i32 = 82;
/// Enough for a ThumbHash, and the most that its algorithm takes.
const THUMBHASH_EDGE: u32 = 100;

/// A picture as a JPEG.
pub(in crate::render) fn rendition(
    name: &'static str,
    picture: &RgbImage,
) -> Result<Rendition, Unrenderable> {
    let image = Image {
        pixels: picture.as_raw().as_slice(),
        width: picture.width() as usize,
        pitch: picture.width() as usize * PixelFormat::RGB.size(),
        height: picture.height() as usize,
        format: PixelFormat::RGB,
    };
    let jpeg = compressed(image).map_err(Unrenderable::malformed)?;
    Ok(Rendition {
        name,
        content_type: "image/jpeg",
        width: picture.width(),
        height: picture.height(),
        bytes: Bytes::InMemory(jpeg),
    })
}

fn compressed(image: Image<&[u8]>) -> turbojpeg::Result<Vec<u8>> {
    let mut compressor = Compressor::new()?;
    compressor.set_quality(QUALITY)?;
    compressor.set_subsamp(Subsamp::Sub2x2)?;
    // Huffman tables made for the picture: some percent shorter for little time.
    compressor.set_optimize(true)?;
    compressor.compress_to_vec(image)
}

/// What a blurred picture is shown from until the rest has come.
pub(in crate::render) fn thumbhash(picture: &RgbImage) -> Result<Vec<u8>, Unrenderable> {
    let tiny = scale::reduced(picture.clone().into(), THUMBHASH_EDGE)?.into_rgba8();
    let (width, height) = (tiny.width() as usize, tiny.height() as usize);
    Ok(thumbhash::rgba_to_thumb_hash(width, height, tiny.as_raw()))
}
