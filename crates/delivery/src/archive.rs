//! The layout of a ZIP64 archive of files that are stored as they are, written from front to back: what stands
//! before each file, after it, and at the end. The bytes of the files themselves never come here.
//!
//! Lengths are known before, checksums only after a file has passed, so each file is followed by a data
//! descriptor. Names are UTF-8. The whole length is known before the first byte, so that whoever downloads it
//! sees whether all of it came. (async_zip was looked at: it writes 4-byte descriptors after ZIP64 headers, which
//! APPNOTE 4.3.9.2 forbids, and cannot tell the length.)

use std::sync::Arc;

use time::OffsetDateTime;

pub use crc32fast::Hasher as Crc32;

/// A file in an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name, unique in the archive.
    pub name: String,
    /// Its length.
    pub bytes: u64,
    /// When it was changed last, in seconds since 1970.
    pub modified_at: i64,
}

/// What a 4-byte field cannot hold stands in a ZIP64 field instead, and this in the 4 bytes.
const IN_ZIP64: u32 = u32::MAX;
/// A data descriptor follows (bit 3), the name is UTF-8 (bit 11).
const FLAGS: u16 = 1 << 3 | 1 << 11;
/// The version of the format that ZIP64 came with, and the one before.
const ZIP64_VERSION: u16 = 45;
const PLAIN_VERSION: u16 = 20;
/// Made on Unix, so that permissions are those below.
const MADE_BY: u16 = 3 << 8 | ZIP64_VERSION;
/// A regular file that everybody may read.
const PERMISSIONS: u32 = 0o100_644 << 16;
/// Files of the directory at the end that are written at once.
const CHUNK: usize = 512;

/// An archive that is being written. For each entry: [`Self::begin`], the file's bytes, [`Self::end`]; then
/// [`Self::close`].
#[derive(Debug)]
pub struct Archive {
    entries: Arc<[Entry]>,
    written: Vec<Written>,
    offset: u64,
    begun_at: u64,
}

#[derive(Clone, Copy, Debug)]
struct Written {
    offset: u64,
    crc32: u32,
}

impl Archive {
    /// Of these files, in their order.
    pub fn new(entries: Arc<[Entry]>) -> Self {
        Self {
            entries,
            written: Vec::new(),
            offset: 0,
            begun_at: 0,
        }
    }

    /// The next file, if there is one, and what stands before its bytes.
    pub fn begin(&mut self) -> Option<(usize, Vec<u8>)> {
        let at = self.written.len();
        let entry = self.entries.get(at)?;
        let header = local_header(entry);
        self.begun_at = self.offset;
        self.offset += header.len() as u64 + entry.bytes;
        Some((at, header))
    }

    /// What stands after the bytes of the file that was begun last.
    pub fn end(&mut self, crc32: u32) -> Vec<u8> {
        let Some(entry) = self.entries.get(self.written.len()) else {
            return Vec::new();
        };
        let descriptor = descriptor(entry.bytes, crc32);
        self.written.push(Written {
            offset: self.begun_at,
            crc32,
        });
        self.offset += descriptor.len() as u64;
        descriptor
    }

    /// What stands at the end, piece by piece.
    pub fn close(self) -> impl Iterator<Item = Vec<u8>> + Send {
        let begin = self.offset;
        let (mut at, mut end, mut closed) = (0, begin, false);
        std::iter::from_fn(move || {
            if closed {
                return None;
            }
            let mut piece = Vec::new();
            let upto = (at + CHUNK).min(self.written.len());
            for (entry, written) in self.entries.iter().zip(&self.written).take(upto).skip(at) {
                directory_header(&mut piece, entry, *written);
            }
            at = upto;
            end += piece.len() as u64;
            if at == self.written.len() {
                end_of_directory(&mut piece, self.written.len() as u64, begin, end);
                closed = true;
            }
            Some(piece)
        })
    }
}

/// How long an archive of these files will be.
pub fn length_of(entries: &Arc<[Entry]>) -> u64 {
    let mut archive = Archive::new(entries.clone());
    while archive.begin().is_some() {
        archive.end(0);
    }
    let files = archive.offset;
    let directory: usize = archive.close().map(|piece| piece.len()).sum();
    files + directory as u64
}

fn local_header(entry: &Entry) -> Vec<u8> {
    let large = needs_zip64(entry.bytes);
    let mut header = Vec::with_capacity(64 + entry.name.len());
    let mut extra = timestamp(entry);
    if large {
        extra.extend([1, 0, 16, 0]);
        extra.extend([0; 16]);
    }
    put32(&mut header, 0x0403_4b50);
    put16(&mut header, version(large));
    fields(&mut header, entry);
    // Checksum and lengths come in the descriptor.
    put32(&mut header, 0);
    let length = if large { IN_ZIP64 } else { 0 };
    put32(&mut header, length);
    put32(&mut header, length);
    put16(&mut header, length16(entry.name.len()));
    put16(&mut header, length16(extra.len()));
    header.extend_from_slice(entry.name.as_bytes());
    header.extend(extra);
    header
}

fn descriptor(bytes: u64, crc32: u32) -> Vec<u8> {
    let mut descriptor = Vec::with_capacity(24);
    put32(&mut descriptor, 0x0807_4b50);
    put32(&mut descriptor, crc32);
    for _ in ["as stored", "as it was"] {
        if needs_zip64(bytes) {
            put64(&mut descriptor, bytes);
        } else {
            put32(&mut descriptor, small(bytes));
        }
    }
    descriptor
}

fn directory_header(directory: &mut Vec<u8>, entry: &Entry, written: Written) {
    let mut extra = timestamp(entry);
    let mut large = Vec::new();
    if needs_zip64(entry.bytes) {
        put64(&mut large, entry.bytes);
        put64(&mut large, entry.bytes);
    }
    if needs_zip64(written.offset) {
        put64(&mut large, written.offset);
    }
    if !large.is_empty() {
        put16(&mut extra, 1);
        put16(&mut extra, length16(large.len()));
        extra.extend_from_slice(&large);
    }
    put32(directory, 0x0201_4b50);
    put16(directory, MADE_BY);
    put16(directory, version(!large.is_empty()));
    fields(directory, entry);
    put32(directory, written.crc32);
    put32(directory, small(entry.bytes));
    put32(directory, small(entry.bytes));
    put16(directory, length16(entry.name.len()));
    put16(directory, length16(extra.len()));
    // No comment, the first disk, no internal attributes.
    directory.extend([0; 6]);
    put32(directory, PERMISSIONS);
    put32(directory, small(written.offset));
    directory.extend_from_slice(entry.name.as_bytes());
    directory.extend(extra);
}

fn end_of_directory(piece: &mut Vec<u8>, files: u64, begin: u64, end: u64) {
    let length = end - begin;
    if files >= u64::from(u16::MAX) || needs_zip64(begin) || needs_zip64(length) {
        put32(piece, 0x0606_4b50);
        put64(piece, 44);
        put16(piece, MADE_BY);
        put16(piece, ZIP64_VERSION);
        // This disk is the first, and the directory begins on it.
        piece.extend([0; 8]);
        for number in [files, files, length, begin] {
            put64(piece, number);
        }
        put32(piece, 0x0706_4b50);
        put32(piece, 0);
        put64(piece, end);
        put32(piece, 1);
    }
    put32(piece, 0x0605_4b50);
    piece.extend([0; 4]);
    let files = u16::try_from(files).unwrap_or(u16::MAX);
    put16(piece, files);
    put16(piece, files);
    put32(piece, small(length));
    put32(piece, small(begin));
    put16(piece, 0);
}

/// What both headers of a file say alike: flags, stored as it is, time and date.
fn fields(header: &mut Vec<u8>, entry: &Entry) {
    put16(header, FLAGS);
    put16(header, 0);
    let (time, date) = dos_time(entry.modified_at);
    put16(header, time);
    put16(header, date);
}

/// Info-ZIP's field for the time in UTC; the header's own has no zone and two-second steps.
fn timestamp(entry: &Entry) -> Vec<u8> {
    let mut field = vec![0x55, 0x54, 5, 0, 1];
    let seconds = u32::try_from(entry.modified_at.max(0)).unwrap_or(u32::MAX);
    put32(&mut field, seconds);
    field
}

fn dos_time(seconds: i64) -> (u16, u16) {
    let moment = OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let year = moment.year().clamp(1980, 2107) - 1980;
    let year = u16::try_from(year).unwrap_or(0);
    let (month, day) = (u16::from(u8::from(moment.month())), u16::from(moment.day()));
    let (hour, minute, second) = moment.to_hms();
    let time = u16::from(hour) << 11 | u16::from(minute) << 5 | u16::from(second / 2);
    (time, year << 9 | month << 5 | day)
}

fn needs_zip64(number: u64) -> bool {
    number >= u64::from(IN_ZIP64)
}

fn small(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(IN_ZIP64)
}

/// Names are at most some hundred bytes: see [`crate::names`].
fn length16(length: usize) -> u16 {
    u16::try_from(length).unwrap_or(u16::MAX)
}

fn version(large: bool) -> u16 {
    if large { ZIP64_VERSION } else { PLAIN_VERSION }
}

fn put16(bytes: &mut Vec<u8>, number: u16) {
    bytes.extend(number.to_le_bytes());
}

fn put32(bytes: &mut Vec<u8>, number: u32) {
    bytes.extend(number.to_le_bytes());
}

fn put64(bytes: &mut Vec<u8>, number: u64) {
    bytes.extend(number.to_le_bytes());
}
