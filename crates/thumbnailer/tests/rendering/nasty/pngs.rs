//! PNGs: bombs in each place that is compressed, and chunks that lie.

use std::io::Write as _;

use flate2::{Compression, write::ZlibEncoder};
use image::{DynamicImage, ImageFormat};

use super::{ANYHOW, DAMAGED, FINE, Nasty, TOO_LARGE, TOO_MUCH};
use crate::pictures::{busy, encoded, png_with_exif};
use crate::tiff::{self, EXIF_POINTER, Value};

const PNG: &str = "image/png";
const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
const MIB: usize = 1024 * 1024;

pub fn all() -> Vec<Nasty> {
    let mut all = sizes();
    all.extend(bombs());
    all.extend(damaged());
    all
}

fn nasty(name: &str, bytes: Vec<u8>, ends: &'static [&'static str]) -> Nasty {
    Nasty::new(&format!("png: {name}"), PNG, bytes, ends)
}

fn chunk(name: [u8; 4], content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap().to_be_bytes();
    let mut checksum = crc32fast::Hasher::new();
    checksum.update(&name);
    checksum.update(content);
    let checksum = checksum.finalize().to_be_bytes();
    [&length, &name[..], content, &checksum].concat()
}

/// Zeros, compressed: a thousandth of their length.
pub fn zeros(length: usize) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    let piece = vec![0; MIB];
    for _ in 0..length / MIB {
        encoder.write_all(&piece).unwrap();
    }
    encoder.write_all(&piece[..length % MIB]).unwrap();
    encoder.finish().unwrap()
}

fn header(width: u32, height: u32, depth: u8, colour: u8, interlaced: u8) -> Vec<u8> {
    let (width, height) = (width.to_be_bytes(), height.to_be_bytes());
    let rest = [depth, colour, 0, 0, interlaced];
    chunk(*b"IHDR", &[&width[..], &height, &rest].concat())
}

/// Header, other chunks, compressed pixels, end.
fn png(header: &[u8], others: &[u8], pixels: &[u8]) -> Vec<u8> {
    let pixels = chunk(*b"IDAT", pixels);
    [SIGNATURE, header, others, &pixels, &chunk(*b"IEND", &[])].concat()
}

fn sizes() -> Vec<Nasty> {
    let zero = zeros(MIB);
    let most = 0x7FFF_FFFF;
    vec![
        nasty(
            "2147483647 × 2147483647",
            png(&header(most, most, 8, 6, 0), &[], &zero),
            TOO_MUCH,
        ),
        nasty(
            "30000 × 30000 of two colours",
            png(&header(30_000, 30_000, 1, 0, 0), &[], &zeros(30_000 * 3751)),
            TOO_LARGE,
        ),
        nasty(
            "9000 × 9000 of sixteen bits",
            png(&header(9_000, 9_000, 16, 6, 0), &[], &zero),
            TOO_MUCH,
        ),
        nasty("no width", png(&header(0, 9, 8, 2, 0), &[], &zero), DAMAGED),
        nasty(
            "4294967295 wide",
            png(&header(u32::MAX, 1, 8, 2, 0), &[], &zero),
            ANYHOW,
        ),
        nasty(
            "65535 wide and 1 high",
            png(&header(65_535, 1, 8, 0, 0), &[], &zeros(65_536)),
            FINE,
        ),
        nasty(
            "1 wide and 65535 high",
            png(&header(1, 65_535, 8, 0, 0), &[], &zeros(2 * 65_535)),
            FINE,
        ),
        nasty(
            "1 wide and 50000000 high",
            png(&header(1, 50_000_000, 8, 0, 0), &[], &zeros(MIB)),
            DAMAGED,
        ),
    ]
}

fn bombs() -> Vec<Nasty> {
    let small = header(64, 64, 8, 2, 0);
    let pixels = zeros(64 * (64 * 3 + 1));
    let large = zeros(300 * MIB);
    let text = [b"bomb\0\0", &large[..]].concat();
    let frames = [
        chunk(*b"acTL", &[0, 1, 0, 0, 0, 0, 0, 0]),
        chunk(*b"fcTL", &[0; 26]),
    ]
    .concat();
    let tiny = chunk(*b"tEXt", b"a\0b").repeat(100_000);
    vec![
        nasty(
            "81 million pixels in 80 KB",
            png(&header(9_000, 9_000, 8, 0, 0), &[], &zeros(9_000 * 9_001)),
            FINE,
        ),
        nasty(
            "81 million pixels, interlaced",
            png(&header(9_000, 9_000, 8, 0, 1), &[], &zeros(100 * MIB)),
            ANYHOW,
        ),
        nasty(
            "64 pixels and 300 MB behind",
            png(&small, &[], &large),
            ANYHOW,
        ),
        nasty(
            "300 MB of text",
            png(&small, &chunk(*b"zTXt", &text), &pixels),
            ANYHOW,
        ),
        nasty(
            "a profile of 300 MB",
            png(&small, &chunk(*b"iCCP", &text), &pixels),
            ANYHOW,
        ),
        nasty("65536 frames", png(&small, &frames, &pixels), ANYHOW),
        nasty("100000 chunks of text", png(&small, &tiny, &pixels), FINE),
    ]
}

fn damaged() -> Vec<Nasty> {
    let whole = encoded(&DynamicImage::from(busy(320, 240)), ImageFormat::Png);
    let mut all: Vec<Nasty> = [5, 30, 60, 95]
        .map(|part| {
            let bytes = whole[..whole.len() * part / 100].to_vec();
            nasty(&format!("{part} % of it"), bytes, DAMAGED)
        })
        .into();
    let mut checksum = whole.clone();
    checksum[29] ^= 0xFF;
    let palette = header(64, 64, 8, 3, 0);
    let plain = header(64, 64, 8, 2, 0);
    let loops = tiff::exif(vec![(EXIF_POINTER, Value::Long(vec![8]))]);
    let mut long = whole.clone();
    long.splice(8..12, [0x7F, 0xFF, 0xFF, 0xFF]);
    all.extend([
        nasty("a wrong checksum of the header", checksum, ANYHOW),
        nasty("a header of 2 GB", long, DAMAGED),
        nasty(
            "colours of a palette that is missing",
            png(&palette, &[], &zeros(64 * 65)),
            ANYHOW,
        ),
        nasty(
            "pixels that are no zlib",
            png(&plain, &[], &[0xA5; 500]),
            &["MALFORMED"],
        ),
        nasty("no pixels", png(&plain, &[], &[]), DAMAGED),
        nasty("too few pixels", png(&plain, &[], &zeros(100)), DAMAGED),
        nasty(
            "a colour type that is none",
            png(&header(8, 8, 8, 5, 0), &[], &zeros(100)),
            DAMAGED,
        ),
        nasty(
            "EXIF that points into itself",
            png_with_exif(&busy(64, 48), &loops),
            FINE,
        ),
        nasty(
            "a page of HTML behind it",
            [&whole[..], b"<html>"].concat(),
            FINE,
        ),
    ]);
    all
}
