//! Videos whose boxes and elements lie.

use std::ops::Range;
use std::path::Path;

use super::{ANYHOW, DAMAGED, FINE, Nasty, RENDERED};
use crate::videos::{H264, TONE, film, recorded};

const MP4: &str = "video/mp4";
const LONG: &[&str] = &["TOO_LONG", RENDERED, "MALFORMED"];

pub fn all(folder: &Path) -> Vec<Nasty> {
    let film_of = |arguments: &str, name: &str| film(folder, arguments, name);
    let mp4 = film_of(&format!("{TONE} {H264} -shortest -t 1"), "film.mp4");
    let matroska = film_of(&format!("{H264} -t 1"), "film.mkv");
    let mut all = boxes(&mp4);
    all.extend(tables(&mp4));
    all.extend(elements(&matroska));
    let sound = recorded(folder, TONE, "sound.mp4");
    all.push(Nasty::new("mp4: sound alone", MP4, sound, &["MALFORMED"]));
    let live = "-c:v libvpx -deadline realtime -cpu-used 8 -live 1 -t 1";
    let endless = film_of(live, "live.webm");
    all.push(Nasty::new(
        "webm: without a duration",
        "video/webm",
        endless,
        FINE,
    ));
    let live = format!("{H264} -live 1 -t 1");
    let endless = film_of(&live, "live.mkv");
    all.push(Nasty::new(
        "matroska: without a duration",
        "video/x-matroska",
        endless,
        FINE,
    ));
    let thin = film_of("-c:v ffv1 -vf scale=16000:16 -t 0.2", "thin.mkv");
    all.push(Nasty::new(
        "matroska: 16000 × 16",
        "video/x-matroska",
        thin,
        ANYHOW,
    ));
    let fast = film_of("-c:v mpeg4 -r 1000 -t 1", "fast.mp4");
    all.push(Nasty::new("mp4: 1000 pictures a second", MP4, fast, FINE));
    all
}

fn mp4(name: &str, bytes: Vec<u8>, ends: &'static [&'static str]) -> Nasty {
    Nasty::new(&format!("mp4: {name}"), MP4, bytes, ends)
}

fn find(bytes: &[u8], name: &[u8]) -> usize {
    bytes
        .windows(name.len())
        .position(|window| window == name)
        .unwrap()
}

/// A box with its length and name.
fn boxed(name: [u8; 4], content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len() + 8).unwrap().to_be_bytes();
    [&length, &name[..], content].concat()
}

/// Where the box of that name lies, with its length and name.
fn range(bytes: &[u8], name: &[u8]) -> Range<usize> {
    let start = find(bytes, name) - 4;
    let length = u32::from_be_bytes(bytes[start..start + 4].try_into().unwrap());
    start..start + length as usize
}

/// The same with bytes put over those that stand so far behind a name.
fn patched(bytes: &[u8], name: &[u8], after: usize, with: &[u8]) -> Vec<u8> {
    let mut patched = bytes.to_vec();
    let at = find(bytes, name) + name.len() + after;
    patched[at..at + with.len()].copy_from_slice(with);
    patched
}

fn boxes(whole: &[u8]) -> Vec<Nasty> {
    let cut = |part: usize| whole[..whole.len() * part / 100].to_vec();
    let movie = range(whole, b"moov");
    let track = &whole[range(whole, b"trak")];
    let header = &whole[range(whole, b"mvhd")];
    let tracks = |number: usize| {
        let movie_box = boxed(*b"moov", &[header, &track.repeat(number)].concat());
        [&whole[..movie.start], &movie_box].concat()
    };
    let begin = &whole[range(whole, b"ftyp")];
    let nested = (0..3000).fold(Vec::new(), |inner, _| boxed(*b"moov", &inner));
    let twice = [whole, &whole[movie.clone()]].concat();
    vec![
        mp4("10 % of it", cut(10), DAMAGED),
        mp4("50 % of it", cut(50), DAMAGED),
        mp4("95 % of it", cut(95), ANYHOW),
        mp4("a beginning alone", begin.to_vec(), DAMAGED),
        mp4(
            "a beginning and rubbish",
            [begin, &[0xA5; 5000]].concat(),
            DAMAGED,
        ),
        mp4(
            "a beginning and zeros",
            [begin, &[0; 100_000]].concat(),
            DAMAGED,
        ),
        mp4("100 tracks", tracks(100), ANYHOW),
        mp4("5000 tracks", tracks(5000), ANYHOW),
        mp4(
            "3000 boxes in each other",
            [begin, &nested].concat(),
            DAMAGED,
        ),
        mp4("two movies", twice, ANYHOW),
        mp4(
            "a movie of no length",
            patched(whole, b"free", 0, &[0; 4]),
            ANYHOW,
        ),
        mp4(
            "a box of 4 GB",
            [begin, &[0xFF, 0xFF, 0xFF, 0xFF], &b"moov"[..], &[0; 100]].concat(),
            DAMAGED,
        ),
        mp4(
            "a box of 2^63",
            [begin, &[0, 0, 0, 1], &b"moov"[..], &[0x7F; 8], &[0; 99]].concat(),
            DAMAGED,
        ),
    ]
}

fn tables(whole: &[u8]) -> Vec<Nasty> {
    let most = [0xFF; 4];
    let large = [0x7F, 0xFF, 0xFF, 0xFF];
    let long = patched(whole, b"mvhd", 12, &[0, 0, 0, 1, 0x7F, 0xFF, 0xFF, 0xFF]);
    let longer = patched(&long, b"mdhd", 12, &[0, 0, 0, 1, 0x7F, 0xFF, 0xFF, 0xFF]);
    let slow = patched(&longer, b"stts", 8, &[0, 0, 0, 9, 0x7F, 0xFF, 0xFF, 0xFF]);
    vec![
        mp4("68 years", long, LONG),
        mp4("68 years in each header", longer, LONG),
        mp4("68 years from picture to picture", slow, LONG),
        mp4(
            "a clock that stands still",
            patched(whole, b"mvhd", 12, &[0; 4]),
            ANYHOW,
        ),
        mp4(
            "a track whose clock stands still",
            patched(whole, b"mdhd", 12, &[0; 4]),
            ANYHOW,
        ),
        mp4(
            "4294967295 edits",
            patched(whole, b"elst", 4, &most),
            ANYHOW,
        ),
        mp4(
            "an edit to before the beginning",
            patched(whole, b"elst", 12, &[0x80, 0, 0, 1]),
            ANYHOW,
        ),
        mp4(
            "an edit of 68 years",
            patched(whole, b"elst", 8, &large),
            ANYHOW,
        ),
        mp4(
            "4294967295 samples",
            patched(whole, b"stsz", 8, &most),
            ANYHOW,
        ),
        mp4(
            "2147483647 samples of 2 GB",
            patched(whole, b"stsz", 4, &[large, large].concat()),
            ANYHOW,
        ),
        mp4(
            "4294967295 chunks",
            patched(whole, b"stco", 4, &most),
            ANYHOW,
        ),
        mp4(
            "chunks beyond the end",
            patched(whole, b"stco", 8, &most),
            ANYHOW,
        ),
        mp4(
            "4294967295 times",
            patched(whole, b"stts", 4, &most),
            ANYHOW,
        ),
        mp4(
            "65535 × 65535 declared",
            patched(whole, b"avc1", 24, &most),
            ANYHOW,
        ),
        mp4(
            "pictures of a codec that is none",
            patched(whole, b"avcC", 1, &[0xFF; 12]),
            ANYHOW,
        ),
        mp4(
            "media in another file",
            patched(whole, b"url ", 0, &[0; 4]),
            ANYHOW,
        ),
        mp4(
            "a turn that is none",
            patched(whole, b"tkhd", 40, &[0xFF; 36]),
            ANYHOW,
        ),
    ]
}

fn elements(whole: &[u8]) -> Vec<Nasty> {
    let nasty = |name: &str, bytes: Vec<u8>, ends| {
        Nasty::new(
            &format!("matroska: {name}"),
            "video/x-matroska",
            bytes,
            ends,
        )
    };
    let cut = |part: usize| whole[..whole.len() * part / 100].to_vec();
    let (segment, cluster) = ([0x18, 0x53, 0x80, 0x67], [0x1F, 0x43, 0xB6, 0x75]);
    let unknown = [0x01, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF];
    let huge = [0x01, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF];
    let header = &whole[..find(whole, &segment)];
    let begin = [header, &segment, &unknown].concat();
    // Simple blocks with lacing, of rubbish, for ever.
    let laced = [
        &begin[..],
        &cluster,
        &unknown,
        &[0xA3, 0x86, 0x81, 0, 0, 0x06, 0xFF, 0xFF].repeat(100_000),
    ]
    .concat();
    let nested = [
        &begin[..],
        &[0x16, 0x54, 0xAE, 0x6B, 0x01, 0, 0, 0, 0, 0, 0xFF, 0xFF].repeat(5000),
    ]
    .concat();
    let mut elements = vec![
        nasty("10 % of it", cut(10), ANYHOW),
        nasty("50 % of it", cut(50), ANYHOW),
        nasty(
            "a segment of unknown length",
            patched(whole, &segment, 0, &unknown),
            ANYHOW,
        ),
        nasty(
            "a segment of 2^55",
            patched(whole, &segment, 0, &huge),
            ANYHOW,
        ),
        nasty(
            "a segment of nothing",
            patched(whole, &segment, 0, &[0x80]),
            ANYHOW,
        ),
        nasty("a header alone", header.to_vec(), DAMAGED),
        nasty(
            "a header of 2^55",
            [&whole[..4], &huge, &whole[5..]].concat(),
            ANYHOW,
        ),
        nasty("laces without end", laced, DAMAGED),
        nasty("tracks in each other", nested, DAMAGED),
        nasty("zeros", [&begin[..], &[0; 1 << 20]].concat(), DAMAGED),
        nasty("rubbish", [&begin[..], &[0xA5; 1 << 20]].concat(), DAMAGED),
    ];
    if whole.windows(4).any(|window| window == cluster) {
        elements.push(nasty(
            "a cluster of 2^55",
            patched(whole, &cluster, 0, &huge),
            ANYHOW,
        ));
    }
    elements
}
