use std::{
    ffi::OsStr,
    fs::{self, File},
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use picup_domain::{MAX_UPLOAD_BYTES, SNIFF_LENGTH, content_type_of};
use tokio_util::sync::CancellationToken;
use walkdir::WalkDir;

use super::summary::{FileProblem, SkippedFile, Why};
use crate::hash::Stamp;

/// A file that can be imported, as far as its first bytes tell.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Where it is.
    pub path: PathBuf,
    /// What it is called.
    pub name: String,
    /// What its first bytes say that it is.
    pub content_type: &'static str,
    /// How it looked when it was found.
    pub stamp: Stamp,
}

/// What there is to import, and what is left aside.
#[derive(Debug, Default)]
pub struct Plan {
    /// In the order of their names, folder by folder.
    pub files: Vec<Candidate>,
    /// Hidden files and symbolic links.
    pub skipped: Vec<SkippedFile>,
    /// Empty and unreadable files and what is no photo or video.
    pub refused: Vec<FileProblem>,
}

impl Plan {
    /// Looks at files, and at all that is in folders. Blocks.
    pub fn of(paths: &[PathBuf], cancel: &CancellationToken) -> Self {
        let mut plan = Self::default();
        for path in paths {
            match fs::metadata(path) {
                Ok(metadata) if metadata.is_dir() => plan.walk(path, cancel),
                Ok(_) => plan.consider(path),
                Err(error) => plan.refuse(path, unreadable(&error)),
            }
        }
        plan
    }

    /// The length of all files together.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.stamp.bytes).sum()
    }

    fn walk(&mut self, folder: &Path, cancel: &CancellationToken) {
        let mut entries = WalkDir::new(folder)
            .min_depth(1)
            .sort_by_file_name()
            .into_iter();
        while let Some(entry) = entries.next() {
            if cancel.is_cancelled() {
                return;
            }
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    let path = error.path().unwrap_or(folder).to_owned();
                    self.refuse(&path, format!("it cannot be read: {error}"));
                    continue;
                }
            };
            let kind = entry.file_type();
            if entry.file_name().as_encoded_bytes().starts_with(b".") {
                self.skipped
                    .push(SkippedFile::new(entry.path(), Why::Hidden, "it is hidden"));
                if kind.is_dir() {
                    entries.skip_current_dir();
                }
            } else if kind.is_symlink() {
                let reason = "it is a symbolic link; name its target to import it";
                self.skipped
                    .push(SkippedFile::new(entry.path(), Why::SymbolicLink, reason));
            } else if !kind.is_dir() {
                self.consider(entry.path());
            }
        }
    }

    fn consider(&mut self, path: &Path) {
        match candidate(path) {
            Ok(candidate) => self.files.push(candidate),
            Err(reason) => self.refuse(path, reason),
        }
    }

    fn refuse(&mut self, path: &Path, reason: impl Into<String>) {
        self.refused.push(FileProblem::new(path, reason));
    }
}

/// A file that can be imported, or the reason why it cannot.
fn candidate(path: &Path) -> Result<Candidate, String> {
    let readable = |error: io::Error| unreadable(&error);
    // Before it is opened: opening a pipe would wait for somebody to write.
    if !fs::metadata(path).map_err(readable)?.is_file() {
        return Err("it is no ordinary file".to_owned());
    }
    let file = File::open(path).map_err(readable)?;
    let stamp = Stamp::of(&file.metadata().map_err(readable)?);
    let mut first_bytes = Vec::new();
    file.take(SNIFF_LENGTH)
        .read_to_end(&mut first_bytes)
        .map_err(readable)?;
    if first_bytes.is_empty() {
        return Err("it is empty".to_owned());
    }
    if stamp.bytes > MAX_UPLOAD_BYTES {
        return Err("it is larger than 5 TiB, the most that one file may have".to_owned());
    }
    let content_type = content_type_of(&first_bytes).ok_or(
        "it is neither a photo (JPEG, PNG, WebP, GIF, TIFF, HEIF, AVIF) nor a video (MP4, QuickTime, \
         WebM, Matroska)",
    )?;
    let name = path
        .file_name()
        .unwrap_or(OsStr::new("unnamed"))
        .to_string_lossy()
        .into_owned();
    Ok(Candidate {
        path: path.to_owned(),
        name,
        content_type,
        stamp,
    })
}

fn unreadable(error: &io::Error) -> String {
    format!("it cannot be read: {error}")
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    const JPEG: &[u8] = &[0xFF, 0xD8, 0xFF, 0xE0, 0, 16, b'J', b'F', b'I', b'F', 0, 1];
    const PNG: &[u8] = &[0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A, 0, 0];

    fn plan_of(folder: &Path) -> Plan {
        Plan::of(&[folder.to_owned()], &CancellationToken::new())
    }

    fn within(folder: &Path, path: &str) -> String {
        Path::new(path)
            .strip_prefix(folder)
            .unwrap()
            .to_str()
            .unwrap()
            .to_owned()
    }

    #[test]
    fn folders_are_walked_in_order_whatever_their_names() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir_all(root.join("여름 휴가/둘째 날")).unwrap();
        fs::write(root.join("여름 휴가/둘째 날/바다.jpg"), JPEG).unwrap();
        fs::write(root.join("a b.png"), PNG).unwrap();
        fs::write(root.join("Z.dat"), JPEG).unwrap();
        let plan = plan_of(root);
        let found: Vec<(&str, &str)> = plan
            .files
            .iter()
            .map(|file| (file.name.as_str(), file.content_type))
            .collect();
        assert_eq!(
            found,
            [
                ("Z.dat", "image/jpeg"),
                ("a b.png", "image/png"),
                ("바다.jpg", "image/jpeg")
            ]
        );
        assert_eq!(plan.bytes(), (JPEG.len() * 2 + PNG.len()) as u64);
        assert!(plan.refused.is_empty() && plan.skipped.is_empty());
    }

    #[test]
    fn what_cannot_be_imported_is_named_with_its_reason() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::write(root.join("empty.jpg"), "").unwrap();
        fs::write(root.join("letter.jpg"), "Dear Mina, this is no picture").unwrap();
        fs::write(root.join("good.jpg"), JPEG).unwrap();
        let plan = plan_of(root);
        assert_eq!(plan.files.len(), 1);
        let refused: Vec<(String, &str)> = plan
            .refused
            .iter()
            .map(|problem| (within(root, &problem.path), problem.reason.as_str()))
            .collect();
        assert_eq!(refused[0], ("empty.jpg".to_owned(), "it is empty"));
        assert_eq!(refused[1].0, "letter.jpg");
        assert!(
            refused[1].1.starts_with("it is neither a photo"),
            "{}",
            refused[1].1
        );
    }

    #[test]
    fn hidden_files_and_links_are_left_aside_unless_they_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir(root.join(".cache")).unwrap();
        fs::write(root.join(".cache/deep.jpg"), JPEG).unwrap();
        fs::write(root.join(".hidden.jpg"), JPEG).unwrap();
        symlink(root.join(".hidden.jpg"), root.join("link.jpg")).unwrap();
        // A link to its own folder must not be walked round and round.
        symlink(root, root.join("loop")).unwrap();
        let plan = plan_of(root);
        assert!(plan.files.is_empty());
        let skipped: Vec<(String, Why)> = plan
            .skipped
            .iter()
            .map(|file| (within(root, &file.path), file.why))
            .collect();
        assert_eq!(
            skipped,
            [
                (".cache".to_owned(), Why::Hidden),
                (".hidden.jpg".to_owned(), Why::Hidden),
                ("link.jpg".to_owned(), Why::SymbolicLink),
                ("loop".to_owned(), Why::SymbolicLink),
            ]
        );
        let named = Plan::of(&[root.join("link.jpg")], &CancellationToken::new());
        assert_eq!(named.files.len(), 1);
    }
}
