//! Reading the log across streams, for audits: in pages, so that memory stays bounded however long it is.

use futures::TryStreamExt as _;
use picup_event_types::{RecordedEvent, StreamId};
use sqlx::Row as _;
use time::{OffsetDateTime, PrimitiveDateTime};
use uuid::Uuid;

use crate::{LogReader, load::recorded};

/// The place where a stream ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Version of its last event.
    pub version: u64,
    /// Position of its last event.
    pub position: u64,
}

/// Something that an album's or an account's stream says of all its items at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The album or account.
    pub stream: Uuid,
    /// For example `album.AlbumDeleted`.
    pub routing_key: String,
    /// Its place in the whole log.
    pub position: u64,
    /// When it was recorded.
    pub recorded_at: OffsetDateTime,
}

impl LogReader {
    /// Where a stream ends; `None` for one without events.
    pub async fn head_of(&self, stream: StreamId) -> Result<Option<Head>, sqlx::Error> {
        let row = sqlx::query(
            "SELECT version, position FROM events WHERE stream_id = ? ORDER BY version DESC LIMIT 1",
        )
        .bind(stream.id)
        .fetch_optional(&self.pool)
        .await?;
        row.map(|row| {
            Ok(Head {
                version: row.try_get("version")?,
                position: row.try_get("position")?,
            })
        })
        .transpose()
    }

    /// The last position of the log; 0 while it is empty.
    pub async fn last_position(&self) -> Result<u64, sqlx::Error> {
        sqlx::query_scalar("SELECT CAST(COALESCE(MAX(position), 0) AS UNSIGNED) FROM events")
            .fetch_one(&self.pool)
            .await
    }

    /// Accounts whose text can still be read, after one of them, in the order of their ids.
    pub async fn accounts(&self, after: Uuid, limit: u32) -> Result<Vec<Uuid>, sqlx::Error> {
        sqlx::query_scalar(
            "SELECT account_id FROM account_keys WHERE account_id > ? ORDER BY account_id LIMIT ?",
        )
        .bind(after)
        .bind(limit)
        .fetch_all(&self.pool)
        .await
    }

    /// What is not done with, by the event that says so, among the positions after one up to another: uploads that
    /// started and were neither abandoned nor deleted since, items that were deleted or abandoned and not purged
    /// since, and accounts that were closed and not erased since.
    pub async fn unfinished(
        &self,
        after: u64,
        up_to: u64,
    ) -> Result<Vec<RecordedEvent>, sqlx::Error> {
        let rows = sqlx::query(
            "SELECT e.position, e.stream_id, e.version, e.event_id, e.type, e.payload, e.metadata, \
             e.recorded_at FROM events e FORCE INDEX (PRIMARY) \
             WHERE e.position > ? AND e.position <= ? \
             AND e.type IN ('media.UploadStarted', 'media.UploadAbandoned', 'media.MediaDeleted', \
             'account.AccountClosed') AND NOT EXISTS (SELECT 1 FROM events n \
              WHERE n.stream_id = e.stream_id AND n.version > e.version \
              AND (n.type IN ('media.MediaPurged', 'account.AccountErased') OR e.type = 'media.UploadStarted' \
              AND n.type IN ('media.UploadAbandoned', 'media.MediaDeleted'))) ORDER BY e.position",
        )
        .bind(after)
        .bind(up_to)
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(recorded).collect()
    }

    /// Renditions that nobody has reported on, by the event that asks for them, among the positions after one up to
    /// another. On an upload S3 may have told the thumbnailer, and that reported, before the upload was complete.
    pub async fn unrendered(
        &self,
        after: u64,
        up_to: u64,
    ) -> Result<Vec<RecordedEvent>, sqlx::Error> {
        let rows = sqlx::query(
            "SELECT e.position, e.stream_id, e.version, e.event_id, e.type, e.payload, e.metadata, \
             e.recorded_at FROM events e FORCE INDEX (PRIMARY) \
             WHERE e.position > ? AND e.position <= ? \
             AND e.type IN ('media.UploadCompleted', 'media.RenditionsRequested') \
             AND NOT EXISTS (SELECT 1 FROM events n WHERE n.stream_id = e.stream_id \
              AND (n.version > e.version OR e.type = 'media.UploadCompleted') \
              AND n.type IN ('media.RenditionsRecorded', 'media.RenditionsFailed', 'media.MediaDeleted')) \
             ORDER BY e.position",
        )
        .bind(after)
        .bind(up_to)
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(recorded).collect()
    }

    /// What was last said of these albums and accounts: deleted or restored, trash emptied, closed or erased. An
    /// account may have one of each; of an album only the last counts.
    pub async fn marks(&self, streams: &[Uuid]) -> Result<Vec<Mark>, sqlx::Error> {
        let rows = sqlx::query(
            "SELECT e.stream_id, e.type, e.position, e.recorded_at \
             FROM JSON_TABLE(?, '$[*]' COLUMNS (id CHAR(32) PATH '$')) s \
             STRAIGHT_JOIN events e FORCE INDEX (events_stream_version) ON e.stream_id = UNHEX(s.id) \
             WHERE e.type IN ('album.AlbumDeleted', 'album.AlbumRestored', 'account.TrashEmptied', \
             'account.AccountClosed', 'account.AccountErased') AND NOT EXISTS (SELECT 1 FROM events n \
             WHERE n.stream_id = e.stream_id AND n.version > e.version \
             AND (n.type = e.type OR e.type = 'album.AlbumDeleted' AND n.type = 'album.AlbumRestored' \
             OR e.type = 'album.AlbumRestored' AND n.type = 'album.AlbumDeleted'))",
        )
        // One parameter for the whole list, so that the statement stays prepared.
        .bind(id_list(streams))
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| {
                let at: PrimitiveDateTime = row.try_get("recorded_at")?;
                Ok(Mark {
                    stream: row.try_get("stream_id")?,
                    routing_key: row.try_get("type")?,
                    position: row.try_get("position")?,
                    recorded_at: at.assume_utc(),
                })
            })
            .collect()
    }

    /// Hands over all events of these streams, each stream's in order and one stream after the other. Only one
    /// event is in memory at a time.
    pub async fn for_each_event(
        &self,
        streams: &[Uuid],
        mut take: impl FnMut(RecordedEvent),
    ) -> Result<(), sqlx::Error> {
        let mut rows = sqlx::query(
            "SELECT e.position, e.stream_id, e.version, e.event_id, e.type, e.payload, e.metadata, \
             e.recorded_at FROM JSON_TABLE(?, '$[*]' COLUMNS (id CHAR(32) PATH '$')) s \
             STRAIGHT_JOIN events e FORCE INDEX (events_stream_version) ON e.stream_id = UNHEX(s.id) \
             ORDER BY e.stream_id, e.version",
        )
        .bind(id_list(streams))
        .fetch(&self.pool);
        while let Some(row) = rows.try_next().await? {
            take(recorded(&row)?);
        }
        Ok(())
    }
}

/// The ids as JSON for one parameter.
fn id_list(ids: &[Uuid]) -> String {
    let ids: Vec<String> = ids
        .iter()
        .map(|id| format!("\"{}\"", id.simple()))
        .collect();
    format!("[{}]", ids.join(","))
}
