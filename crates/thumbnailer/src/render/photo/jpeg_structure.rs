//! The markers of a JPEG, read without decoding anything: how large it is, how many scans it has, whether its
//! end is there, and which parts a decoder needs (ITU-T T.81, annex B).

use std::ops::Range;

use memchr::memchr;

use crate::render::Unrenderable;

const SOI: u8 = 0xD8;
const EOI: u8 = 0xD9;
const SOS: u8 = 0xDA;
const APP0: u8 = 0xE0;
const APP1: u8 = 0xE1;
const APP14: u8 = 0xEE;
const APP15: u8 = 0xEF;
const COMMENT: u8 = 0xFE;
const APP2: u8 = 0xE2;
const EXIF: &[u8] = b"Exif\0\0";
const PROFILE: &[u8] = b"ICC_PROFILE\0";

/// What the markers of a JPEG tell.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Structure {
    pub frame: Frame,
    /// How often all pixels are gone over, at most.
    pub scans: u32,
    /// The EXIF data, without the name before it.
    pub exif: Option<Range<usize>>,
    /// The parts of the ICC profile in their order in the file, each with its number and the number of parts before.
    profile: Vec<Range<usize>>,
    /// What stands before the first scan and matters to a decoder, in order.
    header: Vec<Range<usize>>,
    /// From the first scan to the end of the image.
    scan_data: Range<usize>,
}

/// The header of the frame.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Frame {
    pub width: u16,
    pub height: u16,
    /// Bits of a sample.
    pub precision: u8,
    /// No sample is lost: then it cannot be decoded at a fraction of its size.
    pub lossless: bool,
    progressive: bool,
    /// Sampling factors of each component.
    sampling: Vec<(u8, u8)>,
}

impl Structure {
    /// Walks over the markers of a whole file.
    pub fn of(jpeg: &[u8]) -> Result<Self, Unrenderable> {
        let mut frame = None;
        let (mut exif, mut header, mut scans) = (None, Vec::new(), 0);
        let (mut profile, mut scan_data) = (Vec::new(), 0..0);
        for marker in (Walk { jpeg, at: 0 }) {
            let Segment { code, whole, .. } = marker;
            let content = &jpeg[marker.content.clone()];
            match code {
                EOI => {
                    scan_data.end = whole.end;
                    break;
                }
                SOS => {
                    scans += 1;
                    if scans == 1 {
                        scan_data.start = whole.start;
                    }
                }
                // All of these but 0xC4, 0xC8 and 0xCC begin a frame.
                0xC0..=0xCF if !matches!(code, 0xC4 | 0xC8 | 0xCC) && frame.is_none() => {
                    frame = Some(Frame::read(code, content)?);
                }
                APP1 if scans == 0 && exif.is_none() && content.starts_with(EXIF) => {
                    exif = Some(marker.content.start + EXIF.len()..marker.content.end);
                }
                APP2 if scans == 0 && content.starts_with(PROFILE) => {
                    profile.push(marker.content.start + PROFILE.len()..marker.content.end);
                }
                _ => {}
            }
            if scans == 0 && is_needed(code, content) {
                header.push(whole);
            }
        }
        if scan_data.end == 0 {
            return Err(Unrenderable::truncated("no end-of-image marker"));
        }
        let frame = frame.ok_or_else(|| Unrenderable::malformed("no frame header"))?;
        if scans == 0 {
            return Err(Unrenderable::malformed("no scan"));
        }
        Ok(Self {
            frame,
            scans,
            exif,
            profile,
            header,
            scan_data,
        })
    }

    /// The ICC profile, if all of its parts are there, each of them once.
    pub fn profile(&self, jpeg: &[u8]) -> Option<Vec<u8>> {
        let mut parts: Vec<&[u8]> = self
            .profile
            .iter()
            .map(|part| &jpeg[part.clone()])
            .collect();
        parts.sort_by_key(|part| part.first());
        let count = u8::try_from(parts.len()).ok().filter(|count| *count > 0)?;
        let mut profile = Vec::new();
        for (number, part) in (1..=count).zip(parts) {
            let [its_number, its_count, content @ ..] = part else {
                return None;
            };
            if (*its_number, *its_count) != (number, count) {
                return None;
            }
            profile.extend_from_slice(content);
        }
        Some(profile)
    }

    /// The same image without what no decoder needs: names, colour profiles, thumbnails, comments, and what
    /// stands between segments and after the end. A decoder then cannot stumble over any of it.
    pub fn stripped(&self, mut jpeg: Vec<u8>) -> Vec<u8> {
        let mut end = 0;
        for range in self.header.iter().chain([&self.scan_data]) {
            let length = range.len();
            jpeg.copy_within(range.clone(), end);
            end += length;
        }
        jpeg.truncate(end);
        jpeg
    }

    /// Memory in bytes for the coefficients of the whole image, which a decoder must hold where they come in
    /// more than one scan: two bytes for each sample of each component.
    pub fn coefficient_bytes(&self) -> u64 {
        if self.scans == 1 && !self.frame.progressive {
            return 0;
        }
        let sampling = &self.frame.sampling;
        let across = sampling.iter().map(|factors| factors.0).max();
        let down = sampling.iter().map(|factors| factors.1).max();
        let (across, down) = (across.unwrap_or(1), down.unwrap_or(1));
        let samples = |pixels: u16, factor: u8, most: u8| {
            let samples = (u64::from(pixels) * u64::from(factor)).div_ceil(u64::from(most));
            samples.next_multiple_of(8 * u64::from(factor))
        };
        let of = |&(horizontal, vertical): &(u8, u8)| {
            let width = samples(self.frame.width, horizontal, across);
            2 * width * samples(self.frame.height, vertical, down)
        };
        sampling.iter().map(of).sum()
    }
}

impl Frame {
    fn read(code: u8, content: &[u8]) -> Result<Self, Unrenderable> {
        let bad = || Unrenderable::malformed("a frame header that makes no sense");
        let [precision, h1, h0, w1, w0, components, rest @ ..] = content else {
            return Err(bad());
        };
        let specifications = rest.chunks_exact(3).take(usize::from(*components));
        let sampling: Vec<(u8, u8)> = specifications
            .map(|specification| (specification[1] >> 4, specification[1] & 15))
            .collect();
        let is_factor = |factor: u8| (1..=4).contains(&factor);
        let sound = |&(across, down): &(u8, u8)| is_factor(across) && is_factor(down);
        if sampling.len() != usize::from(*components) || !sampling.iter().all(sound) {
            return Err(bad());
        }
        Ok(Self {
            width: u16::from_be_bytes([*w1, *w0]),
            height: u16::from_be_bytes([*h1, *h0]),
            precision: *precision,
            lossless: matches!(code, 0xC3 | 0xC7 | 0xCB | 0xCF),
            progressive: matches!(code, 0xC2 | 0xC6 | 0xCA | 0xCE),
            sampling,
        })
    }
}

/// Of the segments for applications a decoder needs what tells of the colours: JFIF's and Adobe's.
fn is_needed(code: u8, content: &[u8]) -> bool {
    match code {
        // A JFIF of another generation draws a warning, and tells nothing.
        APP0 => content.starts_with(b"JFIF\0\x01"),
        APP14 => content.starts_with(b"Adobe"),
        APP0..=APP15 | COMMENT | SOS | EOI => false,
        _ => true,
    }
}

/// A marker and what belongs to it.
struct Segment {
    code: u8,
    /// With the marker and the length.
    whole: Range<usize>,
    /// Without them.
    content: Range<usize>,
}

struct Walk<'a> {
    jpeg: &'a [u8],
    at: usize,
}

impl Iterator for Walk<'_> {
    type Item = Segment;

    /// The next marker with its segment, if all of it is there. Whatever stands between two, entropy-coded data
    /// or rubbish, is passed over.
    fn next(&mut self) -> Option<Segment> {
        loop {
            let rest = self.jpeg.get(self.at..)?;
            let start = self.at + memchr(0xFF, rest)?;
            let code = *self.jpeg.get(start + 1)?;
            self.at = start + 1;
            match code {
                // The second byte of two may begin a marker; zeros and restarts belong to the data.
                0xFF => {}
                0x00 | 0x01 | 0xD0..=0xD7 => self.at += 1,
                SOI | EOI => {
                    self.at += 1;
                    return Some(Segment {
                        code,
                        whole: start..self.at,
                        content: self.at..self.at,
                    });
                }
                _ => {
                    let length = self.jpeg.get(start + 2..start + 4)?;
                    let length = usize::from(u16::from_be_bytes([length[0], length[1]])).max(2);
                    let end = start + 2 + length;
                    self.jpeg.get(start..end)?;
                    self.at = end;
                    return Some(Segment {
                        code,
                        whole: start..end,
                        content: start + 4..end,
                    });
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(code: u8, content: &[u8]) -> Vec<u8> {
        let length = u16::try_from(content.len() + 2).unwrap().to_be_bytes();
        [&[0xFF, code], &length[..], content].concat()
    }

    fn jpeg(middle: &[Vec<u8>]) -> Vec<u8> {
        let frame = segment(
            0xC2,
            &[8, 0, 16, 0, 32, 3, 1, 0x22, 0, 2, 0x11, 0, 3, 0x11, 0],
        );
        let scan = [segment(SOS, &[1, 2, 3]), vec![1, 0xFF, 0, 2, 0xFF, 0xD0, 3]].concat();
        let parts = [vec![0xFF, SOI], middle.concat(), frame, scan.clone(), scan];
        [parts.concat(), vec![0xFF, EOI, 9, 9]].concat()
    }

    #[test]
    fn what_a_decoder_does_not_need_is_left_out() {
        let profile = segment(0xE2, b"ICC_PROFILE\0rubbish");
        let exif = segment(APP1, b"Exif\0\0MM\0\x2a");
        let dirty = jpeg(&[profile, vec![7, 7], exif, segment(COMMENT, b"hello")]);
        let structure = Structure::of(&dirty).unwrap();
        assert_eq!(&dirty[structure.exif.clone().unwrap()], b"MM\0\x2a");
        assert_eq!((structure.frame.width, structure.frame.height), (32, 16));
        assert_eq!(structure.scans, 2);
        let mut clean = jpeg(&[]);
        clean.truncate(clean.len() - 2);
        assert_eq!(structure.stripped(dirty), clean);
    }

    #[test]
    fn a_progressive_image_is_held_whole_with_two_bytes_a_sample() {
        let structure = Structure::of(&jpeg(&[])).unwrap();
        assert_eq!(structure.coefficient_bytes(), 2 * (32 * 16 + 2 * 16 * 8));
    }

    #[test]
    fn a_jpeg_without_its_end_is_truncated_wherever_it_was_cut() {
        let whole = jpeg(&[segment(APP1, b"Exif\0\0MM\0\x2a")]);
        for length in 0..whole.len() - 2 {
            let refused = Structure::of(&whole[..length]);
            assert!(
                matches!(refused, Err(Unrenderable::Truncated { .. })),
                "{length}: {refused:?}"
            );
        }
    }
}
