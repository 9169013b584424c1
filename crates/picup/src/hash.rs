use std::{
    fs::{File, Metadata},
    io::{self, Read as _},
    path::Path,
    time::SystemTime,
};

use aws_lc_rs::digest::{Context, SHA256};
use tokio_util::sync::CancellationToken;

const READ_SIZE: usize = 256 * 1024;

/// What shows that a file has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// Its length.
    pub bytes: u64,
    /// When it was last written, where the file system says so.
    pub modified: Option<SystemTime>,
}

impl Stamp {
    /// The stamp of an open or named file.
    pub fn of(metadata: &Metadata) -> Self {
        Self {
            bytes: metadata.len(),
            modified: metadata.modified().ok(),
        }
    }
}

/// The checksums of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fingerprint {
    /// Of all of it.
    pub sha256: [u8; 32],
    /// Of its parts, where it goes up in parts.
    pub parts: Vec<[u8; 32]>,
}

/// The SHA-256 of a file, read piece by piece, and its stamp when the end was reached. `None` when it
/// was cancelled on the way. Blocks.
pub fn sha256_of(path: &Path, cancel: &CancellationToken) -> io::Result<Option<([u8; 32], Stamp)>> {
    let found = fingerprint_of(path, u64::MAX, cancel)?;
    Ok(found.map(|(fingerprint, stamp)| (fingerprint.sha256, stamp)))
}

/// The SHA-256 of a file and of its parts of this length, read once; no parts where it has only one.
/// Otherwise like [`sha256_of`]. Blocks.
pub fn fingerprint_of(
    path: &Path,
    part_bytes: u64,
    cancel: &CancellationToken,
) -> io::Result<Option<(Fingerprint, Stamp)>> {
    let mut file = File::open(path)?;
    let mut whole = Context::new(&SHA256);
    let (mut part, mut left) = (Context::new(&SHA256), part_bytes);
    let in_parts = part_bytes != u64::MAX;
    let mut parts = Vec::new();
    let mut buffer = vec![0; READ_SIZE];
    loop {
        if cancel.is_cancelled() {
            return Ok(None);
        }
        // Never beyond the end of a part.
        let most = usize::try_from(left).unwrap_or(READ_SIZE).min(READ_SIZE);
        match file.read(&mut buffer[..most]) {
            Ok(0) => break,
            Ok(length) => {
                whole.update(&buffer[..length]);
                if in_parts {
                    part.update(&buffer[..length]);
                    left -= length as u64;
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
        if left == 0 {
            parts.push(finish(std::mem::replace(&mut part, Context::new(&SHA256))));
            left = part_bytes;
        }
    }
    if in_parts && left < part_bytes {
        parts.push(finish(part));
    }
    let sha256 = finish(whole);
    Ok(Some((
        Fingerprint { sha256, parts },
        Stamp::of(&file.metadata()?),
    )))
}

/// The digest of a SHA-256 context.
pub fn finish(context: Context) -> [u8; 32] {
    let mut sha256 = [0; 32];
    sha256.copy_from_slice(context.finish().as_ref());
    sha256
}

#[cfg(test)]
mod tests {
    use std::fs;

    use aws_lc_rs::digest::digest;

    use super::*;

    #[test]
    fn the_parts_of_a_file_are_what_they_are_cut_out() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("film");
        let cancel = CancellationToken::new();
        let sum =
            |bytes: &[u8]| -> [u8; 32] { digest(&SHA256, bytes).as_ref().try_into().unwrap() };
        let part = READ_SIZE + 1000;
        for length in [1, part - 1, part, part + 1, 3 * part, 3 * part + 5] {
            let bytes: Vec<u8> = (0..length)
                .map(|at| u8::try_from(at % 251).unwrap())
                .collect();
            fs::write(&path, &bytes).unwrap();
            let (found, stamp) = fingerprint_of(&path, part as u64, &cancel)
                .unwrap()
                .unwrap();
            assert_eq!(stamp.bytes, length as u64);
            assert_eq!(found.sha256, sum(&bytes));
            let expected: Vec<[u8; 32]> = bytes.chunks(part).map(sum).collect();
            assert_eq!(found.parts, expected, "{length}");
            assert_eq!(sha256_of(&path, &cancel).unwrap().unwrap().0, found.sha256);
        }
    }
}
