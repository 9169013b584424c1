//! Whether an item is really to be removed. A read model may propose it; the log decides.

use std::time::Duration;

use picup_domain::commands::RemovalCause;
use picup_event_log::LogReader;
use picup_event_types::{Event, RecordedEvent, StreamId};
use picup_service::errors::{ErrorCode, Fault};
use time::OffsetDateTime;
use uuid::Uuid;

/// Confirms removals by the log.
pub struct Removals {
    log: LogReader,
    /// For how long the trash keeps.
    trash_keeps: Duration,
    /// For how long an upload may go on from its start.
    uploads_keep: Duration,
}

/// An item that is to be removed.
pub struct Confirmed {
    /// Whose it is.
    pub account: Uuid,
    /// The album that it is in.
    pub album: Uuid,
    /// The version at which the cause holds.
    pub version: u64,
}

impl Removals {
    /// Confirms by this log, where trash and uploads keep for so long.
    pub fn new(log: LogReader, trash_keeps: Duration, uploads_keep: Duration) -> Self {
        Self {
            log,
            trash_keeps,
            uploads_keep,
        }
    }

    /// What is to be removed; `None` where the cause does not hold.
    pub async fn confirm(
        &self,
        media: Uuid,
        cause: RemovalCause,
    ) -> Result<Option<Confirmed>, Fault> {
        let events = self.events(StreamId::media(media)).await?;
        let (Some((first, Event::UploadStarted(started))), Some((last, _))) =
            (events.first(), events.last())
        else {
            return Ok(None);
        };
        let (Ok(account), Ok(album)) = (
            Uuid::from_slice(&started.account_id),
            Uuid::from_slice(&started.album_id),
        ) else {
            return Ok(None);
        };
        let trashed = events
            .iter()
            .rev()
            .find_map(|(recorded, event)| match event {
                Event::MediaTrashed(trashed) => Some((recorded, trashed.with_album)),
                _ => None,
            });
        let now = OffsetDateTime::now_utc();
        let holds = match (cause, trashed) {
            (RemovalCause::TrashExpired, Some((trashed, _))) => {
                trashed.recorded_at + self.trash_keeps <= now
            }
            (RemovalCause::TrashEmptied, Some((trashed, with_album))) => {
                // Before the album: if that is still deleted then, it was so when the trash was emptied.
                let emptied = self.emptied_at(account).await?;
                let lies_since = if with_album {
                    // It lies there since its album was deleted, however late it followed, and comes back with it.
                    self.deleted_at(album).await?
                } else {
                    Some(trashed.position)
                };
                lies_since.is_some_and(|lies_since| emptied > lies_since)
            }
            (RemovalCause::TrashExpired | RemovalCause::TrashEmptied, None) => false,
            (RemovalCause::UploadExpired, _) => first.recorded_at + self.uploads_keep <= now,
            // The account's own state says it, in the decision.
            (RemovalCause::AccountClosed, _) => true,
        };
        Ok(holds.then_some(Confirmed {
            account,
            album,
            version: last.version,
        }))
    }

    /// The position at which the account's trash was emptied last; 0 where it never was.
    async fn emptied_at(&self, account: Uuid) -> Result<u64, Fault> {
        let events = self.events(StreamId::account(account)).await?;
        let emptied = events
            .iter()
            .rev()
            .find(|(_, event)| matches!(event, Event::TrashEmptied(_)));
        Ok(emptied.map_or(0, |(recorded, _)| recorded.position))
    }

    /// The position at which an album that is deleted was deleted.
    async fn deleted_at(&self, album: Uuid) -> Result<Option<u64>, Fault> {
        let events = self.events(StreamId::album(album)).await?;
        let last = events
            .iter()
            .rev()
            .find_map(|(recorded, event)| match event {
                Event::AlbumDeleted(_) => Some(Some(recorded.position)),
                Event::AlbumRestored(_) => Some(None),
                _ => None,
            });
        Ok(last.flatten())
    }

    async fn events(&self, stream: StreamId) -> Result<Vec<(RecordedEvent, Event)>, Fault> {
        let (mut events, mut unreadable) = (Vec::new(), None);
        let streams = [stream.id];
        let read = self
            .log
            .for_each_event(&streams, |recorded| match recorded.event() {
                Ok(event) => events.push((recorded, event)),
                Err(error) => unreadable = Some(Fault::new(ErrorCode::Internal, error.to_string())),
            });
        read.await.map_err(|error| {
            tracing::warn!(%error, "the log is unavailable");
            Fault::new(ErrorCode::Unavailable, "the log does not answer; try again")
        })?;
        unreadable.map_or(Ok(events), Err)
    }
}
