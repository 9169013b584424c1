use std::sync::atomic::{AtomicU64, Ordering};

use picup_proto::commands::v1::{
    PresignedPut, StartUploadRequest, StartUploadResponse, UploadState,
};
use tokio::fs::File;
use uuid::Uuid;

use super::{
    Importer, Progress,
    examine::Hashed,
    summary::{SkippedFile, Why},
};
use crate::{Error, ErrorKind, Result, hash::Stamp, transfer::TransferError};

/// How often one file may have been abandoned or deleted and imported again.
const MOST_GENERATIONS: u32 = 1000;
const CHANGED: &str = "it changed while it was being imported; run the same command again";

/// How a file fared.
#[derive(Debug)]
pub(super) enum Outcome {
    Stored {
        media_id: String,
    },
    Skipped(SkippedFile),
    Refused(String),
    Failed(String),
    /// The import stopped before this file was through.
    Left,
}

enum PutFailure {
    /// The import was stopped.
    Stopped,
    /// Another try, with a fresh URL, may succeed; this is the error when there are no more tries.
    Again(Error),
    /// It cannot succeed.
    Never(String),
}

impl Importer<'_> {
    /// Brings one file into the album.
    pub(super) async fn upload(&self, file: &Hashed) -> Outcome {
        match self.try_upload(file).await {
            Ok(outcome) => outcome,
            Err(error) if error.stops_everything() => {
                self.stop_because(error);
                Outcome::Left
            }
            Err(error) => match error.kind() {
                ErrorKind::Refused | ErrorKind::Usage | ErrorKind::NotFound => {
                    Outcome::Refused(error.to_string())
                }
                _ => Outcome::Failed(error.to_string()),
            },
        }
    }

    async fn try_upload(&self, file: &Hashed) -> Result<Outcome> {
        let (mut generation, mut attempt) = (0, 0);
        while generation < MOST_GENERATIONS {
            if self.stop.is_cancelled() {
                return Ok(Outcome::Left);
            }
            let started = self.start(file, generation).await?;
            let media_id = &started.media_id;
            match started.state() {
                UploadState::Started => {}
                UploadState::Completed => {
                    return Ok(Outcome::Skipped(already_there(file, media_id)));
                }
                UploadState::Gone => {
                    generation += 1;
                    continue;
                }
                UploadState::Unspecified => {
                    let message = "the server answers in a way that this picup does not know";
                    return Err(Error::new(ErrorKind::Failed, message));
                }
            }
            match self.put(file, started.upload.as_ref()).await {
                Ok(()) => match self.complete(&started).await {
                    Ok(()) => {
                        return Ok(Outcome::Stored {
                            media_id: media_id.clone(),
                        });
                    }
                    // Another import of the same file gave this very upload up in the meantime.
                    Err(error) if error.reason() == Some("UPLOAD_OVER") => generation += 1,
                    Err(error) => return Err(self.give_up(&started, error).await),
                },
                Err(PutFailure::Stopped) => return Ok(Outcome::Left),
                Err(PutFailure::Never(reason)) => {
                    let error = Error::new(ErrorKind::Failed, reason);
                    return Err(self.give_up(&started, error).await);
                }
                Err(PutFailure::Again(error)) => {
                    let Some(pause) = self.client.patience().pause(attempt, None) else {
                        return Err(self.give_up(&started, error).await);
                    };
                    attempt += 1;
                    tokio::select! {
                        () = tokio::time::sleep(pause) => {}
                        () = self.stop.cancelled() => {}
                    }
                }
            }
        }
        Err(Error::new(
            ErrorKind::Failed,
            "it has been imported and deleted too many times",
        ))
    }

    async fn start(&self, file: &Hashed, generation: u32) -> Result<StartUploadResponse> {
        let candidate = &file.candidate;
        let message = StartUploadRequest {
            command_id: start_id(self.album_id, &file.sha256, generation).to_string(),
            album_id: self.album_id.to_string(),
            file_name: candidate.name.clone(),
            content_type: candidate.content_type.to_owned(),
            bytes: candidate.stamp.bytes,
            sha256: file.sha256.to_vec(),
        };
        self.client.start_upload(message).await
    }

    async fn put(&self, file: &Hashed, put: Option<&PresignedPut>) -> Result<(), PutFailure> {
        let never = |reason: String| PutFailure::Never(reason);
        let unreadable = |error| never(format!("it cannot be read: {error}"));
        let put = put.ok_or_else(|| never("the server gave no address to put it to".to_owned()))?;
        let opened = File::open(&file.candidate.path).await.map_err(unreadable)?;
        let metadata = opened.metadata().await.map_err(unreadable)?;
        if Stamp::of(&metadata) != file.candidate.stamp {
            return Err(never(CHANGED.to_owned()));
        }
        let moved = AtomicU64::new(0);
        let on_sent = |bytes| {
            moved.fetch_add(bytes, Ordering::Relaxed);
            self.reporter.report(Progress::Moved(bytes));
        };
        let transfer = self.client.transfer();
        let bytes = file.candidate.stamp.bytes;
        let result = tokio::select! {
            result = transfer.put(&put.url, &put.headers, opened, bytes, &on_sent) => Some(result),
            () = self.stop.cancelled() => None,
        };
        let failure = match result {
            // S3 has checked the checksum: it is the file as it was, even if it has changed since.
            Some(Ok(())) => return Ok(()),
            None => PutFailure::Stopped,
            Some(Err(_)) if self.has_changed(file).await => never(CHANGED.to_owned()),
            Some(Err(error)) => match error {
                TransferError::Transient(cause) => PutFailure::Again(Error::new(
                    ErrorKind::Unreachable,
                    format!("the upload does not get through to S3: {cause}"),
                )),
                TransferError::Forbidden(_) => {
                    PutFailure::Again(Error::new(ErrorKind::Failed, error.to_string()))
                }
                TransferError::Refused(_) | TransferError::Unreadable(_) => {
                    never(error.to_string())
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

    async fn complete(&self, started: &StartUploadResponse) -> Result<()> {
        let command_id = follow_up_id(&started.media_id, "complete");
        self.client
            .complete_upload(command_id, &started.media_id)
            .await
    }

    /// Frees the bytes of an upload that cannot succeed. One that only has to wait is left as it is.
    async fn give_up(&self, started: &StartUploadResponse, error: Error) -> Error {
        if !error.stops_everything() {
            let words = error.to_string();
            let reason = words
                .chars()
                .filter(|character| !character.is_control())
                .take(200);
            let command_id = follow_up_id(&started.media_id, "abandon");
            let abandoned = self
                .client
                .abandon_upload(command_id, &started.media_id, reason.collect())
                .await;
            if let Err(error) = abandoned {
                // The sweep abandons it later; what matters to the person is the first error.
                self.reporter.report(Progress::Note(&format!(
                    "cannot abandon an upload: {error}"
                )));
            }
        }
        error
    }
}

/// The same file into the same album is the same command, whoever sends it and whenever.
fn start_id(album_id: Uuid, sha256: &[u8; 32], generation: u32) -> Uuid {
    Uuid::new_v5(
        &album_id,
        &[sha256.as_slice(), &generation.to_be_bytes()].concat(),
    )
}

fn follow_up_id(media_id: &str, what: &str) -> String {
    let media_id = Uuid::try_parse(media_id).unwrap_or_default();
    Uuid::new_v5(&media_id, what.as_bytes()).to_string()
}

fn already_there(file: &Hashed, media_id: &str) -> SkippedFile {
    let reason = "it is in this album already";
    let skipped = SkippedFile::new(&file.candidate.path, Why::AlreadyStored, reason);
    SkippedFile {
        media_id: Some(media_id.to_owned()),
        ..skipped
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_file_into_the_same_album_is_the_same_command_forever() {
        let (album, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let id = start_id(album, &[7; 32], 0);
        assert_eq!(id, start_id(album, &[7; 32], 0));
        // Written down: another version of picup must continue what this one began.
        assert_eq!(id.to_string(), "881f51fe-b8d3-56e5-8bf4-cd248005e3c1");
        assert_ne!(id, start_id(other, &[7; 32], 0));
        assert_ne!(id, start_id(album, &[8; 32], 0));
        assert_ne!(id, start_id(album, &[7; 32], 1));
    }

    #[test]
    fn completing_and_abandoning_are_different_commands_of_one_item() {
        let media = Uuid::from_u128(3).to_string();
        assert_eq!(
            follow_up_id(&media, "complete"),
            follow_up_id(&media, "complete")
        );
        assert_ne!(
            follow_up_id(&media, "complete"),
            follow_up_id(&media, "abandon")
        );
    }
}
