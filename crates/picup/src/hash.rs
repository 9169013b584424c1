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

/// The SHA-256 of a file, read piece by piece, and its stamp when the end was reached. `None` when it
/// was cancelled on the way. Blocks.
pub fn sha256_of(path: &Path, cancel: &CancellationToken) -> io::Result<Option<([u8; 32], Stamp)>> {
    let mut file = File::open(path)?;
    let mut context = Context::new(&SHA256);
    let mut buffer = vec![0; READ_SIZE];
    loop {
        if cancel.is_cancelled() {
            return Ok(None);
        }
        match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(length) => context.update(&buffer[..length]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(Some((finish(context), Stamp::of(&file.metadata()?))))
}

/// The digest of a SHA-256 context.
pub fn finish(context: Context) -> [u8; 32] {
    let mut sha256 = [0; 32];
    sha256.copy_from_slice(context.finish().as_ref());
    sha256
}
