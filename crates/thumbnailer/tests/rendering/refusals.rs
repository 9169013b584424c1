//! What is refused, with its reason, and what is not the file's fault.

use std::path::PathBuf;
use std::time::Duration;

use image::{DynamicImage, ImageFormat};
use picup_thumbnailer::{Failure, Limits, Programs, Unrenderable};

use crate::pictures::{busy, encoded, jpeg};
use crate::studio::Studio;
use crate::videos::{H264, film};

#[tokio::test]
async fn a_truncated_jpeg_is_refused_with_its_reason() {
    let studio = Studio::new();
    let whole = jpeg(&busy(640, 480));
    for part in 1..10 {
        let cut = &whole[..whole.len() * part / 10];
        let reason = studio.refusal(cut, "image/jpeg").await;
        assert_eq!(reason, "TRUNCATED", "{part} tenths");
    }
    // Its end is there and the middle is not: no grey half is shown either.
    let gap = [&whole[..whole.len() / 2], &[0xFF, 0xD9]].concat();
    assert_eq!(studio.refusal(&gap, "image/jpeg").await, "TRUNCATED");
}

#[tokio::test]
async fn truncated_files_of_every_other_kind_are_refused() {
    let studio = Studio::new();
    let picture = DynamicImage::from(busy(640, 480));
    for (format, content_type) in [
        (ImageFormat::Png, "image/png"),
        (ImageFormat::WebP, "image/webp"),
        (ImageFormat::Gif, "image/gif"),
        (ImageFormat::Tiff, "image/tiff"),
    ] {
        let whole = encoded(&picture, format);
        for part in 1..10 {
            let reason = studio
                .refusal(&whole[..whole.len() * part / 10], content_type)
                .await;
            assert!(
                matches!(reason, "TRUNCATED" | "MALFORMED"),
                "{content_type}: {reason}"
            );
        }
    }
}

#[tokio::test]
async fn what_is_not_what_it_was_declared_to_be_is_refused() {
    let studio = Studio::new();
    let picture = busy(64, 48);
    let png = encoded(&DynamicImage::from(picture.clone()), ImageFormat::Png);
    let refused = studio.try_render(&png, "image/jpeg").await;
    let Err(Failure::Unrenderable(Unrenderable::WrongContent { declared, found })) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(
        (declared.as_str(), found),
        ("image/jpeg", Some("image/png"))
    );
    for (file, declared) in [
        (jpeg(&picture), "image/png"),
        (
            b"<!doctype html><script>alert(1)</script>".to_vec(),
            "image/png",
        ),
        (
            b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec(),
            "image/jpeg",
        ),
        (
            b"#EXTM3U\nhttp://127.0.0.1/secret.ts\n".to_vec(),
            "video/mp4",
        ),
        (
            b"ffconcat version 1.0\nfile /etc/passwd\n".to_vec(),
            "video/mp4",
        ),
        (b"PK\x03\x04zip".to_vec(), "video/webm"),
        (png, "text/plain"),
    ] {
        assert_eq!(
            studio.refusal(&file, declared).await,
            "WRONG_CONTENT",
            "{declared}"
        );
    }
    assert_eq!(studio.refusal(b"", "image/jpeg").await, "EMPTY");
}

#[tokio::test]
async fn limits_are_kept() {
    let limits = Limits {
        pixels: 100 * 100,
        photo_bytes: 60_000,
        photo_memory_bytes: 20_000,
        video_duration: Duration::from_secs(1),
        ..Limits::default()
    };
    let studio = Studio::with(limits);
    let png = |width, height| encoded(&DynamicImage::from(busy(width, height)), ImageFormat::Png);
    assert_eq!(
        studio.refusal(&jpeg(&busy(101, 100)), "image/jpeg").await,
        "TOO_MANY_PIXELS"
    );
    assert_eq!(
        studio.refusal(&png(101, 100), "image/png").await,
        "TOO_MANY_PIXELS"
    );
    assert_eq!(
        studio.refusal(&png(100, 100), "image/png").await,
        "OUT_OF_MEMORY"
    );
    let mut long = jpeg(&busy(10, 10));
    long.resize(60_001, 0);
    assert_eq!(studio.refusal(&long, "image/jpeg").await, "TOO_MANY_BYTES");
}

#[tokio::test]
async fn a_video_that_plays_too_long_is_refused() {
    let limits = Limits {
        video_duration: Duration::from_secs(1),
        ..Limits::default()
    };
    let studio = Studio::with(limits);
    let film = film(studio.folder.path(), H264, "film.mp4");
    assert_eq!(studio.refusal(&film, "video/mp4").await, "TOO_LONG");
}

#[tokio::test]
async fn a_copy_that_would_become_too_long_is_refused() {
    let limits = Limits {
        video_bytes: 1000,
        ..Limits::default()
    };
    let studio = Studio::with(limits);
    let film = film(studio.folder.path(), "-c:v mpeg4", "film.mp4");
    assert_eq!(studio.refusal(&film, "video/mp4").await, "TOO_MANY_BYTES");
}

#[tokio::test]
async fn a_video_whose_time_is_up_is_refused_and_its_decoder_ended() {
    let limits = Limits {
        video_time: Duration::from_millis(300),
        ..Limits::default()
    };
    let studio = Studio::with(limits);
    let arguments = "-c:v mpeg4 -vf scale=1920:1080";
    let film = film(studio.folder.path(), arguments, "film.mp4");
    assert_eq!(studio.refusal(&film, "video/mp4").await, "OUT_OF_TIME");
    let scratch = studio.path("scratch");
    let is_there = || {
        let mut processes = std::fs::read_dir("/proc").unwrap().flatten();
        processes.any(|process| {
            std::fs::read_link(process.path().join("cwd")).is_ok_and(|folder| folder == scratch)
        })
    };
    // It was killed, and takes a moment to die.
    for _ in 0..500 {
        if !is_there() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it is still there");
}

#[tokio::test]
async fn a_missing_decoder_tells_what_to_install() {
    let studio = Studio::with_programs(Limits::default(), Programs::default());
    let heif = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic";
    let refused = studio
        .try_render(heif, "image/heif")
        .await
        .unwrap_err()
        .to_string();
    let mp4 = b"\0\0\0\x18ftypisom\0\0\0\0isomavc1";
    let also = studio
        .try_render(mp4, "video/mp4")
        .await
        .unwrap_err()
        .to_string();
    assert!(also.contains("ffmpeg"), "{also}");
    assert!(
        refused.contains("prlimit") || refused.contains("libheif-examples"),
        "{refused}"
    );
    // What needs no program is rendered.
    studio.render(&jpeg(&busy(64, 48)), "image/jpeg").await;
}

#[tokio::test]
async fn a_decoder_that_cannot_be_started_is_not_the_files_fault() {
    let found = Programs::on_path(&std::env::var_os("PATH").unwrap());
    let broken = Programs {
        ffmpeg: Some(PathBuf::from("/no/such/ffmpeg")),
        ffprobe: Some(PathBuf::from("/no/such/ffprobe")),
        ..found
    };
    let studio = Studio::with_programs(Limits::default(), broken);
    let mp4 = b"\0\0\0\x18ftypisom\0\0\0\0isomavc1";
    let failure = studio.try_render(mp4, "video/mp4").await.unwrap_err();
    assert!(matches!(failure, Failure::Trouble(_)), "{failure}");
}

#[tokio::test]
async fn an_original_that_is_gone_is_trouble() {
    let studio = Studio::new();
    let renderer = picup_thumbnailer::Renderer::new(Limits::default(), Programs::default());
    let gone = studio.path("gone");
    let failure = renderer
        .render(&gone, "image/jpeg", studio.folder.path())
        .await
        .unwrap_err();
    assert!(matches!(failure, Failure::Trouble(_)), "{failure}");
}
