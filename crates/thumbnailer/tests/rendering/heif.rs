//! HEIC and AVIF, made by libheif's own encoder.

use std::process::Command;

use crate::pictures::{CORNERS, alike, corners, quarters};
use crate::studio::{Studio, named, pixels};

async fn is_rendered(option: &[&str], name: &str, content_type: &str) {
    let studio = Studio::new();
    let picture = studio.path("picture.png");
    quarters(2000, 1200).save(&picture).unwrap();
    let file = studio.path(name);
    let encoded = Command::new("heif-enc")
        .args(option)
        .arg(&picture)
        .arg("-o")
        .arg(&file)
        .output()
        .unwrap();
    assert!(
        encoded.status.success(),
        "{}",
        String::from_utf8_lossy(&encoded.stderr)
    );
    let rendered = studio
        .render(&std::fs::read(&file).unwrap(), content_type)
        .await;
    assert_eq!(
        (rendered.details.width, rendered.details.height),
        (2000, 1200)
    );
    assert_eq!(named(&rendered, "screen.jpg").width, 1600);
    assert!(alike(&corners(&pixels(&rendered, "grid.jpg")), &CORNERS));
}

#[tokio::test]
async fn a_heic_is_rendered() {
    is_rendered(&[], "picture.heic", "image/heif").await;
}

#[tokio::test]
async fn an_avif_is_rendered() {
    is_rendered(&["-A"], "picture.avif", "image/avif").await;
}
