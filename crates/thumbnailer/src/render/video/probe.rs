//! What is in a video, as ffprobe tells.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use serde::Deserialize;

use super::tags;
use crate::render::child::{Bounded, Bounds};
use crate::render::{Failure, Limits, Location, Programs, TakenAt, Unrenderable};

/// Looking into a file takes no longer, however large it is.
const TIME: Duration = Duration::from_secs(30);
/// How much of a file ffprobe reads to find out what is in it: bytes, and microseconds of playing.
const PROBED_BYTES: &str = "33554432";
const PROBED_MICROS: &str = "10000000";

/// What is in a video.
#[derive(Debug, PartialEq)]
pub(super) struct Probed {
    /// The pictures that are shown.
    pub pictures: Pictures,
    /// What is heard with them.
    pub sound: Option<Sound>,
    /// Absent where the file does not tell, as recordings of streams do not.
    pub duration: Option<Duration>,
    pub taken_at: Option<TakenAt>,
    pub camera: Option<String>,
    pub location: Option<Location>,
}

/// A stream of pictures.
#[derive(Debug, PartialEq)]
pub(super) struct Pictures {
    /// Its number in the file.
    pub index: u32,
    pub codec: String,
    /// ffmpeg's name for how pixels are held, such as `yuv420p`.
    pub pixel_format: String,
    /// In pixels, as it is shown: turned, and with square pixels.
    pub width: u32,
    /// In pixels, as it is shown.
    pub height: u32,
}

/// A stream of sound.
#[derive(Debug, PartialEq)]
pub(super) struct Sound {
    /// Its number in the file.
    pub index: u32,
    pub codec: String,
}

/// ffprobe's answer, as far as it matters.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Answer {
    streams: Vec<Stream>,
    format: Format,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Format {
    duration: String,
    tags: HashMap<String, String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Stream {
    index: u32,
    codec_type: String,
    codec_name: String,
    pix_fmt: String,
    width: u32,
    height: u32,
    sample_aspect_ratio: String,
    disposition: Disposition,
    side_data_list: Vec<SideData>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Disposition {
    default: u8,
    /// A cover of an album of music, say.
    attached_pic: u8,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct SideData {
    /// Degrees, in quarters where a device wrote it.
    rotation: f64,
}

/// What stands before the input in every call: which protocols and formats may be opened at all. Without the
/// format a playlist that is called a video would be followed to wherever it points.
pub(super) fn input(original: &Path, format: &str) -> Vec<OsString> {
    let mut file = OsString::from("file:");
    file.push(original);
    let mut arguments: Vec<OsString> = ["-protocol_whitelist", "file,pipe", "-f", format, "-i"]
        .map(OsString::from)
        .into();
    arguments.push(file);
    arguments
}

/// Looks into a video.
pub(super) async fn probe(
    original: &Path,
    format: &str,
    folder: &Path,
    programs: &Programs,
    limits: &Limits,
) -> Result<Probed, Failure> {
    let mut arguments: Vec<OsString> = [
        "-v",
        "error",
        "-print_format",
        "json",
        "-show_format",
        "-show_streams",
        "-probesize",
        PROBED_BYTES,
        "-analyzeduration",
        PROBED_MICROS,
    ]
    .map(OsString::from)
    .into();
    arguments.extend(input(original, format));
    let bounded = Bounded {
        prlimit: programs.prlimit()?,
        program: programs.ffprobe()?,
        arguments,
        folder,
    };
    let bounds = Bounds {
        memory_bytes: limits.child_memory_bytes,
        file_bytes: 0,
        time: TIME.min(limits.video_time),
        cores: limits.cores.get() as u64,
    };
    let answer = bounded.run(bounds).await?;
    let answer: Answer = serde_json::from_slice(&answer)
        .map_err(|_| Unrenderable::malformed("what is in it cannot be told"))?;
    Ok(understood(answer, limits)?)
}

fn understood(answer: Answer, limits: &Limits) -> Result<Probed, Unrenderable> {
    let Answer { streams, format } = answer;
    let pictures = streams
        .iter()
        .find(|stream| stream.codec_type == "video" && stream.disposition.attached_pic == 0)
        .ok_or_else(|| Unrenderable::malformed("there are no moving pictures in it"))?;
    limits.admit_pixels(pictures.width.into(), pictures.height.into())?;
    let is_sound = |stream: &&Stream| stream.codec_type == "audio";
    let sound = streams
        .iter()
        .filter(is_sound)
        .find(|stream| stream.disposition.default != 0)
        .or_else(|| streams.iter().find(is_sound));
    let (width, height) = shown(pictures);
    Ok(Probed {
        pictures: Pictures {
            index: pictures.index,
            codec: pictures.codec_name.clone(),
            pixel_format: pictures.pix_fmt.clone(),
            width,
            height,
        },
        sound: sound.map(|stream| Sound {
            index: stream.index,
            codec: stream.codec_name.clone(),
        }),
        duration: duration(&format.duration, limits)?,
        taken_at: tags::taken_at(&format.tags),
        camera: tags::camera(&format.tags),
        location: tags::location(&format.tags),
    })
}

/// How long it plays; zero, and what is no number, are as if nothing were told.
fn duration(text: &str, limits: &Limits) -> Result<Option<Duration>, Unrenderable> {
    let Ok(seconds) = text.parse::<f64>() else {
        return Ok(None);
    };
    let most = limits.video_duration;
    if seconds > most.as_secs_f64() {
        let duration = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX);
        return Err(Unrenderable::TooLong {
            seconds: duration.as_secs(),
            most: most.as_secs(),
        });
    }
    let duration = Duration::try_from_secs_f64(seconds).ok();
    Ok(duration.filter(|duration| !duration.is_zero()))
}

/// The size in which a stream is shown: pixels made square by their width, then turned by quarters.
fn shown(stream: &Stream) -> (u32, u32) {
    let (width, height) = (stream.width, stream.height);
    let width = match ratio(&stream.sample_aspect_ratio) {
        Some((across, down)) => {
            let square = u64::from(width) * u64::from(across) / u64::from(down);
            u32::try_from(square).unwrap_or(width).max(1)
        }
        None => width,
    };
    let degrees: f64 = stream.side_data_list.iter().map(|data| data.rotation).sum();
    let from_upright = degrees.rem_euclid(180.0);
    let lies_down = (45.0..135.0).contains(&from_upright);
    if lies_down {
        (height, width)
    } else {
        (width, height)
    }
}

/// `4:3` as a pair of numbers, unless it is the same as 1:1 or so far from it that nobody can have meant it.
fn ratio(text: &str) -> Option<(u32, u32)> {
    let (across, down) = text.split_once(':')?;
    let (across, down): (u32, u32) = (across.parse().ok()?, down.parse().ok()?);
    let is_sensible = across > 0 && down > 0 && across / down < 8 && down / across < 8;
    (is_sensible && across != down).then_some((across, down))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_video_is_as_large_as_it_is_shown() {
        let stream = |aspect: &str, rotation: f64| Stream {
            width: 720,
            height: 576,
            sample_aspect_ratio: aspect.to_owned(),
            side_data_list: vec![SideData { rotation }],
            ..Stream::default()
        };
        assert_eq!(shown(&stream("1:1", 0.0)), (720, 576));
        assert_eq!(shown(&stream("64:45", 0.0)), (1024, 576));
        assert_eq!(shown(&stream("0:1", -90.0)), (576, 720));
        assert_eq!(shown(&stream("16:15", 270.0)), (576, 768));
        assert_eq!(shown(&stream("", 180.0)), (720, 576));
        assert_eq!(shown(&stream("1000000:1", f64::NAN)), (720, 576));
    }

    #[test]
    fn an_absurd_duration_is_too_long_and_an_unknown_one_is_none() {
        let limits = Limits::default();
        for (text, known) in [
            ("", None),
            ("N/A", None),
            ("0.0", None),
            ("-3", None),
            ("nan", None),
        ] {
            assert_eq!(duration(text, &limits), Ok(known), "{text}");
        }
        assert_eq!(
            duration("1.5", &limits),
            Ok(Some(Duration::from_millis(1500)))
        );
        for absurd in ["14401", "9223372036854.775807", "1e300", "inf"] {
            let refused = duration(absurd, &limits);
            assert!(
                matches!(refused, Err(Unrenderable::TooLong { .. })),
                "{absurd}"
            );
        }
    }
}
