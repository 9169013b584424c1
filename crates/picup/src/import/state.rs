//! What an import remembers on disk, so that one that was killed goes on without reading all files again:
//! the checksums of files and of their parts. Media items need not be remembered: the same file into the same
//! album is the same command, and the server answers it with the same item.
//!
//! It is a journal of lines, each appended at once, so a kill can cost the last line and no more. Everything in
//! it can be found out again: S3 and the server are asked what they hold, and what is remembered wrongly is
//! refused by S3, because uploads are bound to their checksums.

use std::{
    collections::HashMap,
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, BufRead as _, BufReader, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    time::UNIX_EPOCH,
};

use serde::{Deserialize, Serialize};

use crate::{
    Error, ErrorKind, Result,
    hash::{Fingerprint, Stamp},
};

/// A longer line is none of ours: 10,000 parts take 700,000 bytes.
const LONGEST_LINE: usize = 4 * 1024 * 1024;

/// The memory of one import. Without a file it remembers nothing.
#[derive(Debug, Default)]
pub struct ImportState {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    file: Option<File>,
    known: HashMap<String, Known>,
}

/// One line: what is known of a file as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Known {
    path: String,
    bytes: u64,
    /// Seconds and nanoseconds since 1970.
    modified: (u64, u32),
    /// In hexadecimal; empty when the file is to be forgotten.
    sha256: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    parts: Vec<String>,
}

impl ImportState {
    /// Reads what a file remembers, and goes on writing to it. Blocks.
    pub fn open(path: &Path) -> Result<Self> {
        let failed = |error: io::Error| {
            let message = format!(
                "cannot keep the import's state in {}: {error}",
                path.display()
            );
            Error::new(ErrorKind::Failed, message)
        };
        if let Some(folder) = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
        {
            let created = DirBuilder::new().recursive(true).mode(0o700).create(folder);
            created.map_err(failed)?;
        }
        let (known, lines) = read(path).map_err(failed)?;
        if lines > 2 * known.len() + 1000 {
            compact(path, &known).map_err(failed)?;
        }
        let mut file = appendable(path).map_err(failed)?;
        // The line that a kill has cut off must not swallow the next one.
        file.write_all(b"\n").map_err(failed)?;
        let inner = Inner {
            file: Some(file),
            known,
        };
        Ok(Self {
            inner: Mutex::new(inner),
        })
    }

    /// The checksums of a file, if it has not changed since they were computed.
    pub fn fingerprint(&self, path: &Path, stamp: &Stamp) -> Option<Fingerprint> {
        let inner = self.lock();
        let known = inner.known.get(&key(path)?)?;
        if known.bytes != stamp.bytes || Some(known.modified) != modified(stamp) {
            return None;
        }
        let parts = known.parts.iter().map(|part| from_hexadecimal(part));
        Some(Fingerprint {
            sha256: from_hexadecimal(&known.sha256)?,
            parts: parts.collect::<Option<_>>()?,
        })
    }

    /// Remembers the checksums of a file.
    pub fn remember(&self, path: &Path, stamp: &Stamp, fingerprint: &Fingerprint) {
        let (Some(key), Some(modified)) = (key(path), modified(stamp)) else {
            return;
        };
        self.write(Known {
            path: key,
            bytes: stamp.bytes,
            modified,
            sha256: hexadecimal(&fingerprint.sha256),
            parts: fingerprint.parts.iter().map(hexadecimal).collect(),
        });
    }

    /// Forgets a file: what was remembered turned out not to be so.
    pub fn forget(&self, path: &Path) {
        let known = key(path).and_then(|key| self.lock().known.get(&key).cloned());
        if let Some(known) = known {
            self.write(Known {
                sha256: String::new(),
                parts: Vec::new(),
                ..known
            });
        }
    }

    fn write(&self, known: Known) {
        let mut inner = self.lock();
        if let Some(file) = &mut inner.file
            && let Ok(mut line) = serde_json::to_vec(&known)
        {
            line.push(b'\n');
            // Where it cannot be written, a file is read once more some day.
            let _ = file.write_all(&line);
        }
        take_in(&mut inner.known, known);
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn take_in(all: &mut HashMap<String, Known>, known: Known) {
    if known.sha256.is_empty() {
        all.remove(&known.path);
    } else {
        all.insert(known.path.clone(), known);
    }
}

fn read(path: &Path) -> io::Result<(HashMap<String, Known>, usize)> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Default::default()),
        Err(error) => return Err(error),
    };
    let (mut all, mut lines) = (HashMap::new(), 0);
    for line in BufReader::new(file).split(b'\n') {
        let line = line?;
        lines += 1;
        // A line that was cut off tells nothing, and neither does one that somebody wrote by hand.
        if line.len() <= LONGEST_LINE
            && let Ok(known) = serde_json::from_slice(&line)
        {
            take_in(&mut all, known);
        }
    }
    Ok((all, lines))
}

/// Writes what is known beside the file and renames, so that a kill leaves the one or the other.
fn compact(path: &Path, known: &HashMap<String, Known>) -> io::Result<()> {
    let mut new = path.as_os_str().to_owned();
    new.push(".new");
    let new = PathBuf::from(new);
    match fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = io::BufWriter::new(appendable(&new)?);
    for known in known.values() {
        serde_json::to_writer(&mut file, known)?;
        file.write_all(b"\n")?;
    }
    file.into_inner()?.sync_all()?;
    fs::rename(&new, path)
}

fn appendable(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path)
}

/// Names that are no Unicode are not remembered: two of them could look the same.
fn key(path: &Path) -> Option<String> {
    std::path::absolute(path).ok()?.to_str().map(str::to_owned)
}

fn modified(stamp: &Stamp) -> Option<(u64, u32)> {
    let since = stamp.modified?.duration_since(UNIX_EPOCH).ok()?;
    Some((since.as_secs(), since.subsec_nanos()))
}

fn hexadecimal(sha256: &[u8; 32]) -> String {
    use std::fmt::Write as _;
    sha256.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn from_hexadecimal(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    let mut sha256 = [0; 32];
    for (byte, at) in sha256.iter_mut().zip((0..64).step_by(2)) {
        *byte = u8::from_str_radix(&text[at..at + 2], 16).ok()?;
    }
    Some(sha256)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn stamp(bytes: u64, seconds: u64) -> Stamp {
        Stamp {
            bytes,
            modified: Some(UNIX_EPOCH + Duration::new(seconds, 7)),
        }
    }

    fn fingerprint(byte: u8) -> Fingerprint {
        Fingerprint {
            sha256: [byte; 32],
            parts: vec![[byte + 1; 32], [byte + 2; 32]],
        }
    }

    #[test]
    fn what_was_remembered_is_there_after_a_kill_and_a_changed_file_is_not_known() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("deep/state.jsonl");
        let (one, two) = (Path::new("/a/하나.mp4"), Path::new("/a/two.mp4"));
        let state = ImportState::open(&file).unwrap();
        state.remember(one, &stamp(5, 1), &fingerprint(10));
        state.remember(two, &stamp(6, 1), &fingerprint(20));
        drop(state);
        // A kill in the middle of a line.
        let mut half = appendable(&file).unwrap();
        half.write_all(br#"{"path":"/a/three.mp4","byt"#).unwrap();
        let state = ImportState::open(&file).unwrap();
        state.remember(Path::new("/a/four.mp4"), &stamp(7, 1), &fingerprint(30));
        drop(state);

        let state = ImportState::open(&file).unwrap();
        assert_eq!(state.fingerprint(one, &stamp(5, 1)), Some(fingerprint(10)));
        assert_eq!(state.fingerprint(two, &stamp(6, 1)), Some(fingerprint(20)));
        let four = state.fingerprint(Path::new("/a/four.mp4"), &stamp(7, 1));
        assert_eq!(
            four,
            Some(fingerprint(30)),
            "the cut line swallows no other"
        );
        assert_eq!(state.fingerprint(one, &stamp(5, 2)), None);
        assert_eq!(state.fingerprint(one, &stamp(4, 1)), None);
        state.forget(one);
        assert_eq!(
            ImportState::open(&file)
                .unwrap()
                .fingerprint(one, &stamp(5, 1)),
            None
        );
    }

    #[test]
    fn a_journal_that_has_grown_is_written_anew() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("state.jsonl");
        let state = ImportState::open(&file).unwrap();
        for _ in 0..2000 {
            state.remember(Path::new("/a"), &stamp(5, 1), &fingerprint(1));
        }
        drop(state);
        let before = fs::metadata(&file).unwrap().len();
        let state = ImportState::open(&file).unwrap();
        assert!(fs::metadata(&file).unwrap().len() < before / 100);
        assert!(state.fingerprint(Path::new("/a"), &stamp(5, 1)).is_some());
    }
}
