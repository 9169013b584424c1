use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use super::sidecar::Sidecar;

/// Brings an object, what is kept beside it and every folder above it to the disk, so that what
/// was acknowledged survives a power cut. `s3s-fs` leaves that to the system's leisure.
pub(super) async fn save(root: &Path, bucket: &str, key: &str) -> io::Result<()> {
    let root = root.to_owned();
    let object = root.join(bucket).join(key);
    let beside = Sidecar::of(&root, bucket, key);
    let saving = tokio::task::spawn_blocking(move || {
        for file in beside.files() {
            sync_if_there(file)?;
        }
        let to_the_root = object
            .ancestors()
            .take_while(|folder| folder.starts_with(&root));
        to_the_root
            .map(Path::to_owned)
            .try_for_each(|path: PathBuf| sync_if_there(&path))
    });
    saving.await.map_err(io::Error::other)?
}

fn sync_if_there(path: &Path) -> io::Result<()> {
    match File::open(path) {
        Ok(file) => file.sync_all(),
        // Deleted by somebody else in the meantime.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}
