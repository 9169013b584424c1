//! What kinds of files Pic-up takes, and whether bytes are what they claim to be.

use picup_event_types::messages::MediaKind;
use thiserror::Error;

/// How many of a file's first bytes [`content_type_of`] looks at.
pub const SNIFF_LENGTH: u64 = 512;

const PHOTOS: [&str; 7] = [
    "image/jpeg",
    "image/png",
    "image/webp",
    "image/gif",
    "image/tiff",
    "image/heif",
    "image/avif",
];
const VIDEOS: [&str; 4] = [
    "video/mp4",
    "video/quicktime",
    "video/webm",
    "video/x-matroska",
];

/// Whether files of a content type are photos or videos; `None` where Pic-up does not take them.
pub fn kind_of(content_type: &str) -> Option<MediaKind> {
    if PHOTOS.contains(&content_type) {
        Some(MediaKind::Photo)
    } else if VIDEOS.contains(&content_type) {
        Some(MediaKind::Video)
    } else {
        None
    }
}

/// The content type that a file's first bytes speak of; `None` where it is none that Pic-up takes.
pub fn content_type_of(first_bytes: &[u8]) -> Option<&'static str> {
    let content_type = match infer::get(first_bytes)?.mime_type() {
        // `infer` calls the MP4 that phones make by its older name.
        "video/x-m4v" => "video/mp4",
        // It takes every EBML file for WebM in which Matroska's name does not stand where one program writes it.
        "video/webm" if is_matroska(first_bytes) => "video/x-matroska",
        other => other,
    };
    kind_of(content_type).map(|_| content_type)
}

/// Whether an EBML header, which is no longer than this, names Matroska as its document type.
fn is_matroska(first_bytes: &[u8]) -> bool {
    let header = &first_bytes[..first_bytes.len().min(64)];
    header.windows(8).any(|window| window == b"matroska")
}

/// Refuses bytes that are not what was declared.
pub fn verify_content(declared: &str, first_bytes: &[u8]) -> Result<(), ContentMismatch> {
    match content_type_of(first_bytes) {
        Some(found) if found == declared => Ok(()),
        found => Err(ContentMismatch {
            declared: declared.to_owned(),
            found,
        }),
    }
}

/// The bytes are not what was declared.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the file is declared as {declared}, but its bytes are {}", .found.unwrap_or("no photo or video that Pic-up takes"))]
pub struct ContentMismatch {
    declared: String,
    found: Option<&'static str>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_known_by_what_they_are_and_not_by_what_they_claim() {
        let jpeg = [0xFF, 0xD8, 0xFF, 0xE0, 0, 16, b'J', b'F', b'I', b'F'];
        let png = [0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A];
        let mp4 = b"\0\0\0\x20ftypisom\0\0\x02\0isomiso2avc1mp41";
        let quicktime = b"\0\0\0\x14ftypqt  \0\0\x02\0qt  ";
        let webm = [
            0x1A, 0x45, 0xDF, 0xA3, 0x42, 0x82, 0x84, b'w', b'e', b'b', b'm',
        ];
        // As ffmpeg writes it.
        let matroska = b"\x1a\x45\xdf\xa3\xa3\x42\x86\x81\x01\x42\xf7\x81\x01\x42\xf2\x81\x04\x42\xf3\x81\x08\x42\x82\x88matroska";
        assert_eq!(content_type_of(matroska), Some("video/x-matroska"));
        assert_eq!(content_type_of(&jpeg), Some("image/jpeg"));
        assert_eq!(content_type_of(&png), Some("image/png"));
        assert_eq!(content_type_of(mp4), Some("video/mp4"));
        assert_eq!(content_type_of(quicktime), Some("video/quicktime"));
        assert_eq!(
            kind_of(content_type_of(&webm).unwrap()),
            Some(MediaKind::Video)
        );
        assert_eq!(
            content_type_of(b"just some text, saved as holiday.jpg"),
            None
        );
        assert_eq!(content_type_of(b""), None);
        assert_eq!(content_type_of(b"%PDF-1.7"), None);
        assert_eq!(verify_content("image/jpeg", &jpeg), Ok(()));
        assert!(verify_content("image/png", &jpeg).is_err());
        assert!(verify_content("image/jpeg", b"text").is_err());
    }
}
