//! From MediaDeleted and UploadAbandoned to the receipt: a batch of messages at a time, so that their objects share
//! requests to S3 and their copies invalidations at the CDN.

use std::collections::BTreeMap;

use futures::{StreamExt as _, stream};
use picup_event_bus::{Handler, Paused, Received, Verdict};
use picup_event_types::{Category, Event, RecordedEvent};
use picup_objects::{Objects, ObjectsError, RemovedObject};
use picup_proto::events::v1::{PurgeReceipt, PurgedObject};
use time::OffsetDateTime;
use tonic::Code;
use uuid::Uuid;

use crate::{
    commands::Commands,
    invalidate::{Invalidations, Removed},
};

/// Receipts reported at once.
const AT_ONCE: usize = 8;

/// Purges what the bus says is deleted.
pub struct Purger {
    objects: Objects,
    invalidations: Invalidations,
    commands: Commands,
}

/// What becomes of a message, or why nothing can be decided now.
type Decided = Result<Verdict, Paused>;

impl Purger {
    /// Removes from a bucket and a CDN and reports over `commands`.
    pub fn new(objects: Objects, invalidations: Invalidations, commands: Commands) -> Self {
        Self {
            objects,
            invalidations,
            commands,
        }
    }

    /// Removes, checks, invalidates, reports. Done again, it removes nothing and reports the same commands. Each item
    /// goes as far as it can, whatever becomes of the others.
    async fn purge(&self, purges: &[Removed]) -> BTreeMap<Uuid, Decided> {
        let items: Vec<_> = purges.iter().map(|one| (one.account, one.media)).collect();
        let outcomes = self.objects.remove_all(&items).await;
        let verified_at = OffsetDateTime::now_utc();
        let mut decided = BTreeMap::new();
        let mut removed = BTreeMap::new();
        for (purge, outcome) in purges.iter().zip(outcomes) {
            match outcome {
                Ok(objects) => drop(removed.insert(*purge, objects)),
                Err(error) => drop(decided.insert(purge.event, not_removed(&error))),
            }
        }
        let gone: Vec<Removed> = removed.keys().copied().collect();
        let mut invalidated = self.invalidations.invalidate(&gone).await;
        let mut reports = Vec::new();
        for (purge, objects) in removed {
            match invalidated.remove(&purge.event) {
                Some(Ok(id)) => {
                    let receipt = receipt(objects, verified_at, id);
                    reports.push(self.report(purge, receipt));
                }
                Some(Err(error)) if error.is_passing() => {
                    let error = error.to_string();
                    decided.insert(purge.event, Ok(Verdict::Retry { error }));
                }
                Some(Err(error)) => {
                    let error = error.to_string();
                    decided.insert(purge.event, Ok(Verdict::DeadLetter { error }));
                }
                None => {
                    let error = "its invalidation was forgotten".to_owned();
                    decided.insert(purge.event, Ok(Verdict::Retry { error }));
                }
            }
        }
        let reported: Vec<_> = stream::iter(reports)
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        decided.extend(reported);
        decided
    }

    async fn report(&self, purge: Removed, receipt: PurgeReceipt) -> (Uuid, Decided) {
        let count = receipt.objects.len() as u64;
        let decided = match self.commands.record_purge(purge, receipt).await {
            Ok(()) => {
                metrics::counter!("picup_purged_objects_total").increment(count);
                Ok(Verdict::Done)
            }
            Err(status) => not_recorded(&status),
        };
        (purge.event, decided)
    }
}

/// What this purge has found and removed; command-svc adds what the log says was there besides.
fn receipt(
    objects: Vec<RemovedObject>,
    verified_at: OffsetDateTime,
    invalidation_id: String,
) -> PurgeReceipt {
    let objects = objects.into_iter().map(|object| PurgedObject {
        key: object.key,
        bytes: object.bytes,
        gone_before: false,
    });
    let verified_at = verified_at.unix_timestamp_nanos() / 1000;
    PurgeReceipt {
        objects: objects.collect(),
        verified_at_micros: i64::try_from(verified_at).unwrap_or(i64::MAX),
        invalidation_id,
    }
}

impl Handler for Purger {
    async fn handle(&self, batch: &[Received]) -> Result<Vec<Verdict>, Paused> {
        let asked: Vec<_> = batch.iter().map(asked).collect();
        let mut purges: Vec<Removed> = Vec::new();
        for purge in asked.iter().flatten() {
            // The bus may bring an event twice.
            if !purges.contains(purge) {
                purges.push(*purge);
            }
        }
        let decided = self.purge(&purges).await;
        let verdicts = asked.into_iter().map(|asked| match asked {
            Ok(purge) => decided
                .get(&purge.event)
                .cloned()
                .unwrap_or_else(|| Err(paused("it was forgotten".to_owned()))),
            Err(verdict) => Ok(verdict),
        });
        verdicts.collect()
    }
}

/// What a message asks to be purged; the verdict where it asks for nothing.
fn asked(received: &Received) -> Result<Removed, Verdict> {
    let dead = |error: String| Verdict::DeadLetter { error };
    let recorded = RecordedEvent::from_envelope(&received.envelope)
        .map_err(|error| dead(error.to_string()))?;
    let account = account_of(&recorded).map_err(dead)?.ok_or(Verdict::Done)?;
    Ok(Removed {
        event: recorded.event_id,
        account,
        media: recorded.stream.id,
    })
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
        | Event::TrashEmptied(_)
        | Event::AccountClosed(_)
        | Event::AccountErased(_)
        | Event::AlbumCreated(_)
        | Event::AlbumRenamed(_)
        | Event::AlbumCoverChosen(_)
        | Event::AlbumShared(_)
        | Event::AlbumShareRevoked(_)
        | Event::AlbumDeleted(_)
        | Event::AlbumRestored(_)
        | Event::UploadStarted(_)
        | Event::UploadCompleted(_)
        | Event::MediaMoved(_)
        | Event::MediaTrashed(_)
        | Event::MediaRestored(_)
        | Event::MediaPurged(_)
        | Event::RenditionsRecorded(_)
        | Event::RenditionsFailed(_)
        | Event::RenditionsRequested(_)
        | Event::QuotaChanged(_)
        | Event::BytesReserved(_)
        | Event::BytesStored(_)
        | Event::BytesReleased(_) => return Ok(None),
    };
    Uuid::from_slice(&account)
        .map(Some)
        .map_err(|_| "the event names no account".to_owned())
}

fn not_removed(error: &ObjectsError) -> Decided {
    let reason = error.to_string();
    if error.is_outage() {
        Err(paused(reason))
    } else {
        Ok(Verdict::Retry { error: reason })
    }
}

fn not_recorded(status: &tonic::Status) -> Decided {
    let error = format!("the receipt was not taken: {status}");
    match status.code() {
        Code::Unavailable | Code::DeadlineExceeded | Code::Cancelled => Err(paused(error)),
        Code::FailedPrecondition | Code::NotFound | Code::InvalidArgument => {
            Ok(Verdict::DeadLetter { error })
        }
        _ => Ok(Verdict::Retry { error }),
    }
}

fn paused(reason: String) -> Paused {
    Paused { reason }
}
