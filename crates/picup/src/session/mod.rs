//! Who is signed in: credentials in memory and on disk.

mod credentials;
mod file;

use std::{
    fs::File,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use picup_proto::types::v1::ConsistencyToken;

pub(crate) use self::credentials::expiry;
pub use self::{credentials::Credentials, file::default_folder};
use crate::Result;

/// Credentials in memory and, where there is a folder for them, in a file that processes share.
///
/// A refresh token that is used twice is taken for stolen. So whoever wants to change the credentials
/// takes the [`Turn`] first, which only one task of one process has at a time.
#[derive(Debug)]
pub struct Session {
    folder: Option<PathBuf>,
    credentials: Mutex<Option<Credentials>>,
    turn: tokio::sync::Mutex<()>,
}

impl Session {
    /// Signed out, and forgotten when it is dropped.
    pub fn in_memory() -> Self {
        Self {
            folder: None,
            credentials: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
        }
    }

    /// The session whose credentials are kept in a folder; signed out where there are none.
    pub fn in_folder(folder: &Path) -> Result<Self> {
        let credentials = file::read(&folder.join("credentials.json"))?;
        Ok(Self {
            folder: Some(folder.to_owned()),
            credentials: Mutex::new(credentials),
            turn: tokio::sync::Mutex::default(),
        })
    }

    /// The credentials as this process knows them.
    pub fn credentials(&self) -> Option<Credentials> {
        self.lock().clone()
    }

    /// Notes what a command changed, so that the next queries see it.
    pub fn see(&self, token: Option<&ConsistencyToken>) {
        if let (Some(credentials), Some(token)) = (self.lock().as_mut(), token) {
            credentials.seen.merge(token);
        }
    }

    /// What queries must have caught up with.
    pub fn token(&self) -> Option<ConsistencyToken> {
        self.lock()
            .as_ref()
            .map(|credentials| credentials.seen.token())
    }

    /// Waits (bounded) until nobody else changes the credentials, and reads them afresh.
    pub async fn turn(&self) -> Result<Turn<'_>> {
        let turn = self.turn.lock().await;
        let Some(folder) = &self.folder else {
            return Ok(Turn {
                session: self,
                seen_more: false,
                _here: turn,
                _everywhere: None,
            });
        };
        file::create_folder(folder)?;
        let lock = file::lock(&folder.join("credentials.lock")).await?;
        let mut stored = file::read(&folder.join("credentials.json"))?;
        let mut known = self.lock();
        let mut seen_more = false;
        if let (Some(stored), Some(known)) = (&mut stored, known.as_ref())
            && stored.account_id == known.account_id
        {
            let before = stored.seen.clone();
            stored.seen.merge(&known.seen.token());
            seen_more = stored.seen != before;
        }
        *known = stored;
        drop(known);
        Ok(Turn {
            session: self,
            seen_more,
            _here: turn,
            _everywhere: Some(lock),
        })
    }

    /// Keeps what the last commands changed for the next process. Does nothing without a file.
    pub async fn save(&self) -> Result<()> {
        if self.folder.is_none() || self.credentials().is_none() {
            return Ok(());
        }
        let turn = self.turn().await?;
        if turn.seen_more {
            turn.store(self.credentials())
        } else {
            Ok(())
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Credentials>> {
        // Nothing panics while holding it; if something did, the credentials would still be whole.
        self.credentials
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right to change the credentials.
#[derive(Debug)]
pub struct Turn<'a> {
    session: &'a Session,
    /// Whether this process has seen what is not in the file yet.
    seen_more: bool,
    _here: tokio::sync::MutexGuard<'a, ()>,
    _everywhere: Option<File>,
}

impl Turn<'_> {
    /// Replaces the credentials, in the file first. `None` signs out.
    pub fn store(&self, credentials: Option<Credentials>) -> Result<()> {
        if let Some(folder) = &self.session.folder {
            file::write(folder, credentials.as_ref()).map_err(|error| {
                file::failure("write", &folder.join("credentials.json"), &error)
            })?;
        }
        let mut known = self.session.lock();
        let before = std::mem::replace(&mut *known, credentials);
        // What another task's command changed while this one wrote must not be forgotten.
        if let (Some(known), Some(before)) = (known.as_mut(), before)
            && known.account_id == before.account_id
        {
            known.seen.merge(&before.seen.token());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::{
        fs::{self, File},
        os::unix::fs::PermissionsExt as _,
        time::Duration,
    };

    use picup_proto::types::v1::StreamVersion;

    use super::{credentials::example as credentials, *};

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[tokio::test]
    async fn credentials_are_for_their_owner_alone_and_replaced_as_a_whole() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("config/picup");
        let session = Session::in_folder(&folder).unwrap();
        session
            .turn()
            .await
            .unwrap()
            .store(Some(credentials()))
            .unwrap();
        let path = folder.join("credentials.json");
        assert_eq!(mode(&folder), 0o700);
        assert_eq!(mode(&path), 0o600);
        assert_eq!(
            Session::in_folder(&folder).unwrap().credentials(),
            Some(credentials())
        );

        // Whoever has the old file open still reads it whole: it is replaced, not written into.
        let old = File::open(&path).unwrap();
        fs::write(
            folder.join("credentials.json.new"),
            "left by a killed process",
        )
        .unwrap();
        let next = Credentials {
            refresh_token: "next".to_owned(),
            ..credentials()
        };
        session
            .turn()
            .await
            .unwrap()
            .store(Some(next.clone()))
            .unwrap();
        let read: Credentials = serde_json::from_reader(old).unwrap();
        assert_eq!(read, credentials());
        assert_eq!(
            Session::in_folder(&folder).unwrap().credentials(),
            Some(next)
        );
        assert_eq!(mode(&path), 0o600);
        assert!(!folder.join("credentials.json.new").exists());
    }

    #[tokio::test]
    async fn a_turn_reads_what_another_process_stored_and_keeps_what_this_one_saw() {
        let folder = tempfile::tempdir().unwrap();
        let ours = Session::in_folder(folder.path()).unwrap();
        ours.turn()
            .await
            .unwrap()
            .store(Some(credentials()))
            .unwrap();
        let stream = StreamVersion {
            stream: "album/1".to_owned(),
            version: 3,
        };
        ours.see(Some(&ConsistencyToken {
            streams: vec![stream.clone()],
        }));

        let theirs = Session::in_folder(folder.path()).unwrap();
        let rotated = Credentials {
            refresh_token: "rotated".to_owned(),
            ..credentials()
        };
        theirs.turn().await.unwrap().store(Some(rotated)).unwrap();

        ours.save().await.unwrap();
        let stored = Session::in_folder(folder.path())
            .unwrap()
            .credentials()
            .unwrap();
        assert_eq!(stored.refresh_token, "rotated");
        assert_eq!(stored.seen.token().streams, [stream]);
    }

    #[tokio::test]
    async fn only_one_has_the_turn_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let (ours, theirs) = (
            Session::in_folder(folder.path()).unwrap(),
            Session::in_folder(folder.path()).unwrap(),
        );
        let turn = ours.turn().await.unwrap();
        let waiting = tokio::time::timeout(Duration::from_millis(150), theirs.turn()).await;
        assert!(waiting.is_err(), "two processes had the turn at once");
        drop(turn);
        theirs.turn().await.unwrap();
    }

    #[tokio::test]
    async fn signing_out_leaves_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let session = Session::in_folder(folder.path()).unwrap();
        session
            .turn()
            .await
            .unwrap()
            .store(Some(credentials()))
            .unwrap();
        session.turn().await.unwrap().store(None).unwrap();
        assert!(!folder.path().join("credentials.json").exists());
        assert_eq!(session.credentials(), None);
    }
}
