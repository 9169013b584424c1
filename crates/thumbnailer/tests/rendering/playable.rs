//! Copies of videos that browsers do not play.

use std::path::Path;
use std::process::Command;

use picup_thumbnailer::{Bytes, Rendered};

use crate::studio::{Studio, bytes, named, names};
use crate::videos::{H264, TONE, film};

/// The codecs in a file, as ffprobe tells.
fn codecs(file: &Path) -> String {
    let output = Command::new("ffprobe")
        .args([
            "-v",
            "error",
            "-show_entries",
            "stream=codec_name",
            "-of",
            "csv=p=0",
        ])
        .arg(file)
        .output()
        .unwrap();
    String::from_utf8(output.stdout)
        .unwrap()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

/// All that ffprobe tells of a file, for what must not be in it.
fn everything(file: &Path) -> String {
    let output = Command::new("ffprobe")
        .args(["-v", "error", "-show_format", "-show_streams"])
        .arg(file)
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

fn copy(rendered: &Rendered) -> &Path {
    let Bytes::InFile(file) = &named(rendered, "video.mp4").bytes else {
        panic!("a video belongs into a file");
    };
    file
}

#[tokio::test]
async fn what_browsers_play_is_not_copied() {
    let studio = Studio::new();
    let folder = studio.folder.path();
    for (arguments, name, content_type) in [
        (format!("{TONE} {H264} -shortest"), "film.mp4", "video/mp4"),
        (format!("{H264} -an"), "film.mov", "video/quicktime"),
        (
            "-c:v libvpx-vp9 -deadline realtime -cpu-used 8".to_owned(),
            "film.webm",
            "video/webm",
        ),
        (
            "-c:v libvpx -deadline realtime -cpu-used 8".to_owned(),
            "film.webm",
            "video/webm",
        ),
    ] {
        let rendered = studio
            .render(&film(folder, &arguments, name), content_type)
            .await;
        assert_eq!(names(&rendered), ["grid.jpg", "poster.jpg"], "{arguments}");
    }
}

#[tokio::test]
async fn only_the_container_changes_where_browsers_play_what_is_in_it() {
    let studio = Studio::new();
    let film = film(
        studio.folder.path(),
        &format!("{TONE} {H264} -shortest"),
        "film.mkv",
    );
    let rendered = studio.render(&film, "video/x-matroska").await;
    let rendition = named(&rendered, "video.mp4");
    assert_eq!((rendition.width, rendition.height), (640, 360));
    assert_eq!(rendition.content_type, "video/mp4");
    assert_eq!(codecs(copy(&rendered)), "h264 aac");
    let copied = bytes(rendition);
    assert!(
        copied.len() < film.len() * 11 / 10,
        "{} of {}",
        copied.len(),
        film.len()
    );
}

#[tokio::test]
async fn a_copy_can_be_played_while_it_comes() {
    let studio = Studio::new();
    let film = film(studio.folder.path(), H264, "film.mkv");
    let rendered = studio.render(&film, "video/x-matroska").await;
    let copied = bytes(named(&rendered, "video.mp4"));
    let at = |name: &[u8]| copied.windows(4).position(|window| window == name).unwrap();
    assert!(at(b"moov") < at(b"mdat"));
}

#[tokio::test]
async fn what_browsers_do_not_play_is_encoded_again() {
    let studio = Studio::new();
    let folder = studio.folder.path();
    for (arguments, name, content_type, found) in [
        (
            "-c:v libx264 -pix_fmt yuv422p10le",
            "film.mp4",
            "video/mp4",
            "h264",
        ),
        ("-c:v mpeg4", "film.mp4", "video/mp4", "h264"),
        (
            "-c:v libx265 -preset ultrafast -x265-params log-level=none",
            "film.mov",
            "video/quicktime",
            "h264",
        ),
        (
            "-f lavfi -i sine=duration=2 -c:a pcm_s16le -c:v libx264 -pix_fmt yuv420p",
            "film.mov",
            "video/quicktime",
            "h264 aac",
        ),
        (
            "-f lavfi -i sine=duration=2 -c:a flac -c:v ffv1",
            "film.mkv",
            "video/x-matroska",
            "h264 aac",
        ),
    ] {
        let rendered = studio
            .render(&film(folder, arguments, name), content_type)
            .await;
        assert_eq!(codecs(copy(&rendered)), found, "{arguments}");
        let told = everything(copy(&rendered));
        assert!(told.contains("pix_fmt=yuv420p\n"), "{told}");
    }
}

#[tokio::test]
async fn a_copy_is_no_larger_than_full_hd_and_has_even_edges() {
    let studio = Studio::new();
    let arguments = "-c:v mpeg4 -vf scale=2570:1445 -t 0.2";
    let film = film(studio.folder.path(), arguments, "film.mp4");
    let rendered = studio.render(&film, "video/mp4").await;
    let rendition = named(&rendered, "video.mp4");
    assert_eq!((rendition.width, rendition.height), (1920, 1080));
    assert!(everything(copy(&rendered)).contains("width=1920\nheight=1080\n"));
}

#[tokio::test]
async fn a_copy_holds_none_of_its_originals_metadata() {
    let studio = Studio::new();
    let tags = "-metadata creation_time=2024-06-01T03:34:56Z -metadata title=Secret \
                -metadata location=+33.3617+126.5292/ -metadata:s:v title=Secret";
    for codec in [H264, "-c:v mpeg4"] {
        let film = film(studio.folder.path(), &format!("{codec} {tags}"), "film.mkv");
        assert!(film.windows(6).any(|window| window == b"Secret"));
        let rendered = studio.render(&film, "video/x-matroska").await;
        let told = everything(copy(&rendered));
        for secret in ["Secret", "2024-06-01", "126.52", "creation_time"] {
            assert!(!told.contains(secret), "{secret}: {told}");
        }
        let copied = bytes(named(&rendered, "video.mp4"));
        assert!(!copied.windows(6).any(|window| window == b"Secret"));
    }
}
