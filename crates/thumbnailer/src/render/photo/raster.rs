//! PNG, WebP, GIF (its first frame) and TIFF, by the crate `image`: decoded whole, straight from the file, then
//! made smaller in the format of their pixels, so that no second large buffer is needed.

use std::io::{BufRead, ErrorKind, Seek};

use image::codecs::{gif::GifDecoder, png::PngDecoder, tiff::TiffDecoder, webp::WebPDecoder};
use image::error::LimitErrorKind;
use image::{DynamicImage, ImageDecoder, ImageError};

use super::{Decoded, scale};
use crate::render::{Failure, Limits, Trouble, Unrenderable};

/// What a PNG's lines, texts and profile may take, in bytes: a bomb there is refused, or left packed.
const PNG_BESIDE_PIXELS: u64 = 32 * 1024 * 1024;

/// Decodes a photo of one of these content types to at most `edge` pixels along its longer edge.
pub(super) fn decode(
    photo: impl BufRead + Seek,
    content_type: &str,
    edge: u32,
    limits: &Limits,
) -> Result<Decoded, Failure> {
    let refused = |error| reason(&error, limits);
    match content_type {
        "image/png" => {
            let beside = of_image(PNG_BESIDE_PIXELS.min(limits.photo_memory_bytes));
            let mut decoder = PngDecoder::with_limits(photo, beside).map_err(refused)?;
            let profile = decoder.icc_profile().ok().flatten();
            reduced(decoder, 1, profile, edge, limits)
        }
        "image/tiff" => {
            let mut decoder = TiffDecoder::new(photo).map_err(refused)?;
            let profile = decoder.icc_profile().ok().flatten();
            reduced(decoder, 2, profile, edge, limits)
        }
        // Its decoder takes no limit of memory: every pixel is there twice, and its profile is not asked for
        // because it may say that it has any length.
        "image/webp" => {
            let decoder = WebPDecoder::new(photo).map_err(refused)?;
            reduced(decoder, 2, None, edge, limits)
        }
        // A frame that is smaller than the whole is decoded by itself first.
        "image/gif" => {
            let decoder = GifDecoder::new(photo).map_err(refused)?;
            reduced(decoder, 2, None, edge, limits)
        }
        other => Err(Unrenderable::unsupported(other).into()),
    }
}

fn of_image(bytes: u64) -> image::Limits {
    let mut limits = image::Limits::no_limits();
    limits.max_alloc = Some(bytes);
    limits
}

/// `buffers` is how often the decoder holds all pixels at once.
fn reduced(
    mut decoder: impl ImageDecoder,
    buffers: u64,
    profile: Option<Vec<u8>>,
    edge: u32,
    limits: &Limits,
) -> Result<Decoded, Failure> {
    let (width, height) = decoder.dimensions();
    limits.admit_pixels(width.into(), height.into())?;
    limits.admit_memory(decoder.total_bytes().saturating_mul(buffers))?;
    decoder
        .set_limits(of_image(limits.photo_memory_bytes))
        .map_err(|error| reason(&error, limits))?;
    let whole = DynamicImage::from_decoder(decoder).map_err(|error| reason(&error, limits))?;
    let small = scale::reduced(whole, edge)?;
    Ok(Decoded {
        picture: scale::on_white(small),
        width,
        height,
        profile,
    })
}

fn reason(error: &ImageError, limits: &Limits) -> Failure {
    let unrenderable = match error {
        ImageError::Limits(limit) => match limit.kind() {
            LimitErrorKind::DimensionError => Unrenderable::malformed("its size is not allowed"),
            _ => limits.out_of_photo_memory(),
        },
        ImageError::Unsupported(_) => Unrenderable::unsupported(error),
        ImageError::IoError(io) if !is_of_content(io.kind()) => {
            return Trouble::saying("reading the original", &io.to_string());
        }
        _ if ends_early(error) => Unrenderable::truncated(error),
        _ => Unrenderable::malformed(error),
    };
    unrenderable.into()
}

/// Decoders speak of what they read in the words of input and output too.
fn is_of_content(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::UnexpectedEof
            | ErrorKind::InvalidData
            | ErrorKind::InvalidInput
            | ErrorKind::Other
    )
}

/// Whether the file ended before its content did, however deep down that was found.
fn ends_early(error: &ImageError) -> bool {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        let io = error.downcast_ref::<std::io::Error>();
        if io.is_some_and(|io| io.kind() == ErrorKind::UnexpectedEof) {
            return true;
        }
        cause = error.source();
    }
    let said = error.to_string().to_lowercase();
    let of_ends = [
        "unexpected end",
        "unexpected eof",
        "truncated",
        "failed to fill whole buffer",
    ];
    of_ends.iter().any(|words| said.contains(words))
}
