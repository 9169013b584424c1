use std::{
    path::Path,
    sync::atomic::AtomicU64,
    time::{Duration, Instant},
};

use picup_proto::commands::v1::{StartUploadRequest, StartUploadResponse, UploadState};
use uuid::Uuid;

use super::{
    Importer, Progress,
    examine::Hashed,
    put::PutFailure,
    summary::{SkippedFile, Why},
};
use crate::{Error, ErrorKind, Result};

/// How often one file may have been abandoned or deleted and imported again.
const MOST_GENERATIONS: u32 = 1000;
/// How often an upload that is not as it should be is looked at again.
const MOST_LOOKS: u32 = 5;
/// How often the server is asked whether a long upload has been checked, and how long that may stand still.
const ASK_EVERY: Duration = Duration::from_millis(200);
const CHECKED_WITHIN: Duration = Duration::from_mins(5);

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
        let counted = AtomicU64::new(0);
        while generation < MOST_GENERATIONS {
            if self.stop.is_cancelled() {
                return Ok(Outcome::Left);
            }
            let started = self.start(file, generation).await?;
            let media_id = &started.media_id;
            match started.state() {
                UploadState::Started => {}
                UploadState::Completed => {
                    let reason = "it is in this album already";
                    return Ok(Outcome::Skipped(already_there(file, media_id, reason)));
                }
                UploadState::Duplicate => {
                    let reason = duplicate_reason(&started);
                    let media_id = &started.duplicate_of;
                    return Ok(Outcome::Skipped(already_there(file, media_id, &reason)));
                }
                UploadState::Gone => {
                    generation += 1;
                    continue;
                }
                UploadState::Verifying | UploadState::Unspecified => {
                    let message = "the server answers in a way that this picup does not know";
                    return Err(Error::new(ErrorKind::Failed, message));
                }
            }
            match self.put(file, &started, &counted).await {
                Ok(()) => match self.complete(&started).await {
                    Ok(()) => {
                        return Ok(Outcome::Stored {
                            media_id: media_id.clone(),
                        });
                    }
                    // Another import of the same file gave this very upload up in the meantime.
                    Err(error) if error.reason() == Some("UPLOAD_OVER") => generation += 1,
                    Err(error) if is_worth_another_look(&error) && attempt < MOST_LOOKS => {
                        attempt += 1;
                    }
                    Err(error) => return Err(self.give_up(&started, error).await),
                },
                Err(PutFailure::Rpc(error)) if is_over(&error) && attempt < MOST_LOOKS => {
                    attempt += 1;
                }
                Err(PutFailure::Rpc(error)) => return Err(self.give_up(&started, error).await),
                Err(PutFailure::Stopped) => return Ok(Outcome::Left),
                Err(PutFailure::Never(reason)) => {
                    // Should the state have been wrong, the next import reads the file again.
                    self.state.forget(&file.candidate.path);
                    let error = Error::new(ErrorKind::Failed, reason);
                    return Err(self.give_up(&started, error).await);
                }
                Err(PutFailure::Again(error) | PutFailure::Lost(error)) => {
                    let Some(pause) = self.client.patience().pause(attempt, None) else {
                        return Err(self.give_up(&started, error).await);
                    };
                    attempt += 1;
                    self.rest(pause).await;
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
        let sha256 = &file.fingerprint.sha256;
        let command_id = if self.keep_duplicates {
            start_again_id(self.album_id, &candidate.path, sha256, generation)
        } else {
            start_id(self.album_id, sha256, generation)
        };
        let message = StartUploadRequest {
            command_id: command_id.to_string(),
            album_id: self.album_id.to_string(),
            file_name: candidate.name.clone(),
            content_type: candidate.content_type.to_owned(),
            bytes: candidate.stamp.bytes,
            sha256: sha256.to_vec(),
            keep_duplicate: self.keep_duplicates,
        };
        self.client.start_upload(message).await
    }

    /// Has the original checked and stored. A long one is read once more on the other side; that takes a while,
    /// and is waited for as long as it gets on.
    async fn complete(&self, started: &StartUploadResponse) -> Result<()> {
        let command_id = follow_up_id(&started.media_id, "complete");
        let (mut reached, mut moved_at) = (0, Instant::now());
        loop {
            let completed = self
                .client
                .complete_upload(command_id.clone(), &started.media_id)
                .await?;
            match completed {
                None => return Ok(()),
                Some(read) if read > reached => (reached, moved_at) = (read, Instant::now()),
                Some(_) if moved_at.elapsed() > CHECKED_WITHIN => {
                    let message = "the server does not get on with checking the upload";
                    return Err(Error::new(ErrorKind::Unreachable, message));
                }
                Some(_) => {}
            }
            self.rest(ASK_EVERY).await;
            if self.stop.is_cancelled() {
                let message = "the import was stopped while the server checked the upload";
                return Err(Error::new(ErrorKind::Interrupted, message));
            }
        }
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

/// With duplicates it is the same file under the same name: run again, it is stored once more only if it
/// has moved.
fn start_again_id(album_id: Uuid, path: &Path, sha256: &[u8; 32], generation: u32) -> Uuid {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let path = path.as_os_str().as_encoded_bytes();
    let name = [
        b"duplicate\0",
        path,
        b"\0",
        sha256,
        &generation.to_be_bytes(),
    ]
    .concat();
    Uuid::new_v5(&album_id, &name)
}

/// Whether what S3 holds may become complete when it is looked at once more.
fn is_worth_another_look(error: &Error) -> bool {
    matches!(error.reason(), Some("PARTS_MISSING" | "UPLOAD_MISSING"))
}

/// Whether the upload has ended, this way or that, so that starting it again tells how.
fn is_over(error: &Error) -> bool {
    matches!(error.reason(), Some("UPLOAD_OVER" | "UPLOAD_COMPLETE"))
}

fn duplicate_reason(started: &StartUploadResponse) -> String {
    let id = &started.duplicate_of;
    if started.duplicate_in_trash {
        format!("it is in the trash; `picup media restore {id}` brings it back")
    } else {
        format!("the account has it already, as {id}; --keep-duplicates stores it again")
    }
}

fn follow_up_id(media_id: &str, what: &str) -> String {
    let media_id = Uuid::try_parse(media_id).unwrap_or_default();
    Uuid::new_v5(&media_id, what.as_bytes()).to_string()
}

fn already_there(file: &Hashed, media_id: &str, reason: &str) -> SkippedFile {
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
