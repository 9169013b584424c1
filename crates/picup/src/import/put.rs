use std::{
    io,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use picup_proto::commands::v1::{PresignedPut, StartUploadResponse};
use tokio::{fs::File, sync::SemaphorePermit};

use super::{Importer, Progress, examine::Hashed};
use crate::{Error, ErrorKind, Result, hash::Stamp, transfer::TransferError};

const CHANGED: &str = "it changed while it was being imported; run the same command again";

/// Why bytes did not get to S3.
pub(super) enum PutFailure {
    /// The import was stopped.
    Stopped,
    /// The server refused, or did not answer.
    Rpc(Error),
    /// Another try, with a fresh URL, may succeed; this is the error when there are no more tries.
    Again(Error),
    /// S3 does not know the upload any more: what it holds must be looked at afresh.
    Lost(Error),
    /// It cannot succeed.
    Never(String),
}

impl Importer<'_> {
    /// Puts what S3 does not hold yet.
    pub(super) async fn put(
        &self,
        file: &Hashed,
        started: &StartUploadResponse,
        counted: &AtomicU64,
    ) -> Result<(), PutFailure> {
        if started.parts.is_some() {
            return self.put_parts(file, &started.media_id, counted).await;
        }
        let nowhere = || PutFailure::Never("the server gave no address to put it to".to_owned());
        let put = started.upload.as_ref().ok_or_else(nowhere)?;
        let _place = self.place().await?;
        let opened = File::open(&file.candidate.path).await.map_err(unreadable)?;
        self.put_bytes(file, put, opened, file.candidate.stamp.bytes)
            .await
    }

    /// A place among the PUTs under way.
    pub(super) async fn place(&self) -> Result<SemaphorePermit<'_>, PutFailure> {
        let place = self.stop.run_until_cancelled(self.places.acquire()).await;
        place.and_then(Result::ok).ok_or(PutFailure::Stopped)
    }

    /// Waits, unless the import is stopped.
    pub(super) async fn rest(&self, pause: Duration) {
        let rest = tokio::time::sleep(pause);
        self.stop.run_until_cancelled(rest).await;
    }

    /// Puts so many bytes of a file, from where it is.
    pub(super) async fn put_bytes(
        &self,
        file: &Hashed,
        put: &PresignedPut,
        opened: File,
        bytes: u64,
    ) -> Result<(), PutFailure> {
        let metadata = opened.metadata().await.map_err(unreadable)?;
        if Stamp::of(&metadata) != file.candidate.stamp {
            return Err(PutFailure::Never(CHANGED.to_owned()));
        }
        let moved = AtomicU64::new(0);
        let on_sent = |bytes| {
            moved.fetch_add(bytes, Ordering::Relaxed);
            self.reporter.report(Progress::Moved(bytes));
        };
        let transfer = self.client.transfer();
        let result = tokio::select! {
            result = transfer.put(&put.url, &put.headers, opened, bytes, &on_sent) => Some(result),
            () = self.stop.cancelled() => None,
        };
        let failure = match result {
            // S3 has checked the checksum: it is the file as it was, even if it has changed since.
            Some(Ok(())) => return Ok(()),
            None => PutFailure::Stopped,
            Some(Err(_)) if self.has_changed(file).await => PutFailure::Never(CHANGED.to_owned()),
            Some(Err(error)) => match error {
                TransferError::Transient(cause) => PutFailure::Again(Error::new(
                    ErrorKind::Unreachable,
                    format!("the upload does not get through to S3: {cause}"),
                )),
                // The address has expired: ask for another.
                TransferError::Forbidden(_) => {
                    PutFailure::Again(Error::new(ErrorKind::Failed, error.to_string()))
                }
                TransferError::Missing(_) => {
                    PutFailure::Lost(Error::new(ErrorKind::Failed, error.to_string()))
                }
                TransferError::Refused(_) | TransferError::Unreadable(_) => {
                    PutFailure::Never(error.to_string())
                }
            },
        };
        self.reporter
            .report(Progress::TakenBack(moved.into_inner()));
        Err(failure)
    }

    async fn has_changed(&self, file: &Hashed) -> bool {
        let metadata = tokio::fs::metadata(&file.candidate.path).await;
        metadata.is_ok_and(|metadata| Stamp::of(&metadata) != file.candidate.stamp)
    }
}

/// A file that cannot be read.
pub(super) fn unreadable(error: io::Error) -> PutFailure {
    PutFailure::Never(format!("it cannot be read: {error}"))
}
