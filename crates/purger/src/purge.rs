//! From MediaDeleted and UploadAbandoned to the receipt.

use futures::{StreamExt as _, stream};
use picup_event_bus::{Handler, Paused, Received, Verdict};
use picup_event_types::{Category, Event, RecordedEvent};
use picup_objects::Objects;
use tonic::Code;
use uuid::Uuid;

use crate::commands::Commands;

/// Items purged at once.
const AT_ONCE: usize = 8;

/// Purges what the bus says is deleted.
pub struct Purger {
    objects: Objects,
    commands: Commands,
}

impl Purger {
    /// Removes from a bucket and reports over `commands`.
    pub fn new(objects: Objects, commands: Commands) -> Self {
        Self { objects, commands }
    }

    /// Removes, checks, reports. Done again, it removes nothing and reports the same command.
    async fn purge(&self, received: &Received) -> Result<Verdict, Paused> {
        let recorded = match RecordedEvent::from_envelope(&received.envelope) {
            Ok(recorded) => recorded,
            Err(error) => {
                return Ok(Verdict::DeadLetter {
                    error: error.to_string(),
                });
            }
        };
        let account = match account_of(&recorded) {
            Ok(Some(account)) => account,
            Ok(None) => return Ok(Verdict::Done),
            Err(error) => return Ok(Verdict::DeadLetter { error }),
        };
        let media = recorded.stream.id;
        let removed = match self.objects.remove(account, media).await {
            Ok(removed) => removed,
            Err(error) if error.is_outage() => {
                return Err(Paused {
                    reason: error.to_string(),
                });
            }
            Err(error) => {
                return Ok(Verdict::Retry {
                    error: error.to_string(),
                });
            }
        };
        let count = removed.len() as u64;
        match self
            .commands
            .record_purge(recorded.event_id, account, media, removed)
            .await
        {
            Ok(()) => {
                metrics::counter!("picup_purged_objects_total").increment(count);
                Ok(Verdict::Done)
            }
            Err(status) => verdict(&status),
        }
    }
}

impl Handler for Purger {
    async fn handle(&self, batch: &[Received]) -> Result<Vec<Verdict>, Paused> {
        let purges: Vec<_> = batch.iter().map(|received| self.purge(received)).collect();
        let verdicts: Vec<_> = stream::iter(purges).buffered(AT_ONCE).collect().await;
        verdicts.into_iter().collect()
    }
}

/// Whose objects are to go; `None` for events that remove nothing.
fn account_of(recorded: &RecordedEvent) -> Result<Option<Uuid>, String> {
    if recorded.stream.category != Category::Media {
        return Ok(None);
    }
    let account = match recorded.event().map_err(|error| error.to_string())? {
        Event::MediaDeleted(deleted) => deleted.account_id,
        Event::UploadAbandoned(abandoned) => abandoned.account_id,
        Event::AccountOpened(_)
        | Event::DisplayNameChanged(_)
        | Event::AlbumCreated(_)
        | Event::AlbumRenamed(_)
        | Event::AlbumDeleted(_)
        | Event::UploadStarted(_)
        | Event::UploadCompleted(_)
        | Event::MediaTrashed(_)
        | Event::MediaRestored(_)
        | Event::MediaPurged(_)
        | Event::QuotaChanged(_)
        | Event::BytesReserved(_)
        | Event::BytesStored(_)
        | Event::BytesReleased(_) => return Ok(None),
    };
    Uuid::from_slice(&account)
        .map(Some)
        .map_err(|_| "the event names no account".to_owned())
}

fn verdict(status: &tonic::Status) -> Result<Verdict, Paused> {
    let error = format!("the receipt was not taken: {status}");
    match status.code() {
        Code::Unavailable | Code::DeadlineExceeded | Code::Cancelled => {
            Err(Paused { reason: error })
        }
        Code::FailedPrecondition | Code::NotFound | Code::InvalidArgument => {
            Ok(Verdict::DeadLetter { error })
        }
        _ => Ok(Verdict::Retry { error }),
    }
}
