//! WebPs: chunks that lie about their length, and canvases without pictures.

use image::{DynamicImage, ImageFormat};

use super::{ANYHOW, DAMAGED, Nasty};
use crate::pictures::{busy, encoded, webp_with_exif};
use crate::tiff::{self, EXIF_POINTER, Value};

fn nasty(name: &str, bytes: Vec<u8>, ends: &'static [&'static str]) -> Nasty {
    Nasty::new(&format!("webp: {name}"), "image/webp", bytes, ends)
}

fn chunk(name: [u8; 4], content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap().to_le_bytes();
    let mut chunk = [&name, &length[..], content].concat();
    if content.len() % 2 == 1 {
        chunk.push(0);
    }
    chunk
}

fn riff(chunks: &[Vec<u8>]) -> Vec<u8> {
    chunk(*b"RIFF", &[b"WEBP", &chunks.concat()[..]].concat())
}

/// The header of a canvas, with flags for what follows.
fn canvas(flags: u8, width: u32, height: u32) -> Vec<u8> {
    let size = |length: u32| (length - 1).to_le_bytes()[..3].to_vec();
    chunk(
        *b"VP8X",
        &[vec![flags, 0, 0, 0], size(width), size(height)].concat(),
    )
}

/// The beginning of a picture without loss, of that size.
fn lossless(width: u32, height: u32, data: &[u8]) -> Vec<u8> {
    let size = (width - 1) | (height - 1) << 14;
    chunk(*b"VP8L", &[&[0x2F], &size.to_le_bytes()[..], data].concat())
}

pub fn all() -> Vec<Nasty> {
    let whole = encoded(&DynamicImage::from(busy(320, 240)), ImageFormat::WebP);
    let cut = |part: usize| whole[..whole.len() * part / 100].to_vec();
    let zeros = DynamicImage::new_rgb8(6_000, 5_000);
    let loops = tiff::exif(vec![(EXIF_POINTER, Value::Long(vec![8]))]);
    let mut longer = whole.clone();
    longer[4..8].copy_from_slice(&u32::MAX.to_le_bytes());
    let mut chunk_longer = whole.clone();
    chunk_longer[16..20].copy_from_slice(&u32::MAX.to_le_bytes());
    let frame = chunk(*b"ANMF", &[0; 16]);
    let lossy = chunk(
        *b"VP8 ",
        &[
            0x10, 0, 0, 0x9D, 0x01, 0x2A, 0xFF, 0x3F, 0xFF, 0x3F, 1, 2, 3,
        ],
    );
    vec![
        nasty(
            "a canvas of 16777216 × 16777216",
            riff(&[canvas(0, 1 << 24, 1 << 24), lossless(9, 9, &[])]),
            ANYHOW,
        ),
        nasty(
            "16383 × 16383 of nothing",
            riff(&[lossless(16_383, 16_383, &[0; 40])]),
            &["TOO_MANY_PIXELS"],
        ),
        nasty(
            "8192 × 8192 of nothing",
            riff(&[lossless(8_192, 8_192, &[0; 40])]),
            &["OUT_OF_MEMORY"],
        ),
        nasty(
            "4000 × 4000 of rubbish",
            riff(&[lossless(4_000, 4_000, &[0xA5; 500])]),
            ANYHOW,
        ),
        nasty(
            "16383 × 16383 with loss",
            riff(&[lossy]),
            &["TOO_MANY_PIXELS"],
        ),
        nasty(
            "30 million pixels in some KB",
            encoded(&zeros, ImageFormat::WebP),
            ANYHOW,
        ),
        nasty("a file that says 4 GB", longer, ANYHOW),
        nasty("a chunk that says 4 GB", chunk_longer, ANYHOW),
        nasty(
            "an animation without pictures",
            riff(&[
                canvas(2, 64, 64),
                chunk(*b"ANIM", &[0; 6]),
                frame.repeat(20_000),
            ]),
            DAMAGED,
        ),
        nasty(
            "a canvas without a picture",
            riff(&[canvas(0x10, 64, 64)]),
            DAMAGED,
        ),
        nasty(
            "EXIF that points into itself",
            webp_with_exif(&busy(64, 48), &loops),
            ANYHOW,
        ),
        nasty("5 % of it", cut(5), DAMAGED),
        nasty("50 % of it", cut(50), DAMAGED),
        nasty("95 % of it", cut(95), DAMAGED),
    ]
}
