use std::{
    fs::{self, File},
    io::{BufWriter, Write as _},
    path::Path,
};

use image::{Rgb, RgbImage, codecs::jpeg::JpegEncoder};

/// A noisy picture of this size makes a JPEG of about a megabyte.
const WIDTH: u32 = 960;
const HEIGHT: u32 = 640;
const QUALITY: u8 = 90;
/// The box that an MP4 begins with: 24 bytes, `ftyp`, brand `isom`, version 512, compatible with `isom` and `mp42`.
const FILE_TYPE: &[u8; 24] = b"\0\0\0\x18ftypisom\0\0\x02\0isommp42";

/// Makes photos that all differ and one film, and answers their length together.
pub fn make(folder: &Path, photos: u32, video_bytes: u64) -> anyhow::Result<u64> {
    for number in 1..=photos {
        let file = BufWriter::new(File::create(folder.join(format!("photo {number}.jpg")))?);
        JpegEncoder::new_with_quality(file, QUALITY).encode_image(&noise(number))?;
    }
    film(&folder.join("film.mp4"), video_bytes)?;
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        bytes += entry?.metadata()?.len();
    }
    Ok(bytes)
}

/// Noise, because it hardly compresses.
fn noise(seed: u32) -> RgbImage {
    let mut state = u64::from(seed) << 32 | 0x9e37_79b9;
    RgbImage::from_fn(WIDTH, HEIGHT, |_, _| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let [red, green, blue, ..] = state.to_le_bytes();
        Rgb([red, green, blue])
    })
}

/// What begins like an MP4 and is filled up with a `free` box of zeros: nobody here decodes it.
fn film(path: &Path, bytes: u64) -> anyhow::Result<()> {
    let filler = u32::try_from(bytes)? - u32::try_from(FILE_TYPE.len())?;
    let mut file = File::create(path)?;
    file.write_all(FILE_TYPE)?;
    file.write_all(&filler.to_be_bytes())?;
    file.write_all(b"free")?;
    file.set_len(bytes)?;
    Ok(())
}
