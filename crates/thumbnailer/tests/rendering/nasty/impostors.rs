//! Files that are not what they are declared to be, and those that are two things at once.

use image::{DynamicImage, ImageFormat};

use super::{ANYHOW, DAMAGED, Nasty};
use crate::pictures::{busy, encoded, jpeg};

const WRONG: &[&str] = &["WRONG_CONTENT"];
const PLAYLIST: &[u8] = b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile:///etc/passwd\n#EXTINF:9,\nhttp://127.0.0.1:1/secret.ts\n#EXT-X-ENDLIST\n";
const CONCAT: &[u8] = b"ffconcat version 1.0\nfile /etc/passwd\nfile http://127.0.0.1:1/secret\n";

pub fn all() -> Vec<Nasty> {
    let png = encoded(&DynamicImage::from(busy(64, 48)), ImageFormat::Png);
    let nasty =
        |name: &str, declared, bytes: &[u8]| Nasty::new(name, declared, bytes.to_vec(), WRONG);
    let mut all = vec![
        Nasty::new("no bytes", "image/jpeg", Vec::new(), &["EMPTY"]),
        nasty("one byte", "image/jpeg", &[0xFF]),
        nasty("a PNG as a JPEG", "image/jpeg", &png),
        nasty("a JPEG as a PNG", "image/png", &jpeg(&busy(64, 48))),
        nasty("a JPEG as a video", "video/mp4", &jpeg(&busy(64, 48))),
        nasty(
            "HTML as a PNG",
            "image/png",
            b"<!doctype html><script>alert(1)</script>",
        ),
        nasty(
            "SVG as a WebP",
            "image/webp",
            b"<svg xmlns='http://www.w3.org/2000/svg'><image href='file:///etc/passwd'/></svg>",
        ),
        nasty("a ZIP as a TIFF", "image/tiff", b"PK\x03\x04\x14\0\0\0"),
        nasty("PDF as a GIF", "image/gif", b"%PDF-1.7\n"),
        nasty(
            "PostScript as a JPEG",
            "image/jpeg",
            b"%!PS-Adobe-3.0\n(/etc/passwd) (r) file\n",
        ),
        nasty(
            "a script of ImageMagick's as a PNG",
            "image/png",
            b"push graphic-context\nfill 'url(https://127.0.0.1/|ls)'\n",
        ),
        nasty("a playlist as an MP4", "video/mp4", PLAYLIST),
        nasty("a playlist as WebM", "video/webm", PLAYLIST),
        nasty("a list of files as an MP4", "video/mp4", CONCAT),
        nasty(
            "a session description as a video",
            "video/quicktime",
            b"v=0\no=- 0 0 IN IP4 127.0.0.1\nm=video 1 RTP/AVP 96\n",
        ),
        nasty(
            "a manifest as a video",
            "video/mp4",
            b"<?xml version='1.0'?><MPD><BaseURL>file:///etc/passwd</BaseURL></MPD>",
        ),
        nasty(
            "an executable as a video",
            "video/x-matroska",
            b"\x7FELF\x02\x01\x01",
        ),
    ];
    let begin = b"\0\0\0\x18ftypisom\0\0\0\0isomavc1";
    for (name, rest) in [("a playlist", PLAYLIST), ("a list of files", CONCAT)] {
        let bytes = [&begin[..], rest].concat();
        all.push(Nasty::new(
            &format!("{name} that begins like an MP4"),
            "video/mp4",
            bytes,
            DAMAGED,
        ));
    }
    for (brand, declared) in [(b"heic", "image/heif"), (b"avif", "image/avif")] {
        let begin = [b"\0\0\0\x18ftyp", &brand[..], b"\0\0\0\0mif1", brand].concat();
        let rubbish = [&begin[..], &[0xA5; 4000]].concat();
        all.push(Nasty::new(
            &format!("{declared} of rubbish"),
            declared,
            rubbish,
            DAMAGED,
        ));
        let huge = [&begin[..], b"\x7F\xFF\xFF\xFFmeta\0\0\0\0", &[0xFF; 2000]].concat();
        all.push(Nasty::new(
            &format!("{declared} with boxes of 2 GB"),
            declared,
            huge,
            ANYHOW,
        ));
        all.push(Nasty::new(
            &format!("{declared} of a beginning"),
            declared,
            begin,
            DAMAGED,
        ));
    }
    all
}
