//! GIFs: large screens with small frames, and the other way round.

use image::{DynamicImage, ImageFormat};

use super::{ANYHOW, DAMAGED, FINE, Nasty, TOO_LARGE, TOO_MUCH};
use crate::pictures::{busy, encoded};

fn nasty(name: &str, bytes: Vec<u8>, ends: &'static [&'static str]) -> Nasty {
    Nasty::new(&format!("gif: {name}"), "image/gif", bytes, ends)
}

/// A screen with a palette of two colours.
fn screen(width: u16, height: u16) -> Vec<u8> {
    let size = [width.to_le_bytes(), height.to_le_bytes()].concat();
    [
        b"GIF89a",
        &size[..],
        &[0x80, 0, 0],
        &[9, 9, 9, 200, 200, 200],
    ]
    .concat()
}

/// A frame whose data ends at once.
fn frame(left: u16, top: u16, width: u16, height: u16, data: &[u8]) -> Vec<u8> {
    let numbers = [left, top, width, height].map(u16::to_le_bytes).concat();
    let length = u8::try_from(data.len()).unwrap();
    [&[0x2C], &numbers[..], &[0, 2, length], data, &[0, 0x3B]].concat()
}

pub fn all() -> Vec<Nasty> {
    // Clear, one pixel of the first colour, end.
    let one = [0x44, 0x01];
    let whole = encoded(&DynamicImage::from(busy(320, 240)), ImageFormat::Gif);
    let cut = |part: usize| whole[..whole.len() * part / 100].to_vec();
    let zeros = DynamicImage::new_rgb8(5_000, 5_000);
    let comments = [0x21, 0xFE, 4, b'n', b'o', b'n', b'e', 0].repeat(50_000);
    let endless = [&[0x21, 0xFE][..], &[255; 256].repeat(4000)].concat();
    vec![
        nasty(
            "65535 × 65535",
            [screen(65_535, 65_535), frame(0, 0, 1, 1, &one)].concat(),
            TOO_LARGE,
        ),
        nasty(
            "9900 × 9900 and one pixel",
            [screen(9_900, 9_900), frame(0, 0, 1, 1, &one)].concat(),
            TOO_MUCH,
        ),
        nasty(
            "5000 × 5000 and one pixel",
            [screen(5_000, 5_000), frame(4_999, 4_999, 1, 1, &one)].concat(),
            ANYHOW,
        ),
        nasty(
            "a frame beyond its screen",
            [screen(10, 10), frame(60_000, 60_000, 9, 9, &one)].concat(),
            ANYHOW,
        ),
        nasty(
            "a frame larger than its screen",
            [screen(10, 10), frame(0, 0, 65_535, 65_535, &one)].concat(),
            ANYHOW,
        ),
        nasty(
            "25 million pixels in some KB",
            encoded(&zeros, ImageFormat::Gif),
            FINE,
        ),
        nasty(
            "no width",
            [screen(0, 10), frame(0, 0, 0, 10, &one)].concat(),
            DAMAGED,
        ),
        nasty("no frame", [&screen(10, 10)[..], &[0x3B]].concat(), DAMAGED),
        nasty(
            "codes that are none",
            [screen(10, 10), frame(0, 0, 10, 10, &[0xFF; 200])].concat(),
            ANYHOW,
        ),
        nasty(
            "50000 comments",
            [&whole[..13 + 3 * 256], &comments, &whole[13 + 3 * 256..]].concat(),
            ANYHOW,
        ),
        nasty(
            "a comment without end",
            [screen(10, 10), endless].concat(),
            DAMAGED,
        ),
        nasty("5 % of it", cut(5), DAMAGED),
        nasty("50 % of it", cut(50), DAMAGED),
        nasty("95 % of it", cut(95), DAMAGED),
    ]
}
