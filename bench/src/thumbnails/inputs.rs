//! Originals to render.

use std::{
    fs::File,
    io::BufWriter,
    path::{Path, PathBuf},
    process::Command,
};

use image::{Rgb, RgbImage, codecs::jpeg::JpegEncoder};

/// An original.
pub struct Input {
    /// What it is.
    pub what: &'static str,
    /// The figures' names: pictures a second, seconds of processor time, memory.
    pub names: [&'static str; 3],
    pub content_type: &'static str,
    pub file: PathBuf,
}

/// Makes all of them.
pub fn make(folder: &Path) -> anyhow::Result<Vec<Input>> {
    let photo = folder.join("photo.jpg");
    jpeg(&picture(4000, 3000, 40), 92, &photo)?;
    let large = folder.join("large.jpg");
    jpeg(&picture(6000, 4000, 24), 85, &large)?;
    let png = folder.join("picture.png");
    picture(3000, 2000, 8).save(&png)?;
    let video = folder.join("video.mp4");
    film(&video)?;
    Ok(vec![
        Input {
            what: "a JPEG of 12 million pixels and about 8 MB",
            names: ["thumbnails 8 MB", "… processor", "… memory"],
            content_type: "image/jpeg",
            file: photo,
        },
        Input {
            what: "a JPEG of 24 million pixels",
            names: ["thumbnails 24 MP", "… processor", "… memory"],
            content_type: "image/jpeg",
            file: large,
        },
        Input {
            what: "a PNG of 6 million pixels",
            names: ["thumbnails PNG", "… processor", "… memory"],
            content_type: "image/png",
            file: png,
        },
        Input {
            what: "an H.264 video of 3840 × 2160",
            names: ["poster 4K", "… processor", "… memory"],
            content_type: "video/mp4",
            file: video,
        },
    ])
}

/// Slopes with so much noise on them that it is as long as a photo once it is encoded.
fn picture(width: u32, height: u32, noise: u64) -> RgbImage {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    RgbImage::from_fn(width, height, |x, y| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let grain = u8::try_from((state >> 32) % noise).unwrap_or_default();
        let slope = |at: u32, most: u32| u8::try_from(at * 180 / most).unwrap_or_default();
        Rgb([
            slope(x, width) + grain,
            slope(y, height) + grain,
            slope(x + y, width + height) + grain,
        ])
    })
}

fn jpeg(picture: &RgbImage, quality: u8, file: &Path) -> anyhow::Result<()> {
    let file = BufWriter::new(File::create(file)?);
    JpegEncoder::new_with_quality(file, quality).encode_image(picture)?;
    Ok(())
}

fn film(file: &Path) -> anyhow::Result<()> {
    let source = "testsrc2=size=3840x2160:rate=30:duration=3";
    let status = Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i", source])
        .args([
            "-c:v",
            "libx264",
            "-preset",
            "ultrafast",
            "-pix_fmt",
            "yuv420p",
        ])
        .arg(file)
        .status()?;
    anyhow::ensure!(status.success(), "ffmpeg made no film");
    Ok(())
}
