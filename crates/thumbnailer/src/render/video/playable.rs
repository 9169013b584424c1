//! A copy that browsers can play, where the original is none. Streams that browsers take are copied as they
//! are; only the others are encoded again.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::probe::{Pictures, Probed, Sound, input};
use crate::render::child::{Bounded, Bounds};
use crate::render::{Bytes, Failure, Limits, Programs, Rendition, Trouble, photo};

/// The longer edge of pictures that are encoded again, in pixels.
const EDGE: u32 = 1920;
const NAME: &str = "video.mp4";
/// Reading and writing go at this many bytes a second at least.
const COPIED_BYTES_PER_SECOND: u64 = 10 * 1024 * 1024;
/// Encoding takes at most so many times as long as playing.
const ENCODING_FACTOR: u32 = 4;
/// Beside that.
const OVERHEAD: Duration = Duration::from_mins(1);
/// How much longer than its original a copy may become when only its container changes.
const CONTAINER_BYTES: u64 = 64 * 1024 * 1024;

/// Whether browsers play the file as it is.
pub(super) fn is_playable(content_type: &str, probed: &Probed) -> bool {
    let pictures = &probed.pictures;
    let sound = probed.sound.as_ref().map(|sound| sound.codec.as_str());
    match content_type {
        "video/mp4" | "video/quicktime" => {
            is_plain_h264(pictures) && matches!(sound, None | Some("aac" | "mp3"))
        }
        "video/webm" => {
            matches!(pictures.codec.as_str(), "vp8" | "vp9" | "av1")
                && matches!(sound, None | Some("opus" | "vorbis"))
        }
        _ => false,
    }
}

/// H.264 with eight bits and half the colour each way: what every decoder in a phone takes.
fn is_plain_h264(pictures: &Pictures) -> bool {
    let is_plain = matches!(pictures.pixel_format.as_str(), "yuv420p" | "yuvj420p");
    pictures.codec == "h264" && is_plain
}

fn is_copied(sound: &Sound) -> bool {
    matches!(sound.codec.as_str(), "aac" | "mp3")
}

/// Makes the copy, whose index stands at its front so that it can be played while it comes.
pub(super) async fn copy(
    original: &Path,
    format: &str,
    folder: &Path,
    probed: &Probed,
    programs: &Programs,
    limits: &Limits,
) -> Result<Rendition, Failure> {
    let looked = tokio::fs::metadata(original).await;
    let length = looked
        .map_err(Trouble::while_doing("reading the original"))?
        .len();
    let bounded = Bounded {
        prlimit: programs.prlimit()?,
        program: programs.ffmpeg()?,
        arguments: arguments(original, format, probed, limits),
        folder,
    };
    bounded.run(bounds(length, probed, limits)).await?;
    let (width, height) = if is_plain_h264(&probed.pictures) {
        (probed.pictures.width, probed.pictures.height)
    } else {
        encoded_size(&probed.pictures)
    };
    Ok(Rendition {
        name: NAME,
        content_type: "video/mp4",
        width,
        height,
        bytes: Bytes::InFile(file(folder)),
    })
}

fn file(folder: &Path) -> PathBuf {
    folder.join(NAME)
}

fn bounds(length: u64, probed: &Probed, limits: &Limits) -> Bounds {
    let copying = Duration::from_secs(length / COPIED_BYTES_PER_SECOND);
    let is_copy = is_plain_h264(&probed.pictures);
    let plays = probed.duration.unwrap_or(limits.video_duration);
    let encoding = if is_copy {
        plays / 2
    } else {
        plays * ENCODING_FACTOR
    };
    let file_bytes = if is_copy {
        limits
            .video_bytes
            .min(length.saturating_add(CONTAINER_BYTES))
    } else {
        limits.video_bytes
    };
    Bounds {
        memory_bytes: limits.child_memory_bytes,
        file_bytes,
        time: (OVERHEAD + copying + encoding).min(limits.video_time),
        cores: limits.cores.get() as u64,
    }
}

/// Encoders want even numbers.
fn encoded_size(pictures: &Pictures) -> (u32, u32) {
    let (width, height) = photo::fit(pictures.width, pictures.height, EDGE);
    let even = |length: u32| (length / 2 * 2).max(2);
    (even(width), even(height))
}

fn arguments(original: &Path, format: &str, probed: &Probed, limits: &Limits) -> Vec<OsString> {
    let threads = limits.cores.to_string();
    let mut all: Vec<String> = words("-nostdin -v error -y -fflags +bitexact -threads");
    all.push(threads.clone());
    let mut arguments: Vec<OsString> = all.into_iter().map(OsString::from).collect();
    arguments.extend(input(original, format));

    let pictures = &probed.pictures;
    let mut after = words(&format!("-map 0:{}", pictures.index));
    if is_plain_h264(pictures) {
        after.extend(words("-c:v copy"));
    } else {
        let (width, height) = encoded_size(pictures);
        after.extend(words(&format!(
            "-c:v libx264 -preset veryfast -crf 23 -pix_fmt yuv420p -fpsmax 60 -threads {threads} \
             -vf scale={width}:{height},setsar=1"
        )));
    }
    if let Some(sound) = &probed.sound {
        after.extend(words(&format!("-map 0:{}", sound.index)));
        let codec = if is_copied(sound) {
            "-c:a copy"
        } else {
            "-c:a aac -b:a 160k -ac 2"
        };
        after.extend(words(codec));
    }
    // A file that does not tell how long it plays must still come to an end.
    after.extend(words(&format!(
        "-t {} -map_metadata -1 -map_metadata:s -1 -map_chapters -1 -dn -sn -flags +bitexact \
         -movflags +faststart -f mp4 {NAME}",
        limits.video_duration.as_secs()
    )));
    arguments.extend(after.into_iter().map(OsString::from));
    arguments
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn probed(codec: &str, pixel_format: &str, sound: Option<&str>) -> Probed {
        Probed {
            pictures: Pictures {
                index: 0,
                codec: codec.to_owned(),
                pixel_format: pixel_format.to_owned(),
                width: 3840,
                height: 2161,
            },
            sound: sound.map(|codec| Sound {
                index: 1,
                codec: codec.to_owned(),
            }),
            duration: Some(Duration::from_secs(10)),
            taken_at: None,
            camera: None,
            location: None,
        }
    }

    #[test]
    fn only_what_every_browser_plays_is_left_as_it_is() {
        for (content_type, codec, pixels, sound, playable) in [
            ("video/mp4", "h264", "yuv420p", Some("aac"), true),
            ("video/quicktime", "h264", "yuvj420p", None, true),
            ("video/mp4", "h264", "yuv420p10le", Some("aac"), false),
            ("video/mp4", "h264", "yuv422p", None, false),
            ("video/mp4", "hevc", "yuv420p", Some("aac"), false),
            (
                "video/quicktime",
                "h264",
                "yuv420p",
                Some("pcm_s16le"),
                false,
            ),
            ("video/webm", "vp9", "yuv420p", Some("opus"), true),
            ("video/webm", "h264", "yuv420p", Some("aac"), false),
            ("video/x-matroska", "h264", "yuv420p", Some("aac"), false),
        ] {
            let probed = probed(codec, pixels, sound);
            assert_eq!(
                is_playable(content_type, &probed),
                playable,
                "{content_type} {codec}"
            );
        }
    }

    #[test]
    fn what_is_encoded_again_has_even_edges_and_time_by_its_length() {
        let limits = Limits::default();
        let hevc = probed("hevc", "yuv420p", None);
        assert_eq!(encoded_size(&hevc.pictures), (1920, 1080));
        let time = bounds(10, &hevc, &limits).time;
        assert_eq!(time, OVERHEAD + Duration::from_secs(40));
        let endless = Probed {
            duration: None,
            ..hevc
        };
        assert_eq!(bounds(10, &endless, &limits).time, limits.video_time);
    }
}
