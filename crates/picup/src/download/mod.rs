//! Downloading originals: give each its name ([`target`]), fetch it beside that name, check its
//! checksum, and only then let it have the name.

mod archive;
mod command;
mod summary;
mod target;

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use aws_lc_rs::digest::{Context, SHA256};
use futures::{StreamExt as _, stream};
use picup_delivery::names::{Taken, partial};
use picup_proto::queries::v1::Media;
use tokio::{
    fs::{self, File},
    io::{self, AsyncWriteExt as _},
};
use tokio_util::sync::CancellationToken;

use self::target::{Target, target};
pub use self::{
    archive::download_archive,
    command::{DownloadArgs, run},
    summary::{DownloadSummary, NotSaved, Saved},
};
use crate::{
    Error, ErrorKind, Result,
    client::Client,
    hash::finish,
    import::{Progress, Reporter},
    retry::Patience,
    transfer::TransferError,
};

/// What to download, and how.
#[derive(Clone, Debug)]
pub struct DownloadOptions {
    /// As a listing gave them.
    pub media: Vec<Media>,
    /// Where to; created if it is not there.
    pub folder: PathBuf,
    /// How many downloads at once.
    pub parallel: usize,
    /// Stops the download when it is cancelled.
    pub cancel: CancellationToken,
}

enum Failure {
    Left,
    Transient(String),
    Forever(String),
    Stop(Error),
}

/// Downloads originals into a folder. What goes wrong with one is in the summary.
pub async fn download(
    client: &Client,
    options: DownloadOptions,
    reporter: &dyn Reporter,
) -> Result<DownloadSummary> {
    let DownloadOptions {
        mut media,
        folder,
        parallel,
        cancel,
    } = options;
    let mut known = HashSet::new();
    media.retain(|media| known.insert(media.media_id.clone()));
    // The same order gives the same names each time.
    media.sort_by(|a, b| (a.added_at_micros, &a.media_id).cmp(&(b.added_at_micros, &b.media_id)));
    let cannot = |error: io::Error| {
        let message = format!("cannot write into {}: {error}", folder.display());
        Error::new(ErrorKind::Failed, message)
    };
    fs::create_dir_all(&folder).await.map_err(cannot)?;
    let bytes = media.iter().map(|media| media.bytes).sum();
    reporter.report(Progress::Planned {
        files: media.len() as u64,
        bytes,
    });

    let stop = cancel.child_token();
    let fetch = Fetch {
        client: client.with_patience(Patience::LONG),
        reporter,
        stop,
    };
    let mut summary = DownloadSummary {
        folder: folder.display().to_string(),
        ..DownloadSummary::default()
    };
    let all = media.len() as u64;
    let (place_in, place_stop) = (folder.clone(), fetch.stop.clone());
    let places = tokio::task::spawn_blocking(move || places(&place_in, media, &place_stop));
    let places = places
        .await
        .map_err(|error| Error::new(ErrorKind::Failed, error.to_string()))?;
    let mut outcomes = stream::iter(places)
        .take_until(fetch.stop.clone().cancelled_owned())
        .map(|(media, place)| fetch.settle(media, place))
        .buffer_unordered(parallel.max(1))
        .boxed();
    while let Some((media, outcome)) = outcomes.next().await {
        fetch.add(&mut summary, media, outcome);
    }
    drop(outcomes);
    let settled = summary.saved.len() + summary.skipped.len() + summary.failed.len();
    summary.left = all - settled as u64;
    summary.interrupted = cancel.is_cancelled();
    Ok(summary)
}

fn places(
    folder: &Path,
    media: Vec<Media>,
    stop: &CancellationToken,
) -> Vec<(Media, io::Result<Target>)> {
    let mut taken = Taken::default();
    media
        .into_iter()
        .take_while(|_| !stop.is_cancelled())
        .map(|media| {
            let place = target(folder, &media, &mut taken, stop);
            (media, place)
        })
        .collect()
}

struct Fetch<'a> {
    client: Client,
    reporter: &'a dyn Reporter,
    stop: CancellationToken,
}

impl Fetch<'_> {
    async fn settle(
        &self,
        media: Media,
        place: io::Result<Target>,
    ) -> (Media, Result<Target, Failure>) {
        let outcome = match place {
            Err(error) => Err(Failure::Forever(format!("no place for it: {error}"))),
            Ok(Target::There(path)) => Ok(Target::There(path)),
            Ok(Target::Free(path)) => self.fetch(&media, &path).await.map(|()| Target::Free(path)),
        };
        (media, outcome)
    }

    async fn fetch(&self, media: &Media, path: &Path) -> Result<(), Failure> {
        let mut attempt = 0;
        loop {
            let moved = AtomicU64::new(0);
            let failure = match self.fetch_once(media, path, &moved).await {
                Ok(()) => return Ok(()),
                Err(failure) => failure,
            };
            self.reporter
                .report(Progress::TakenBack(moved.into_inner()));
            let Failure::Transient(reason) = failure else {
                return Err(failure);
            };
            let Some(pause) = self.client.patience().pause(attempt, None) else {
                let message = format!("the originals cannot be fetched from S3: {reason}");
                return Err(Failure::Stop(Error::new(ErrorKind::Unreachable, message)));
            };
            attempt += 1;
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.stop.cancelled() => return Err(Failure::Left),
            }
        }
    }

    async fn fetch_once(
        &self,
        media: &Media,
        path: &Path,
        moved: &AtomicU64,
    ) -> Result<(), Failure> {
        let part = path.with_file_name(partial(
            &path.file_name().unwrap_or_default().to_string_lossy(),
        ));
        let received = tokio::select! {
            received = self.receive(media, &part, moved) => received,
            () = self.stop.cancelled() => Err(Failure::Left),
        };
        let result = match received {
            Ok(()) => fs::rename(&part, path)
                .await
                .map_err(|error| unwritable(&error)),
            Err(failure) => Err(failure),
        };
        if result.is_err() {
            // Half a file is of no use; if it cannot be removed either, the next run replaces it.
            let _ = fs::remove_file(&part).await;
        }
        result
    }

    async fn receive(&self, media: &Media, part: &Path, moved: &AtomicU64) -> Result<(), Failure> {
        let original = self
            .client
            .original(&media.media_id)
            .await
            .map_err(|error| {
                if error.stops_everything() {
                    Failure::Stop(error)
                } else {
                    Failure::Forever(error.to_string())
                }
            })?;
        let mut download = self
            .client
            .transfer()
            .get(&original.url)
            .await
            .map_err(refused)?;
        // Left by a run that was killed; never written into, as it may be a link.
        let _ = fs::remove_file(part).await;
        let mut file = File::create_new(part)
            .await
            .map_err(|error| unwritable(&error))?;
        let mut context = Context::new(&SHA256);
        let mut length = 0;
        while let Some(bytes) = download.chunk().await.map_err(refused)? {
            length += bytes.len() as u64;
            if length > media.bytes {
                break;
            }
            context.update(&bytes);
            file.write_all(&bytes)
                .await
                .map_err(|error| unwritable(&error))?;
            moved.fetch_add(bytes.len() as u64, Ordering::Relaxed);
            self.reporter.report(Progress::Moved(bytes.len() as u64));
        }
        if length != media.bytes || finish(context) != media.sha256.as_slice() {
            let reason = "what arrived is not what was stored: its checksum differs";
            return Err(Failure::Forever(reason.to_owned()));
        }
        file.sync_data().await.map_err(|error| unwritable(&error))
    }

    fn add(&self, summary: &mut DownloadSummary, media: Media, outcome: Result<Target, Failure>) {
        let bytes = media.bytes;
        let saved = |path: PathBuf| Saved {
            media_id: media.media_id.clone(),
            path: path.display().to_string(),
        };
        let unmoved = match outcome {
            Ok(Target::Free(path)) => {
                summary.bytes += bytes;
                summary.saved.push(saved(path));
                0
            }
            Ok(Target::There(path)) => {
                summary.skipped.push(saved(path));
                bytes
            }
            Err(Failure::Forever(reason) | Failure::Transient(reason)) => {
                let (media_id, file_name) = (media.media_id, media.file_name);
                summary.failed.push(NotSaved {
                    media_id,
                    file_name,
                    reason,
                });
                bytes
            }
            Err(Failure::Stop(error)) => {
                summary.stopped.get_or_insert(error);
                self.stop.cancel();
                return;
            }
            Err(Failure::Left) => return,
        };
        self.reporter.report(Progress::Settled { unmoved });
    }
}

fn refused(error: TransferError) -> Failure {
    match error {
        // A fresh address may do: this one may have expired.
        TransferError::Transient(_) | TransferError::Forbidden(_) => {
            Failure::Transient(error.to_string())
        }
        TransferError::Missing(_) | TransferError::Refused(_) | TransferError::Unreadable(_) => {
            Failure::Forever(error.to_string())
        }
    }
}

fn unwritable(error: &io::Error) -> Failure {
    Failure::Forever(format!("it cannot be written: {error}"))
}
