//! JPEGs: cut off, declared huge, with thousands of scans, and with metadata that means harm.

use super::{ANYHOW, DAMAGED, FINE, Nasty, TOO_LARGE};
use crate::pictures::{busy, jpeg, jpeg_by, jpeg_with_exif};
use crate::tiff::{self, EXIF_POINTER, GPS_POINTER, ORIENTATION, Value};

const JPEG: &str = "image/jpeg";

pub fn all() -> Vec<Nasty> {
    let mut all = cut();
    all.extend(sizes());
    all.extend(scans());
    all.extend(segments());
    all.extend(exif());
    all
}

fn nasty(name: &str, bytes: Vec<u8>, ends: &'static [&'static str]) -> Nasty {
    Nasty::new(&format!("jpeg: {name}"), JPEG, bytes, ends)
}

fn base() -> Vec<u8> {
    jpeg(&busy(320, 240))
}

fn progressive() -> Vec<u8> {
    jpeg_by(&busy(320, 240), |compressor| {
        compressor.set_progressive(true)
    })
}

/// One more segment, right after the beginning.
pub fn with_segment(jpeg: &[u8], code: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len() + 2).unwrap().to_be_bytes();
    [&jpeg[..2], &[0xFF, code], &length, content, &jpeg[2..]].concat()
}

fn position(jpeg: &[u8], code: u8) -> usize {
    jpeg.windows(2)
        .position(|pair| pair == [0xFF, code])
        .unwrap()
}

/// Declares another size in the frame header.
fn sized(mut jpeg: Vec<u8>, width: u16, height: u16) -> Vec<u8> {
    let frames = [0xC0, 0xC2];
    let is_frame = |pair: &[u8]| pair[0] == 0xFF && frames.contains(&pair[1]);
    let at = jpeg.windows(2).position(is_frame).unwrap();
    jpeg[at + 5..at + 7].copy_from_slice(&height.to_be_bytes());
    jpeg[at + 7..at + 9].copy_from_slice(&width.to_be_bytes());
    jpeg
}

fn cut() -> Vec<Nasty> {
    let mut all = Vec::new();
    for (kind, whole) in [("baseline", base()), ("progressive", progressive())] {
        for part in [1, 10, 30, 50, 70, 90, 99] {
            let bytes = whole[..whole.len() * part / 100].to_vec();
            all.push(nasty(
                &format!("{kind}, {part} % of it"),
                bytes,
                &["TRUNCATED"],
            ));
        }
        let without_end = whole[..whole.len() - 2].to_vec();
        all.push(nasty(
            &format!("{kind} without its end"),
            without_end,
            &["TRUNCATED"],
        ));
    }
    let scan = position(&base(), 0xDA);
    let no_scan = [&base()[..scan], &[0xFF, 0xD9]].concat();
    all.push(nasty("without a scan", no_scan, &["MALFORMED"]));
    let only_begin = [&[0xFF, 0xD8, 0xFF][..], &[0; 600]].concat();
    all.push(nasty("a beginning and zeros", only_begin, DAMAGED));
    let mut hole = base();
    let middle = hole.len() / 2;
    hole[middle..middle + 4000].fill(0);
    all.push(nasty("with a hole of zeros", hole, ANYHOW));
    let empty_scan = [&base()[..scan + 14], &[0xFF, 0xD9]].concat();
    all.push(nasty("with an empty scan", empty_scan, &["TRUNCATED"]));
    all
}

fn sizes() -> Vec<Nasty> {
    vec![
        nasty(
            "65535 × 65535 declared",
            sized(base(), 65_535, 65_535),
            TOO_LARGE,
        ),
        nasty(
            "65500 × 65500 progressive",
            sized(progressive(), 65_500, 65_500),
            TOO_LARGE,
        ),
        nasty(
            "9900 × 9900 of little data",
            sized(base(), 9_900, 9_900),
            &["TRUNCATED"],
        ),
        nasty(
            "9900 × 9900 progressive",
            sized(progressive(), 9_900, 9_900),
            &["OUT_OF_MEMORY", "MALFORMED"],
        ),
        nasty("no width", sized(base(), 0, 240), &["MALFORMED"]),
        nasty("no height", sized(base(), 320, 0), &["MALFORMED"]),
        nasty("65535 wide and 1 high", sized(base(), 65_535, 1), ANYHOW),
        nasty("65500 wide, really", jpeg(&busy(65_500, 2)), FINE),
        nasty("65500 high, really", jpeg(&busy(1, 65_500)), FINE),
    ]
}

fn scans() -> Vec<Nasty> {
    let whole = jpeg_by(&busy(64, 64), |compressor| compressor.set_progressive(true));
    let last = whole
        .windows(2)
        .rposition(|pair| pair == [0xFF, 0xDA])
        .unwrap();
    let (before, scan) = (&whole[..last], &whole[last..whole.len() - 2]);
    let with = |scans: usize| [before, &scan.repeat(scans), &[0xFF, 0xD9]].concat();
    let many = with(5000);
    vec![
        nasty("5000 scans", many.clone(), &["MALFORMED"]),
        nasty(
            "5000 scans of 8000 × 8000",
            sized(many, 8_000, 8_000),
            &["MALFORMED"],
        ),
        nasty(
            "60 scans of 8000 × 6000",
            sized(with(60), 8_000, 6_000),
            ANYHOW,
        ),
        nasty("60 scans", with(60), ANYHOW),
        nasty(
            "one scan twice",
            [
                &base()[..base().len() - 2],
                &base()[position(&base(), 0xDA)..],
            ]
            .concat(),
            ANYHOW,
        ),
    ]
}

fn segments() -> Vec<Nasty> {
    let base = base();
    let comment = |times: usize| {
        (0..times).fold(base.clone(), |jpeg, _| {
            with_segment(&jpeg, 0xFE, &b"x".repeat(60_000))
        })
    };
    let mut arithmetic = base.clone();
    let frame = position(&arithmetic, 0xC0);
    arithmetic[frame + 1] = 0xC9;
    let mut lossless = base.clone();
    lossless[frame + 1] = 0xC3;
    let mut deep = base.clone();
    deep[frame + 4] = 12;
    let mut sampling = base.clone();
    sampling[frame + 11] = 0xF0;
    let mut components = base.clone();
    components[frame + 9] = 200;
    let zip = [&base[..], b"PK\x03\x04", &[0; 500], b"PK\x05\x06", &[0; 18]].concat();
    let fill = [&base[..2], &[0xFF].repeat(1 << 20), &base[3..]].concat();
    vec![
        nasty(
            "a damaged colour profile",
            with_segment(&base, 0xE2, b"ICC_PROFILE\0\x09\x01rubbish"),
            FINE,
        ),
        nasty(
            "a colour profile of rubbish",
            with_segment(
                &base,
                0xE2,
                &[b"ICC_PROFILE\0\x01\x01", &[7; 60_000][..]].concat(),
            ),
            FINE,
        ),
        nasty(
            "a profile in part 255 of 1",
            with_segment(&base, 0xE2, b"ICC_PROFILE\0\xFF\x01"),
            FINE,
        ),
        nasty(
            "JFIF of another generation",
            with_segment(&base, 0xE0, b"JFIF\0\x09\x09\0\0\x01\0\x01\0\0"),
            FINE,
        ),
        nasty(
            "Adobe's mark with a wrong transform",
            with_segment(&base, 0xEE, b"Adobe\0\x64\0\0\0\0\x09"),
            ANYHOW,
        ),
        nasty("80 comments of 60000 bytes", comment(80), FINE),
        nasty("a megabyte between two markers", fill, FINE),
        nasty("two beginnings", [&base[..2], &base].concat(), ANYHOW),
        nasty("a ZIP behind it", zip, FINE),
        nasty(
            "a script behind it",
            [&base[..], b"<script>alert(1)</script>"].concat(),
            FINE,
        ),
        nasty(
            "a segment longer than the file",
            with_long_segment(&base),
            &["TRUNCATED"],
        ),
        nasty("arithmetic coding declared", arithmetic, ANYHOW),
        nasty("lossless coding declared", lossless, ANYHOW),
        nasty("12 bits declared", deep, &["UNSUPPORTED"]),
        nasty("sampling by 15 and 0", sampling, &["MALFORMED"]),
        nasty("200 components", components, &["MALFORMED"]),
    ]
}

fn with_long_segment(jpeg: &[u8]) -> Vec<u8> {
    let cut = &jpeg[..1000];
    [&cut[..2], &[0xFF, 0xE5, 0xFF, 0xFF], &cut[2..]].concat()
}

fn exif() -> Vec<Nasty> {
    let picture = busy(160, 120);
    let nasty = |name: &str, exif: &[u8]| {
        nasty(
            &format!("EXIF {name}"),
            jpeg_with_exif(&picture, exif),
            FINE,
        )
    };
    let mut endless = tiff::held(6);
    let next = endless.len() - 4;
    endless[next..].copy_from_slice(&[8, 0, 0, 0]);
    let mut huge_count = tiff::exif(vec![(0x010F, Value::Text("a long enough maker"))]);
    let count = huge_count.len() - 4 - 8;
    huge_count[count..count + 4].copy_from_slice(&u32::MAX.to_le_bytes());
    let mut far = huge_count.clone();
    far[count..count + 4].copy_from_slice(&20_u32.to_le_bytes());
    far[count + 4..count + 8].copy_from_slice(&u32::MAX.to_le_bytes());
    let into_itself = |pointer: u16| tiff::exif(vec![(pointer, Value::Long(vec![8]))]);
    let many = (0..5000).map(|tag| (tag, Value::Short(vec![1]))).collect();
    let nothing = vec![(0x0002, Value::Rational(vec![(1, 0), (0, 0), (u32::MAX, 0)]))];
    let long = "x".repeat(60_000).leak();
    vec![
        nasty("whose directories go round", &endless),
        nasty("with a count of 4294967295", &huge_count),
        nasty("with a value beyond its end", &far),
        nasty("that points into itself", &into_itself(EXIF_POINTER)),
        nasty("whose place points into itself", &into_itself(GPS_POINTER)),
        nasty("with 5000 entries", &tiff::exif(many)),
        nasty(
            "with 65535 entries that are not there",
            b"II\x2a\0\x08\0\0\0\xFF\xFF\x01\x02",
        ),
        nasty(
            "with fractions of nothing",
            &tiff::exif(vec![(GPS_POINTER, Value::Directory(nothing))]),
        ),
        nasty(
            "held in way 4711",
            &tiff::exif(vec![(ORIENTATION, Value::Short(vec![4711]))]),
        ),
        nasty(
            "by a camera of 60000 letters",
            &tiff::exif(vec![(0x0110, Value::Text(long))]),
        ),
        nasty("of rubbish", &[0xA5; 4000]),
        nasty("of nothing", b""),
    ]
}
