//! Videos, made by ffmpeg: their posters, and what they tell.

use std::path::Path;
use std::process::Command;

use picup_thumbnailer::TakenAt;

use crate::pictures::{BLUE, CORNERS, GREEN, RED, YELLOW, alike, corners, quarters};
use crate::studio::{Studio, named, names, pixels};

/// Two seconds of [`quarters`], encoded with these arguments into a file of that name.
pub fn film(folder: &Path, arguments: &str, name: &str) -> Vec<u8> {
    let still = folder.join("still.png");
    quarters(640, 360).save(&still).unwrap();
    let input = format!("-loop 1 -framerate 25 -t 2 -i {}", still.display());
    recorded(folder, &format!("{input} {arguments}"), name)
}

/// What ffmpeg makes of these arguments.
pub fn recorded(folder: &Path, arguments: &str, name: &str) -> Vec<u8> {
    let file = folder.join(name);
    let status = Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error", "-y"])
        .args(arguments.split_whitespace())
        .arg(&file)
        .status();
    assert!(status.unwrap().success(), "{arguments}");
    std::fs::read(file).unwrap()
}

pub const H264: &str = "-c:v libx264 -pix_fmt yuv420p";
pub const TONE: &str = "-f lavfi -i sine=frequency=440:duration=2 -c:a aac";

/// Turns the pictures of an MP4 by a quarter to the right when they are shown, as a phone held upright does: the
/// matrix of its track is changed.
fn turned(mut mp4: Vec<u8>, height: u32) -> Vec<u8> {
    let at = mp4.windows(4).position(|name| name == b"tkhd").unwrap();
    let matrix: [u32; 9] = [
        0,
        1 << 16,
        0,
        (-65_536_i32).cast_unsigned(),
        0,
        0,
        height << 16,
        0,
        1 << 30,
    ];
    let bytes: Vec<u8> = matrix
        .iter()
        .flat_map(|number| number.to_be_bytes())
        .collect();
    mp4[at + 44..at + 80].copy_from_slice(&bytes);
    mp4
}

#[tokio::test]
async fn a_video_has_a_poster_a_grid_picture_and_a_thumbhash() {
    let studio = Studio::new();
    let film = film(
        studio.folder.path(),
        &format!("{TONE} {H264} -shortest"),
        "film.mp4",
    );
    let rendered = studio.render(&film, "video/mp4").await;
    assert_eq!(names(&rendered), ["grid.jpg", "poster.jpg"]);
    for name in names(&rendered) {
        let found = corners(&pixels(&rendered, name));
        assert!(alike(&found, &CORNERS), "{name}: {found:?}");
    }
    let poster = named(&rendered, "poster.jpg");
    assert_eq!((poster.width, poster.height), (640, 360));
    let details = rendered.details;
    assert_eq!((details.width, details.height), (640, 360));
    assert!(
        details.duration_millis.unwrap().abs_diff(2000) < 100,
        "{details:?}"
    );
    assert!(details.thumbhash.len() > 10);
}

#[tokio::test]
async fn a_video_is_shown_as_it_was_held() {
    let studio = Studio::new();
    let film = film(studio.folder.path(), H264, "film.mp4");
    let rendered = studio.render(&turned(film, 360), "video/mp4").await;
    assert_eq!(
        (rendered.details.width, rendered.details.height),
        (360, 640)
    );
    let poster = named(&rendered, "poster.jpg");
    assert_eq!((poster.width, poster.height), (360, 640));
    let found = corners(&pixels(&rendered, "poster.jpg"));
    assert!(alike(&found, &[BLUE, RED, YELLOW, GREEN]), "{found:?}");
}

#[tokio::test]
async fn pixels_that_are_not_square_are_made_so() {
    let studio = Studio::new();
    let film = film(
        studio.folder.path(),
        &format!("{H264} -vf setsar=2"),
        "film.mp4",
    );
    let rendered = studio.render(&film, "video/mp4").await;
    assert_eq!(
        (rendered.details.width, rendered.details.height),
        (1280, 360)
    );
    assert_eq!(named(&rendered, "poster.jpg").width, 1280);
}

#[tokio::test]
async fn a_large_video_has_a_poster_no_larger_than_a_screen() {
    let studio = Studio::new();
    let film = film(
        studio.folder.path(),
        &format!("{H264} -vf scale=3840:2160 -t 0.2"),
        "film.mp4",
    );
    let rendered = studio.render(&film, "video/mp4").await;
    assert_eq!(rendered.details.width, 3840);
    let poster = named(&rendered, "poster.jpg");
    assert_eq!((poster.width, poster.height), (1600, 900));
}

#[tokio::test]
async fn a_video_of_one_picture_has_a_poster() {
    let studio = Studio::new();
    let film = film(
        studio.folder.path(),
        &format!("{H264} -frames:v 1"),
        "film.mp4",
    );
    let rendered = studio.render(&film, "video/mp4").await;
    assert!(alike(&corners(&pixels(&rendered, "poster.jpg")), &CORNERS));
}

#[tokio::test]
async fn a_video_tells_when_and_where_it_was_taken_and_by_what() {
    let studio = Studio::new();
    let tags = "-metadata creation_time=2024-06-01T03:34:56Z \
                -movflags use_metadata_tags \
                -metadata com.apple.quicktime.location.ISO6709=+33.3617+126.5292/ \
                -metadata com.apple.quicktime.make=Apple \
                -metadata com.apple.quicktime.model=iPhone_15";
    let film = film(studio.folder.path(), &format!("{H264} {tags}"), "film.mov");
    let details = studio.render(&film, "video/quicktime").await.details;
    let expected = TakenAt {
        local_micros: 1_717_212_896_000_000,
        utc_offset_minutes: Some(0),
    };
    assert_eq!(details.taken_at, Some(expected));
    assert_eq!(details.camera.as_deref(), Some("Apple iPhone_15"));
    let location = details.location.unwrap();
    assert!((location.latitude - 33.3617).abs() < 1e-9);
    assert!((location.longitude - 126.5292).abs() < 1e-9);
}
