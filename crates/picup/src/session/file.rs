use std::{
    env,
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io::{self, ErrorKind as IoErrorKind, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    time::Duration,
};

use tokio::time::Instant;

use super::Credentials;
use crate::{Error, ErrorKind, Result};

const LOCK_WAIT: Duration = Duration::from_secs(30);
const LOCK_POLL: Duration = Duration::from_millis(50);

/// Where credentials are kept unless something else is asked for.
pub fn default_folder() -> Result<PathBuf> {
    let absolute = |name| {
        env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    absolute("XDG_CONFIG_HOME")
        .or_else(|| absolute("HOME").map(|home| home.join(".config")))
        .map(|config| config.join("picup"))
        .ok_or_else(|| {
            let message = "there is no home folder to keep credentials in: set PICUP_CONFIG_DIR";
            Error::new(ErrorKind::Usage, message)
        })
}

pub(super) fn create_folder(folder: &Path) -> Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(|error| failure("create", folder, &error))
}

pub(super) fn read(path: &Path) -> Result<Option<Credentials>> {
    match fs::read(path) {
        Ok(json) => serde_json::from_slice(&json).map(Some).map_err(|_| {
            let message = format!("{} is damaged: delete it and sign in again", path.display());
            Error::new(ErrorKind::NotSignedIn, message)
        }),
        Err(error) if error.kind() == IoErrorKind::NotFound => Ok(None),
        Err(error) => Err(failure("read", path, &error)),
    }
}

/// Writes beside the file and renames, so that a reader finds either the old or the new one.
pub(super) fn write(folder: &Path, credentials: Option<&Credentials>) -> io::Result<()> {
    let path = folder.join("credentials.json");
    let Some(credentials) = credentials else {
        return match fs::remove_file(&path) {
            Err(error) if error.kind() != IoErrorKind::NotFound => Err(error),
            _ => Ok(()),
        };
    };
    let new = folder.join("credentials.json.new");
    // Left by a process that was killed here; its mode may be anything, so it is not written into.
    match fs::remove_file(&new) {
        Err(error) if error.kind() != IoErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&new)?;
    file.write_all(&serde_json::to_vec_pretty(credentials)?)?;
    file.sync_all()?;
    fs::rename(&new, &path)?;
    File::open(folder)?.sync_all()
}

pub(super) async fn lock(path: &Path) -> Result<File> {
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path);
    let file = file.map_err(|error| failure("open", path, &error))?;
    let deadline = Instant::now() + LOCK_WAIT;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) if Instant::now() < deadline => {
                tokio::time::sleep(LOCK_POLL).await;
            }
            Err(TryLockError::WouldBlock) => {
                let message = "another picup has kept the credentials locked for 30 seconds";
                return Err(Error::new(ErrorKind::Failed, message));
            }
            Err(TryLockError::Error(error)) => return Err(failure("lock", path, &error)),
        }
    }
}

pub(super) fn failure(verb: &str, path: &Path, error: &io::Error) -> Error {
    Error::new(
        ErrorKind::Failed,
        format!("cannot {verb} {}: {error}", path.display()),
    )
}
