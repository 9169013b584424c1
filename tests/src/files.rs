//! Real files, made on the spot.

use std::{io::Cursor, path::Path, process::Command};

use image::{ImageFormat, Rgb, RgbImage};
use picup::transfer::{Transfer, TransferError};
use picup_objects::SignedPut;
use picup_proto::commands::v1::{Header, PresignedPut};

/// A JPEG that differs for every seed.
pub fn jpeg(seed: u32) -> Vec<u8> {
    picture(seed, ImageFormat::Jpeg)
}

/// A PNG that differs for every seed.
pub fn png(seed: u32) -> Vec<u8> {
    picture(seed, ImageFormat::Png)
}

fn picture(seed: u32, format: ImageFormat) -> Vec<u8> {
    let mut image = RgbImage::new(64, 48);
    for (x, y, pixel) in image.enumerate_pixels_mut() {
        let shade = |factor: u32| u8::try_from((x * factor + y * 3 + seed * 7) % 256).unwrap_or(0);
        *pixel = Rgb([shade(1), shade(2), shade(5)]);
    }
    let [a, b, c, d] = seed.to_be_bytes();
    image.put_pixel(0, 0, Rgb([a, b, c]));
    image.put_pixel(8, 8, Rgb([d, d, d]));
    let mut bytes = Cursor::new(Vec::new());
    image
        .write_to(&mut bytes, format)
        .expect("the picture is written");
    bytes.into_inner()
}

/// Writes a real MP4 made by ffmpeg, of at least so many bytes: what is missing is filled with a `free`
/// box, as editors leave them.
pub fn mp4_of(file: &Path, bytes: u64) {
    let ffmpeg = picup_local_stack::Package {
        program: "ffmpeg",
        package: "ffmpeg",
    };
    let progress = |line: &str| eprintln!("ffmpeg: {line}");
    picup_local_stack::install_missing(&[ffmpeg], &progress).expect("ffmpeg is there");
    let made = Command::new("ffmpeg")
        .args([
            "-v",
            "error",
            "-y",
            "-f",
            "lavfi",
            "-i",
            "testsrc=size=320x240:rate=10:duration=2",
        ])
        .args(["-pix_fmt", "yuv420p", "-f", "mp4"])
        .arg(file)
        .status()
        .expect("ffmpeg runs");
    assert!(made.success());
    let mut content = std::fs::read(file).expect("the video is there");
    let missing = bytes.saturating_sub(content.len() as u64);
    if let Ok(size) = u32::try_from(missing)
        && size >= 8
    {
        content.extend_from_slice(&size.to_be_bytes());
        content.extend_from_slice(b"free");
        content.resize(content.len() + size as usize - 8, 0);
        std::fs::write(file, content).expect("the video is written");
    }
}

/// What begins like an MP4 and goes on with noise, different for every seed.
pub fn film(seed: u8, bytes: usize) -> Vec<u8> {
    let mut film = b"\0\0\0\x18ftypisom\0\0\x02\0isommp42".to_vec();
    let mut state = u64::from(seed) << 32 | 0x9e37_79b9;
    while film.len() < bytes {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        film.extend_from_slice(&state.to_le_bytes());
    }
    film.truncate(bytes);
    film
}

/// Puts bytes where a presigned URL says.
pub(crate) async fn put(upload: &PresignedPut, bytes: &[u8]) {
    put_signed(upload, bytes).await.expect("S3 takes the bytes");
}

/// Puts bytes behind the system's back.
pub async fn put_behind(upload: &SignedPut, bytes: &[u8]) {
    let headers = upload.headers.iter().map(|(name, value)| Header {
        name: name.clone(),
        value: value.clone(),
    });
    let upload = PresignedPut {
        url: upload.url.clone(),
        headers: headers.collect(),
        expires_in_seconds: 0,
    };
    put(&upload, bytes).await;
}

/// Sends bytes to where a presigned URL says; S3 may refuse them.
pub async fn put_signed(upload: &PresignedPut, bytes: &[u8]) -> Result<(), TransferError> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("original");
    std::fs::write(&path, bytes).expect("the file is written");
    let file = tokio::fs::File::open(&path).await.expect("the file opens");
    let transfer = Transfer::new().expect("a transfer");
    let length = bytes.len() as u64;
    transfer
        .put(&upload.url, &upload.headers, file, length, &|_| {})
        .await
}
