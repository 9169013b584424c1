//! Where originals lie while they are rendered. Every process has a folder of its own and holds a lock in it, so
//! that the next to start can tell what a killed one left behind from what another still needs.

use std::{
    fs::{self, File, TryLockError},
    io,
    path::Path,
};

use tempfile::TempDir;

const PREFIX: &str = "picup-render-";
const LOCK: &str = "lock";

/// The scratch folder of this process. What is in it is removed when this is dropped.
pub struct Scratch {
    folder: TempDir,
    _lock: File,
}

impl Scratch {
    /// Makes one in `parent`, and removes what killed processes left there.
    pub fn new(parent: &Path) -> io::Result<Self> {
        fs::create_dir_all(parent)?;
        remove_abandoned(parent)?;
        let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(parent)?;
        // Locked before it has its name: a folder with a lock file that is free is nobody's.
        let unnamed = tempfile::NamedTempFile::new_in(folder.path())?;
        unnamed.as_file().lock()?;
        let lock = unnamed.persist(folder.path().join(LOCK))?;
        Ok(Self {
            folder,
            _lock: lock,
        })
    }

    /// A folder for one item; removed when it is dropped, also in the middle.
    pub fn folder(&self) -> io::Result<TempDir> {
        TempDir::new_in(self.folder.path())
    }
}

fn remove_abandoned(parent: &Path) -> io::Result<()> {
    for entry in fs::read_dir(parent)? {
        let entry = entry?;
        let ours = entry.file_name().to_string_lossy().starts_with(PREFIX);
        if !ours {
            continue;
        }
        let Ok(lock) = File::open(entry.path().join(LOCK)) else {
            continue;
        };
        match lock.try_lock() {
            Ok(()) => {
                tracing::info!(folder = %entry.path().display(), "removing what a killed thumbnailer left");
                // Another that starts now may remove it, too.
                fs::remove_dir_all(entry.path()).or_else(gone)?;
            }
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
    Ok(())
}

fn gone(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::NotFound {
        Ok(())
    } else {
        Err(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folders(parent: &Path) -> usize {
        fs::read_dir(parent).expect("a folder").count()
    }

    #[test]
    fn what_a_killed_process_left_is_removed_and_what_another_needs_is_kept() {
        let parent = tempfile::tempdir().expect("a folder");
        let left = parent.path().join("picup-render-killed");
        fs::create_dir_all(left.join("item")).expect("a folder");
        fs::write(left.join("item/original"), "bytes").expect("a file");
        fs::write(left.join(LOCK), "").expect("a file");
        fs::create_dir(parent.path().join("anothers")).expect("a folder");
        let other = Scratch::new(parent.path()).expect("a scratch folder");
        assert!(!left.exists());
        let item = other.folder().expect("a folder for an item");
        let this = Scratch::new(parent.path()).expect("a scratch folder");
        assert!(item.path().exists());
        assert_eq!(folders(parent.path()), 3);
        drop((item, other, this));
        assert_eq!(folders(parent.path()), 1, "only what is not ours");
    }
}
