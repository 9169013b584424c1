//! Reading the log across streams, for audits: in pages, so that memory stays bounded however long it is.

use picup_event_types::{Event, RecordedEvent, StreamId};
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

/// Something that the log says has begun and not that it has ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Unfinished {
    /// The event that began it.
    pub event: RecordedEvent,
    /// Whether anything has happened in its stream since.
    pub followed: bool,
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

    /// Media items that are not done with, by the event that says so, among the positions after one up to
    /// another: uploads that started and were neither abandoned nor deleted since, and items that were
    /// deleted or abandoned and not purged since.
    pub async fn unfinished_media(
        &self,
        after: u64,
        up_to: u64,
    ) -> Result<Vec<Unfinished>, sqlx::Error> {
        let rows = sqlx::query(
            "SELECT e.position, e.stream_id, e.version, e.event_id, e.type, e.payload, e.metadata, \
             e.recorded_at, EXISTS (SELECT 1 FROM events f WHERE f.stream_id = e.stream_id \
              AND f.version = e.version + 1) AS followed FROM events e FORCE INDEX (PRIMARY) \
             WHERE e.position > ? AND e.position <= ? \
             AND e.type IN ('media.UploadStarted', 'media.UploadAbandoned', 'media.MediaDeleted') \
             AND NOT EXISTS (SELECT 1 FROM events n WHERE n.stream_id = e.stream_id \
              AND n.version > e.version AND (n.type = 'media.MediaPurged' OR e.type = 'media.UploadStarted' \
              AND n.type IN ('media.UploadAbandoned', 'media.MediaDeleted'))) ORDER BY e.position",
        )
        .bind(after)
        .bind(up_to)
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| {
                let followed: i64 = row.try_get("followed")?;
                Ok(Unfinished {
                    event: recorded(row)?,
                    followed: followed != 0,
                })
            })
            .collect()
    }

    /// Which of these albums have been deleted, and when.
    pub async fn deleted_albums(
        &self,
        albums: &[Uuid],
    ) -> Result<Vec<(Uuid, OffsetDateTime)>, sqlx::Error> {
        let ids: Vec<String> = albums
            .iter()
            .map(|album| format!("\"{}\"", album.simple()))
            .collect();
        // One parameter for the whole list, so that the statement stays prepared.
        let rows = sqlx::query(
            "SELECT e.stream_id, e.recorded_at \
             FROM JSON_TABLE(?, '$[*]' COLUMNS (id CHAR(32) PATH '$')) s \
             STRAIGHT_JOIN events e FORCE INDEX (events_stream_version) ON e.stream_id = UNHEX(s.id) \
             WHERE e.type = 'album.AlbumDeleted'",
        )
        .bind(format!("[{}]", ids.join(",")))
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| {
                let at: PrimitiveDateTime = row.try_get("recorded_at")?;
                Ok((row.try_get("stream_id")?, at.assume_utc()))
            })
            .collect()
    }
}

impl Unfinished {
    /// The event itself.
    pub fn decoded(&self) -> Result<Event, sqlx::Error> {
        self.event
            .event()
            .map_err(|error| sqlx::Error::Decode(Box::new(error)))
    }
}
