use std::fs::{self, DirBuilder, File, TryLockError};
use std::os::fd::OwnedFd;
use std::os::unix::fs::DirBuilderExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use crate::Error;
use crate::command::wait_for;
use crate::credentials::Credentials;
use crate::guardian::write_script;

/// Where private servers keep their data, logs and passwords. Clones are the same folder; it is
/// let go when the last clone and every server on it are gone.
#[derive(Clone)]
pub struct DataFolder(Arc<Inner>);

struct Inner {
    path: PathBuf,
    credentials: Credentials,
    hold: Hold,
}

/// What a folder has that tells others whether it is in use. The file descriptor `servers` is
/// inherited by every guardian, so it stays open until the last server has really ended, even if
/// we were killed long before.
enum Hold {
    /// `own` is locked while this process lives, `servers` while any server still runs.
    Kept { _own: File, servers: File },
    /// The end of the pipe `servers` tells the cleaner that nobody uses the folder any more.
    ThrownAway {
        servers: Option<OwnedFd>,
        cleaner: Child,
    },
}

/// How long a lock that was let go may still be held: a child that another thread is starting has
/// its copy of every descriptor from its fork to its exec.
const OWN_LOCK_LIMIT: Duration = Duration::from_secs(3);
/// How long the servers of a killed `picup up` may still need to come to their end.
const OLD_SERVERS_LIMIT: Duration = Duration::from_secs(40);
const CLEANING_LIMIT: Duration = Duration::from_mins(1);

impl DataFolder {
    /// A folder whose content is kept for the next time. It is created if it does not exist, and
    /// refused if another process is using it.
    pub fn keep(path: &Path) -> Result<Self, Error> {
        create_private(path, true)?;
        let path = absolute(path)?;
        let own = open_lock(&path.join("lock"))?;
        lock_within(OWN_LOCK_LIMIT, &own, &path)?;
        let servers = open_lock(&path.join("servers.lock"))?;
        lock_within(OLD_SERVERS_LIMIT, &servers, &path)?;
        Self::with(path, Hold::Kept { _own: own, servers })
    }

    /// A new folder inside `parent` that is removed when it is not needed any more, also when this
    /// process is killed. Nothing but the new folder is ever removed.
    pub fn throw_away(parent: &Path) -> Result<Self, Error> {
        fs::create_dir_all(parent).map_err(Error::io(format!("creating {}", parent.display())))?;
        let name = format!("picup-stack-{}", uuid::Uuid::new_v4().simple());
        let path = absolute(parent)?.join(name);
        create_private(&path, false)?;
        let mut cleaner = Command::new("/bin/sh")
            .args([
                "-c",
                r#"cat >/dev/null; cd / && rm -rf -- "$1""#,
                "picup-cleaner",
            ])
            .arg(&path)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .map_err(Error::io("starting the cleaner of the data folder"))?;
        let servers = cleaner.stdin.take().map(OwnedFd::from);
        Self::with(path, Hold::ThrownAway { servers, cleaner })
    }

    fn with(path: PathBuf, hold: Hold) -> Result<Self, Error> {
        let credentials = Credentials::load_or_create(&path)?;
        write_script(&path)?;
        Ok(Self(Arc::new(Inner {
            path,
            credentials,
            hold,
        })))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// Whether its content is kept for the next time.
    pub fn is_kept(&self) -> bool {
        matches!(self.0.hold, Hold::Kept { .. })
    }

    pub(crate) fn credentials(&self) -> &Credentials {
        &self.0.credentials
    }

    /// A folder for one server inside this one.
    pub(crate) fn subfolder(&self, name: &str) -> Result<PathBuf, Error> {
        let path = self.0.path.join(name);
        create_private(&path, true)?;
        Ok(path)
    }

    /// For a guardian to hold: as long as it does, the folder counts as in use.
    pub(crate) fn presence(&self) -> Result<Stdio, Error> {
        let failed = Error::io("sharing the hold on the data folder");
        match &self.0.hold {
            Hold::Kept { servers, .. } => servers.try_clone().map(Stdio::from).map_err(failed),
            Hold::ThrownAway {
                servers: Some(pipe),
                ..
            } => pipe.try_clone().map(Stdio::from).map_err(failed),
            Hold::ThrownAway { servers: None, .. } => Ok(Stdio::null()),
        }
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        if let Self::ThrownAway { servers, cleaner } = self {
            *servers = None;
            wait_for(CLEANING_LIMIT, || !matches!(cleaner.try_wait(), Ok(None)));
        }
    }
}

fn create_private(path: &Path, recursive: bool) -> Result<(), Error> {
    DirBuilder::new()
        .recursive(recursive)
        .mode(0o700)
        .create(path)
        .map_err(Error::io(format!("creating {}", path.display())))
}

fn absolute(path: &Path) -> Result<PathBuf, Error> {
    path.canonicalize()
        .map_err(Error::io(format!("looking at {}", path.display())))
}

fn open_lock(file: &Path) -> Result<File, Error> {
    File::options()
        .write(true)
        .create(true)
        .truncate(false)
        .open(file)
        .map_err(Error::io(format!("opening {}", file.display())))
}

fn lock_within(limit: Duration, lock: &File, folder: &Path) -> Result<(), Error> {
    let mut last = Err(TryLockError::WouldBlock);
    wait_for(limit, || {
        last = lock.try_lock();
        !matches!(last, Err(TryLockError::WouldBlock))
    });
    match last {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(Error::FolderInUse(folder.to_owned())),
        Err(TryLockError::Error(error)) => Err(Error::io("locking the folder")(error)),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_kept_folder_is_refused_to_a_second_user_and_free_again_afterwards()
    -> Result<(), Box<dyn std::error::Error>> {
        let parent = tempfile::tempdir()?;
        let path = parent.path().join("data");
        let first = DataFolder::keep(&path)?;
        assert!(matches!(
            DataFolder::keep(&path),
            Err(Error::FolderInUse(_))
        ));
        drop(first);
        DataFolder::keep(&path)?;
        Ok(())
    }

    /// What a fork of another thread does to us: it was seen in CI as a folder "in use".
    #[test]
    fn a_copy_of_the_lock_that_a_starting_child_holds_for_a_moment_is_waited_for()
    -> Result<(), Box<dyn std::error::Error>> {
        let parent = tempfile::tempdir()?;
        let first = DataFolder::keep(parent.path())?;
        let Hold::Kept { _own: own, .. } = &first.0.hold else {
            return Err("the folder is not kept".into());
        };
        let copy = own.try_clone()?;
        let child = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(300));
            drop(copy);
        });
        drop(first);
        let second = DataFolder::keep(parent.path());
        assert!(second.is_ok(), "{:?}", second.err());
        child.join().map_err(|_| "the child panicked")?;
        Ok(())
    }

    #[test]
    fn passwords_stay_the_same_and_only_the_owner_can_read_them()
    -> Result<(), Box<dyn std::error::Error>> {
        let parent = tempfile::tempdir()?;
        let first = DataFolder::keep(parent.path())?;
        let password = first.credentials().mysql_password.clone();
        let file = first.path().join("credentials.json");
        assert_eq!(fs::metadata(file)?.permissions().mode() & 0o777, 0o600);
        drop(first);
        let second = DataFolder::keep(parent.path())?;
        assert_eq!(second.credentials().mysql_password, password);
        Ok(())
    }

    #[test]
    fn a_thrown_away_folder_is_removed_and_its_neighbours_are_not()
    -> Result<(), Box<dyn std::error::Error>> {
        let parent = tempfile::tempdir()?;
        fs::write(parent.path().join("neighbour"), "stays")?;
        let folder = DataFolder::throw_away(parent.path())?;
        let path = folder.path().to_owned();
        assert!(path.exists());
        drop(folder);
        assert!(!path.exists());
        assert!(parent.path().join("neighbour").exists());
        Ok(())
    }
}
