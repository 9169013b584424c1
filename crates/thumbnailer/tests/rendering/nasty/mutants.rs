//! Files of every kind, changed at random from a seed: the same ones in every run.

use std::path::Path;

use image::{DynamicImage, ImageFormat};

use super::{ANYHOW, Nasty};
use crate::pictures::{busy, encoded, jpeg_by, jpeg_with_exif};
use crate::tiff;
use crate::videos::{H264, film};

const OF_EACH_PHOTO: u64 = 40;
const OF_EACH_VIDEO: u64 = 6;

pub fn all(folder: &Path) -> Vec<Nasty> {
    let mut all = Vec::new();
    for (content_type, whole) in photos() {
        all.extend(mutants(content_type, &whole, OF_EACH_PHOTO));
    }
    let small = "-vf scale=160:90 -t 0.5";
    for (content_type, arguments, name) in [
        ("video/mp4", format!("{H264} {small}"), "small.mp4"),
        (
            "video/quicktime",
            format!("-c:v mjpeg {small}"),
            "small.mov",
        ),
        (
            "video/webm",
            format!("-c:v libvpx -deadline realtime {small}"),
            "small.webm",
        ),
        (
            "video/x-matroska",
            format!("-c:v mpeg4 {small}"),
            "small.mkv",
        ),
    ] {
        let whole = film(folder, &arguments, name);
        all.extend(mutants(content_type, &whole, OF_EACH_VIDEO));
    }
    all
}

/// A sound file of each kind of photo.
pub fn photos() -> Vec<(&'static str, Vec<u8>)> {
    let picture = busy(160, 120);
    let dynamic = DynamicImage::from(picture.clone());
    let few = DynamicImage::from(DynamicImage::from(busy(60, 40)).to_rgba16());
    vec![
        ("image/jpeg", jpeg_with_exif(&picture, &tiff::held(6))),
        (
            "image/jpeg",
            jpeg_by(&picture, |compressor| compressor.set_progressive(true)),
        ),
        (
            "image/jpeg",
            jpeg_by(&picture, |compressor| compressor.set_arithmetic(true)),
        ),
        ("image/png", encoded(&dynamic, ImageFormat::Png)),
        ("image/png", encoded(&few, ImageFormat::Png)),
        ("image/gif", encoded(&dynamic, ImageFormat::Gif)),
        ("image/webp", encoded(&dynamic, ImageFormat::WebP)),
        ("image/tiff", encoded(&dynamic, ImageFormat::Tiff)),
    ]
}

fn mutants(content_type: &'static str, whole: &[u8], number: u64) -> Vec<Nasty> {
    let mutant = |seed: u64| {
        let bytes = mutated(whole, seed);
        Nasty::new(
            &format!("{content_type}, changed by {seed}"),
            content_type,
            bytes,
            ANYHOW,
        )
    };
    (1..=number).map(mutant).collect()
}

/// The same file with some bytes changed, doubled or left out. What tells its kind stays.
pub fn mutated(whole: &[u8], seed: u64) -> Vec<u8> {
    let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let mut bytes = whole.to_vec();
    let kept = 16;
    for _ in 0..=random.below(8) {
        // Most that matters stands near the beginning.
        let reach = if random.below(2) == 0 {
            bytes.len().min(600)
        } else {
            bytes.len()
        };
        let at = kept + random.below(reach.saturating_sub(kept).max(1));
        let length = 1 + random.below(20);
        let end = (at + length).min(bytes.len());
        match random.below(5) {
            0 => bytes[at.min(end)..end].fill(0xFF),
            1 => bytes[at.min(end)..end].fill(0),
            2 => {
                let piece = bytes[at.min(end)..end].to_vec();
                bytes.splice(at.min(end)..at.min(end), piece);
            }
            3 if bytes.len() > kept + 100 => drop(bytes.drain(at.min(end)..end)),
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << random.below(8);
                }
            }
        }
    }
    bytes
}

/// Xorshift, by George Marsaglia.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 16).unwrap() % limit
    }
}
