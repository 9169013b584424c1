//! Importing: find files ([`plan`]), checksum them and leave out what is there ([`examine`]), upload
//! the rest ([`upload`]), and say what became of each ([`Summary`]).
//!
//! Running it again continues whatever was begun, because the same file into the same album is the same
//! command, and S3 tells which parts of a long file it holds. What is kept on disk ([`ImportState`]) only
//! saves reading all files again.

mod command;
mod examine;
mod parts;
mod plan;
mod progress;
mod put;
mod state;
mod summary;
mod upload;

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError, atomic::AtomicU64},
    thread::available_parallelism,
};

use futures::{StreamExt as _, stream};
use tokio::sync::{OnceCell, Semaphore};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

pub use self::{
    command::{ImportArgs, run},
    plan::{Candidate, Plan},
    progress::{OnStandardError, Progress, Reporter, Silent},
    state::ImportState,
    summary::{FileProblem, SkippedFile, StoredFile, Summary, Why},
};
use self::{examine::Examined, upload::Outcome};
use crate::{Error, ErrorKind, Result, client::Client, retry::Patience};

/// How many checksums are looked up at once.
const FIND_BATCH: usize = 100;

/// What to import, and how.
#[derive(Clone, Debug)]
pub struct ImportOptions {
    /// Files, and folders with all that is in them.
    pub paths: Vec<PathBuf>,
    /// The title or id of the album. It is created when there is none of this title.
    pub album: String,
    /// How many uploads at once.
    pub parallel: usize,
    /// Stores files again whose bytes the account has already.
    pub keep_duplicates: bool,
    /// Where it keeps what it has found out about files, so that going on needs not read them again.
    pub state: Option<PathBuf>,
    /// Stops the import when it is cancelled; what has been stored stays.
    pub cancel: CancellationToken,
}

/// Imports files into an album. What goes wrong with a file is in the summary; an error is returned
/// only where nothing was begun.
pub async fn import(
    client: &Client,
    options: ImportOptions,
    reporter: &dyn Reporter,
) -> Result<Summary> {
    for path in &options.paths {
        if let Err(error) = path.symlink_metadata() {
            let message = format!("cannot import {}: {error}", path.display());
            return Err(Error::new(ErrorKind::NotFound, message));
        }
    }
    let state = match options.state.clone() {
        Some(path) => tokio::task::spawn_blocking(move || ImportState::open(&path))
            .await
            .map_err(|error| Error::new(ErrorKind::Failed, error.to_string()))??,
        None => ImportState::default(),
    };
    let client = client.with_patience(Patience::LONG);
    let existing = match client.find_album(&options.album).await {
        Ok(album) => Some(album),
        Err(error) if error.kind() == ErrorKind::NotFound && !is_id(&options.album) => None,
        Err(error) => return Err(error),
    };
    let (paths, cancel) = (options.paths.clone(), options.cancel.clone());
    let plan = tokio::task::spawn_blocking(move || Plan::of(&paths, &cancel)).await;
    let plan = plan.map_err(|error| Error::new(ErrorKind::Failed, error.to_string()))?;
    reporter.report(Progress::Planned {
        files: plan.files.len() as u64,
        bytes: plan.bytes(),
    });

    let album = match existing {
        Some(album) => Some(album),
        None if plan.files.is_empty() || options.cancel.is_cancelled() => None,
        None => Some(client.create_shared_album(&options.album).await?),
    };
    let mut summary = Summary {
        album_id: album.map(|album| album.album_id),
        skipped: plan.skipped,
        refused: plan.refused,
        ..Summary::default()
    };
    if let Some(album_id) = summary
        .album_id
        .as_deref()
        .and_then(|id| Uuid::try_parse(id).ok())
    {
        let importer = Importer {
            state,
            keep_duplicates: options.keep_duplicates,
            places: Semaphore::new(options.parallel.max(1)),
            ..Importer::new(client, reporter, album_id, &options.cancel)
        };
        importer
            .run(plan.files, options.parallel, &mut summary)
            .await;
        summary.stopped = importer.stopped();
        summary.hashed = importer.hashed.into_inner();
    }
    summary.interrupted = options.cancel.is_cancelled();
    Ok(summary)
}

/// One import into one album.
struct Importer<'a> {
    client: Client,
    reporter: &'a dyn Reporter,
    album_id: Uuid,
    keep_duplicates: bool,
    state: ImportState,
    /// Files that were read for their checksums.
    hashed: AtomicU64,
    /// One for each PUT, of a whole file or of a part.
    places: Semaphore,
    stop: CancellationToken,
    stopped: Mutex<Option<Error>>,
    /// The files of this import by their checksums.
    met: Mutex<HashMap<[u8; 32], PathBuf>>,
    /// Fetched when the first duplicate in another album turns up.
    titles: OnceCell<HashMap<String, String>>,
}

impl<'a> Importer<'a> {
    fn new(
        client: Client,
        reporter: &'a dyn Reporter,
        album_id: Uuid,
        cancel: &CancellationToken,
    ) -> Self {
        Self {
            client,
            reporter,
            album_id,
            keep_duplicates: false,
            state: ImportState::default(),
            hashed: AtomicU64::new(0),
            places: Semaphore::new(1),
            stop: cancel.child_token(),
            stopped: Mutex::default(),
            met: Mutex::default(),
            titles: OnceCell::new(),
        }
    }

    async fn run(&self, files: Vec<Candidate>, parallel: usize, summary: &mut Summary) {
        let cores = available_parallelism().map_or(2, usize::from);
        let parallel = parallel.max(1);
        let all = files.len() as u64;
        let mut settled = 0;
        let mut outcomes = stream::iter(files)
            .take_until(self.stop.clone().cancelled_owned())
            .map(|candidate| self.hash(candidate))
            .buffered(cores.min(parallel))
            .ready_chunks(FIND_BATCH)
            .then(|batch| self.sort_out(batch))
            .flat_map(stream::iter)
            .map(|file| self.settle(file))
            .buffer_unordered(parallel)
            .boxed();
        while let Some((candidate, outcome)) = outcomes.next().await {
            if !matches!(outcome, Outcome::Left) {
                settled += 1;
                let moved = matches!(outcome, Outcome::Stored { .. });
                let unmoved = if moved { 0 } else { candidate.stamp.bytes };
                self.reporter.report(Progress::Settled { unmoved });
            }
            summary.add(&candidate, outcome);
        }
        summary.left = all - settled;
    }

    async fn settle(&self, file: Examined) -> (Candidate, Outcome) {
        match file {
            Examined::Done(candidate, outcome) => (candidate, outcome),
            Examined::New(file) => {
                let outcome = self.upload(&file).await;
                (file.candidate, outcome)
            }
        }
    }

    /// Ends the import: what stopped one file would stop every other one too.
    fn stop_because(&self, error: Error) {
        self.stopped
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get_or_insert(error);
        self.stop.cancel();
    }

    fn stopped(&self) -> Option<Error> {
        self.stopped
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    /// Remembers a file; if one of the same bytes was met before, it is returned.
    fn meet(&self, sha256: [u8; 32], path: &Path) -> Option<PathBuf> {
        let mut met = self.met.lock().unwrap_or_else(PoisonError::into_inner);
        let first = met.get(&sha256).cloned();
        if first.is_none() {
            met.insert(sha256, path.to_owned());
        }
        first
    }
}

fn is_id(album: &str) -> bool {
    Uuid::try_parse(album).is_ok()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::session::Session;

    const JPEG: &[u8] = &[0xFF, 0xD8, 0xFF, 0xE0, 0, 16, b'J', b'F', b'I', b'F', 0, 1];

    fn client() -> Client {
        Client::new("http://127.0.0.1:1", Session::in_memory()).unwrap()
    }

    #[tokio::test]
    async fn of_files_with_the_same_bytes_the_first_is_imported_and_the_others_name_it() {
        let folder = tempfile::tempdir().unwrap();
        let names = ["a.jpg", "b.jpg", "c.jpg"];
        for name in names {
            fs::write(folder.path().join(name), JPEG).unwrap();
        }
        let cancel = CancellationToken::new();
        let plan = Plan::of(&[folder.path().to_owned()], &cancel);
        let importer = Importer::new(client(), &Silent, Uuid::from_u128(1), &cancel);
        let mut examined = Vec::new();
        for candidate in plan.files {
            examined.push(importer.hash(candidate).await);
        }
        // So that no server is asked what it stores.
        importer.stop.cancel();
        let sorted = importer.sort_out(examined).await;
        assert!(matches!(&sorted[0], Examined::New(file) if file.candidate.name == "a.jpg"));
        for file in &sorted[1..] {
            let Examined::Done(_, Outcome::Skipped(skipped)) = file else {
                panic!("{file:?}")
            };
            assert_eq!(skipped.why, Why::SameFileTwice);
            assert!(skipped.reason.ends_with("a.jpg"), "{}", skipped.reason);
        }
    }

    #[tokio::test]
    async fn a_file_that_changed_after_it_was_found_is_not_imported() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jpg");
        fs::write(&path, JPEG).unwrap();
        let cancel = CancellationToken::new();
        let mut plan = Plan::of(std::slice::from_ref(&path), &cancel);
        fs::write(&path, [JPEG, b"more"].concat()).unwrap();
        let importer = Importer::new(client(), &Silent, Uuid::from_u128(1), &cancel);
        let examined = importer.hash(plan.files.remove(0)).await;
        let Examined::Done(_, Outcome::Failed(reason)) = examined else {
            panic!("{examined:?}")
        };
        assert!(reason.contains("changed"), "{reason}");
    }

    #[tokio::test]
    async fn nothing_is_begun_for_a_path_that_is_not_there_or_by_nobody() {
        let options = |path: &Path| ImportOptions {
            paths: vec![path.to_owned()],
            album: "Jeju".to_owned(),
            parallel: 8,
            keep_duplicates: false,
            state: None,
            cancel: CancellationToken::new(),
        };
        let missing = options(Path::new("/no/such/folder"));
        let error = import(&client(), missing, &Silent).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
        let folder = tempfile::tempdir().unwrap();
        let error = import(&client(), options(folder.path()), &Silent)
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotSignedIn);
    }

    #[tokio::test]
    async fn an_import_can_run_on_any_thread() {
        fn is_send<T: Send>(_: T) {}
        let client = client();
        let options = ImportOptions {
            paths: Vec::new(),
            album: String::new(),
            parallel: 1,
            keep_duplicates: false,
            state: None,
            cancel: CancellationToken::new(),
        };
        is_send(import(&client, options, &Silent));
    }
}
