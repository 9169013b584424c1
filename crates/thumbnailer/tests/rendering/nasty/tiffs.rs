//! TIFFs: directories that go round, strips and tiles that lie, and what does not fit.

use image::{DynamicImage, ImageFormat};

use super::pngs::zeros;
use super::{ANYHOW, DAMAGED, Nasty};
use crate::pictures::{busy, encoded};
use crate::tiff::{self, Value};

fn nasty(name: &str, bytes: Vec<u8>, ends: &'static [&'static str]) -> Nasty {
    Nasty::new(&format!("tiff: {name}"), "image/tiff", bytes, ends)
}

fn long(number: u32) -> Value {
    Value::Long(vec![number])
}

fn short(number: u16) -> Value {
    Value::Short(vec![number])
}

pub fn all() -> Vec<Nasty> {
    let mut all = sizes();
    all.extend(places());
    all.extend(samples());
    all.extend(cut());
    all
}

fn with(more: Vec<(u16, Value)>) -> Vec<u8> {
    tiff::picture(&busy(160, 120), more)
}

/// A picture that declares another size than it has.
fn sized(width: u32, height: u32) -> Vec<u8> {
    let (width, height) = ((0x0100, long(width)), (0x0101, long(height)));
    with(vec![width, height])
}

fn sizes() -> Vec<Nasty> {
    let most = u32::MAX;
    let one_strip = with(vec![
        (0x0100, long(9_000)),
        (0x0101, long(9_000)),
        (0x0116, long(9_000)),
    ]);
    let bomb = |width: u32, height: u32, unpacked: usize| {
        tiff::strip(width, height, &zeros(unpacked), vec![(0x0103, short(8))])
    };
    let large = bomb(8_000, 6_000, 3 * 48_000_000);
    let smaller = bomb(6_000, 6_000, 3 * 36_000_000);
    let hidden = bomb(160, 120, 300 << 20);
    vec![
        nasty("4294967295 × 4294967295", sized(most, most), DAMAGED),
        nasty("65535 × 65535", sized(65_535, 65_535), DAMAGED),
        nasty("9000 × 9000 of little data", one_strip, ANYHOW),
        nasty("48 million pixels in 140 KB", large, ANYHOW),
        nasty("36 million pixels in 105 KB", smaller, ANYHOW),
        nasty("a strip that unpacks to 300 MB", hidden, ANYHOW),
        nasty("no size", sized(0, 0), DAMAGED),
    ]
}

/// Strips, tiles and directories that are not where they are said to be.
fn places() -> Vec<Nasty> {
    let most = u32::MAX;
    let mut endless = with(vec![]);
    let next = endless.len() - 4;
    let first = endless[4..8].to_vec();
    endless[next..].copy_from_slice(&first);
    let tiles = |edge: u32, bytes: u32| {
        with(vec![
            (0x0142, long(edge)),
            (0x0143, long(edge)),
            (0x0144, long(8)),
            (0x0145, long(bytes)),
        ])
    };
    let strips = with(vec![
        (0x0111, Value::Long(vec![8; 20_000])),
        (0x0117, Value::Long(vec![most; 20_000])),
        (0x0116, long(1)),
    ]);
    let nowhere = b"II\x2a\0\xFF\xFF\xFF\xFF".repeat(80);
    let no_rows = with(vec![(0x0116, long(0))]);
    let beyond = with(vec![(0x0111, long(most - 9))]);
    vec![
        nasty("strips of no rows", no_rows, ANYHOW),
        nasty("20000 strips of 4 GB", strips, ANYHOW),
        nasty("a strip beyond the end", beyond, DAMAGED),
        nasty("tiles of 4294967295", tiles(most, 100), ANYHOW),
        nasty("19200 tiles of one pixel", tiles(1, 3), ANYHOW),
        nasty("directories that go round", endless, ANYHOW),
        nasty("a directory beyond the end", nowhere, DAMAGED),
    ]
}

/// Samples that nobody has, and that are not packed as they are said to be.
fn samples() -> Vec<Nasty> {
    let packed = |number: u16| with(vec![(0x0103, short(number))]);
    let fax = with(vec![
        (0x0103, short(4)),
        (0x0102, short(1)),
        (0x0106, short(0)),
        (0x0115, short(1)),
    ]);
    let palette = vec![
        (0x0102, short(8)),
        (0x0106, short(3)),
        (0x0115, short(1)),
        (0x0140, Value::Short(vec![0x8000; 768])),
    ];
    let palette = tiff::strip(160, 120, &[7].repeat(160 * 120), palette);
    let many = with(vec![(0x0115, short(1000))]);
    let deep = with(vec![(0x0102, Value::Short(vec![64; 3]))]);
    vec![
        nasty("1000 samples a pixel", many, ANYHOW),
        nasty("64 bits a sample", deep, ANYHOW),
        nasty("a packing that is none", packed(4711), &["UNSUPPORTED"]),
        nasty("LZW of rubbish", packed(5), ANYHOW),
        nasty("a fax of rubbish", fax, ANYHOW),
        nasty("a JPEG of rubbish inside", packed(7), DAMAGED),
        nasty("a palette", palette, &["UNSUPPORTED"]),
    ]
}

fn cut() -> Vec<Nasty> {
    let whole = encoded(&DynamicImage::from(busy(320, 240)), ImageFormat::Tiff);
    let cut = |part: usize| {
        let bytes = whole[..whole.len() * part / 100].to_vec();
        nasty(&format!("{part} % of it"), bytes, DAMAGED)
    };
    [5, 50, 95].map(cut).into()
}
