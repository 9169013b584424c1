//! What a photo tells of itself, and that its renditions do not pass it on.

use picup_thumbnailer::{Details, Location, TakenAt};

use crate::pictures::{busy, jpeg_with_exif, png_with_exif, webp_with_exif};
use crate::studio::{Studio, bytes};
use crate::tiff::{self, EXIF_POINTER, GPS_POINTER, ORIENTATION, Value};

/// 2024-06-01 12:34:56.789 by the camera's clock.
const TAKEN: TakenAt = TakenAt {
    local_micros: 1_717_245_296_789_000,
    utc_offset_minutes: Some(9 * 60),
};

fn entries() -> Vec<(u16, Value)> {
    let exposure = vec![
        (0x9003, Value::Text("2024:06:01 12:34:56")),
        (0x9011, Value::Text("+09:00")),
        (0x9291, Value::Text("789")),
    ];
    let place = vec![
        (0x0001, Value::Text("N")),
        (0x0002, Value::Rational(vec![(33, 1), (21, 1), (42, 1)])),
        (0x0003, Value::Text("W")),
        (0x0004, Value::Rational(vec![(126, 1), (30, 1), (0, 0)])),
    ];
    vec![
        (0x010F, Value::Text("Nikon\u{1}Corp")),
        (0x0110, Value::Text("Z 6II")),
        (ORIENTATION, Value::Short(vec![1])),
        (EXIF_POINTER, Value::Directory(exposure)),
        (GPS_POINTER, Value::Directory(place)),
    ]
}

fn exif() -> Vec<u8> {
    tiff::exif(entries())
}

fn tells_all(details: &Details) {
    assert_eq!(details.taken_at, Some(TAKEN));
    assert_eq!(details.camera.as_deref(), Some("Nikon Corp Z 6II"));
    let Location {
        latitude,
        longitude,
    } = details.location.unwrap();
    assert!((latitude - 33.361_666).abs() < 1e-5, "{latitude}");
    assert!((longitude + 126.5).abs() < 1e-9, "{longitude}");
    assert_eq!(details.duration_millis, None);
}

#[tokio::test]
async fn when_where_and_by_what_a_photo_was_taken_is_told_in_every_kind_of_file() {
    let studio = Studio::new();
    let picture = busy(500, 300);
    for (file, content_type) in [
        (jpeg_with_exif(&picture, &exif()), "image/jpeg"),
        (png_with_exif(&picture, &exif()), "image/png"),
        (webp_with_exif(&picture, &exif()), "image/webp"),
        (tiff::picture(&picture, entries()), "image/tiff"),
    ] {
        tells_all(&studio.render(&file, content_type).await.details);
    }
}

#[tokio::test]
async fn renditions_hold_none_of_their_originals_metadata() {
    let studio = Studio::new();
    let rendered = studio
        .render(&jpeg_with_exif(&busy(500, 300), &exif()), "image/jpeg")
        .await;
    for rendition in &rendered.renditions {
        let bytes = bytes(rendition);
        for secret in [
            &b"Exif"[..],
            b"Nikon",
            b"2024:06:01",
            b"ICC_PROFILE",
            b"http",
        ] {
            let found = bytes.windows(secret.len()).any(|window| window == secret);
            assert!(!found, "{} holds {secret:?}", rendition.name);
        }
        // Of all segments for applications there is JFIF's alone.
        let mut at = 2;
        while bytes[at + 1] != 0xDA {
            assert!(
                !matches!(bytes[at + 1], 0xE1..=0xEF | 0xFE),
                "{}",
                rendition.name
            );
            at += 2 + usize::from(u16::from_be_bytes([bytes[at + 2], bytes[at + 3]]));
        }
    }
}

#[tokio::test]
async fn a_place_that_is_none_is_not_told() {
    let studio = Studio::new();
    for (north, east) in [
        ((0, 1), (0, 1)),
        ((91, 1), (0, 1)),
        ((10, 1), (181, 1)),
        ((1, 0), (1, 1)),
    ] {
        let place = vec![
            (0x0001, Value::Text("N")),
            (0x0002, Value::Rational(vec![north; 1])),
            (0x0003, Value::Text("E")),
            (0x0004, Value::Rational(vec![east; 1])),
        ];
        let exif = tiff::exif(vec![(GPS_POINTER, Value::Directory(place))]);
        let rendered = studio
            .render(&jpeg_with_exif(&busy(50, 30), &exif), "image/jpeg")
            .await;
        assert_eq!(rendered.details.location, None, "{north:?} {east:?}");
    }
}

#[tokio::test]
async fn a_photo_that_tells_nothing_is_rendered_all_the_same() {
    let studio = Studio::new();
    let exif = tiff::exif(vec![(EXIF_POINTER, Value::Long(vec![4_000_000]))]);
    let rendered = studio
        .render(&jpeg_with_exif(&busy(50, 30), &exif), "image/jpeg")
        .await;
    let details = rendered.details;
    assert_eq!(
        (details.taken_at, details.camera, details.location),
        (None, None, None)
    );
}
