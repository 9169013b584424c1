//! One picture out of a video.

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use image::codecs::pnm::PnmDecoder;
use image::{DynamicImage, RgbImage};

use super::probe::{Probed, input};
use crate::render::child::{Bounded, Bounds};
use crate::render::{Failure, Limits, Programs, SCREEN_EDGE, Trouble, Unrenderable, photo};

/// The first pictures of a video are often black.
const SKIPPED: Duration = Duration::from_secs(1);
/// Decoding from the key picture before to the one that is wanted takes no longer.
const TIME: Duration = Duration::from_mins(1);
const NAME: &str = "poster.ppm";
/// Of the file in between: three bytes a pixel at most as large as [`SCREEN_EDGE`] allows, and its header.
const FILE_BYTES: u64 = 3 * (SCREEN_EDGE as u64) * (SCREEN_EDGE as u64) + 100;

/// Takes the picture at one second or at a tenth of a short video; the first one where there is none.
pub(super) async fn take(
    original: &Path,
    format: &str,
    folder: &Path,
    probed: &Probed,
    programs: &Programs,
    limits: &Limits,
) -> Result<RgbImage, Failure> {
    let tenth = probed.duration.unwrap_or_default() / 10;
    let moments = [tenth.min(SKIPPED), Duration::ZERO];
    let mut last = None;
    for moment in moments {
        let bounded = Bounded {
            prlimit: programs.prlimit()?,
            program: programs.ffmpeg()?,
            arguments: arguments(original, format, probed, moment, limits),
            folder,
        };
        let bounds = Bounds {
            memory_bytes: limits.child_memory_bytes,
            file_bytes: FILE_BYTES,
            time: TIME.min(limits.video_time),
            cores: limits.cores.get() as u64,
        };
        match bounded.run(bounds).await {
            Ok(_) => {}
            // What is damaged at one place may be sound at another.
            Err(Failure::Unrenderable(reason)) if is_of_place(&reason) => last = Some(reason),
            Err(failure) => return Err(failure),
        }
        if let Some(picture) = read(&folder.join(NAME)).await? {
            return Ok(picture);
        }
    }
    let none = || Unrenderable::malformed("no picture in it can be decoded");
    Err(last.unwrap_or_else(none).into())
}

fn is_of_place(reason: &Unrenderable) -> bool {
    matches!(
        reason,
        Unrenderable::Malformed { .. } | Unrenderable::Truncated { .. }
    )
}

fn arguments(
    original: &Path,
    format: &str,
    probed: &Probed,
    moment: Duration,
    limits: &Limits,
) -> Vec<OsString> {
    let pictures = &probed.pictures;
    let (width, height) = photo::fit(pictures.width, pictures.height, SCREEN_EDGE);
    let threads = limits.cores.to_string();
    let moment = format!("{:.3}", moment.as_secs_f64());
    let stream = format!("0:{}", pictures.index);
    let filter = format!("scale={width}:{height}:flags=lanczos,setsar=1,format=rgb24");
    let before = [
        "-nostdin", "-v", "error", "-threads", &threads, "-ss", &moment,
    ];
    let after = [
        "-map",
        &stream,
        "-frames:v",
        "1",
        "-map_metadata",
        "-1",
        "-vf",
        &filter,
        "-threads",
        &threads,
        "-f",
        "image2",
        "-c:v",
        "ppm",
        "-update",
        "1",
        "-y",
        NAME,
    ];
    let mut arguments: Vec<OsString> = before.map(OsString::from).into();
    arguments.extend(input(original, format));
    arguments.extend(after.map(OsString::from));
    arguments
}

/// Reads what ffmpeg has written, and removes it; `None` where that is nothing.
async fn read(file: &Path) -> Result<Option<RgbImage>, Failure> {
    let bytes = match tokio::fs::read(file).await {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Trouble::while_doing("reading a poster")(error)),
    };
    tokio::fs::remove_file(file)
        .await
        .map_err(Trouble::while_doing("removing a poster"))?;
    let decoded = PnmDecoder::new(bytes.as_slice()).and_then(DynamicImage::from_decoder);
    Ok(decoded.ok().map(DynamicImage::into_rgb8))
}
