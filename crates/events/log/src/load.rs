use picup_event_types::{Category, RecordedEvent, StreamId, messages::Metadata};
use prost::Message as _;
use sqlx::{MySqlPool, Row as _, mysql::MySqlRow};
use time::{OffsetDateTime, PrimitiveDateTime};
use uuid::Uuid;

/// Reads the log; it cannot append. Cheap to clone.
#[derive(Clone)]
pub struct LogReader {
    pub(crate) pool: MySqlPool,
}

/// Where an event stands in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trace {
    /// Its place in the whole log.
    pub position: u64,
    /// Its stream.
    pub stream: StreamId,
    /// Its place in its stream.
    pub version: u64,
    /// When it was recorded.
    pub recorded_at: OffsetDateTime,
}

impl LogReader {
    /// Reads the log in a migrated database.
    pub fn new(pool: MySqlPool) -> Self {
        Self { pool }
    }

    /// The events of a stream after a version, in order, at most `limit` of them.
    pub async fn load(
        &self,
        stream: StreamId,
        after_version: u64,
        limit: u32,
    ) -> Result<Vec<RecordedEvent>, sqlx::Error> {
        let rows = sqlx::query(
            "SELECT position, stream_id, version, event_id, type, payload, metadata, recorded_at \
             FROM events WHERE stream_id = ? AND version > ? ORDER BY version LIMIT ?",
        )
        .bind(stream.id)
        .bind(after_version)
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(recorded).collect()
    }

    /// The events of the whole log after a position, in order of position, at most `limit` of them.
    ///
    /// Positions are handed out before commit, so a later call may show an event below one that this call
    /// has shown: who reads the log this way needs another way to hear of late ones.
    pub async fn scan(
        &self,
        after_position: u64,
        limit: u32,
    ) -> Result<Vec<RecordedEvent>, sqlx::Error> {
        let rows = sqlx::query(
            "SELECT position, stream_id, version, event_id, type, payload, metadata, recorded_at \
             FROM events WHERE position > ? ORDER BY position LIMIT ?",
        )
        .bind(after_position)
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(recorded).collect()
    }

    /// Which events stand after a position, without what they say, in order of position, at most `limit` of
    /// them. What [`Self::scan`] says of late ones holds here too.
    pub async fn trace(&self, after_position: u64, limit: u32) -> Result<Vec<Trace>, sqlx::Error> {
        let rows = sqlx::query(
            "SELECT position, stream_id, version, type, recorded_at FROM events \
             WHERE position > ? ORDER BY position LIMIT ?",
        )
        .bind(after_position)
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| {
                let recorded_at: PrimitiveDateTime = row.try_get("recorded_at")?;
                Ok(Trace {
                    position: row.try_get("position")?,
                    stream: StreamId {
                        category: category(row.try_get("type")?)?,
                        id: row.try_get("stream_id")?,
                    },
                    version: row.try_get("version")?,
                    recorded_at: recorded_at.assume_utc(),
                })
            })
            .collect()
    }

    /// The highest position that can be seen; 0 in an empty log.
    pub async fn head(&self) -> Result<u64, sqlx::Error> {
        let head: Option<u64> =
            sqlx::query_scalar("SELECT position FROM events ORDER BY position DESC LIMIT 1")
                .fetch_optional(&self.pool)
                .await?;
        Ok(head.unwrap_or(0))
    }

    /// The events that a command appended, in order; none if it never was appended.
    pub async fn find_command(&self, command_id: Uuid) -> Result<Vec<RecordedEvent>, sqlx::Error> {
        let rows = sqlx::query(
            "SELECT position, stream_id, version, event_id, type, payload, metadata, recorded_at \
             FROM events WHERE command_id = ? ORDER BY command_index",
        )
        .bind(command_id)
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(recorded).collect()
    }
}

/// Reads a row of `events`.
pub(crate) fn recorded(row: &MySqlRow) -> Result<RecordedEvent, sqlx::Error> {
    let routing_key: String = row.try_get("type")?;
    let category: Category = routing_key
        .split('.')
        .next()
        .unwrap_or_default()
        .parse()
        .map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
    let metadata: &[u8] = row.try_get("metadata")?;
    let payload: Vec<u8> = row.try_get("payload")?;
    let recorded_at: PrimitiveDateTime = row.try_get("recorded_at")?;
    Ok(RecordedEvent {
        event_id: row.try_get("event_id")?,
        stream: StreamId {
            category,
            id: row.try_get("stream_id")?,
        },
        version: row.try_get("version")?,
        position: row.try_get("position")?,
        routing_key,
        recorded_at: recorded_at.assume_utc(),
        metadata: Metadata::decode(metadata)
            .map_err(|error| sqlx::Error::Decode(Box::new(error)))?,
        payload: payload.into(),
    })
}

fn category(routing_key: &str) -> Result<Category, sqlx::Error> {
    let category = routing_key.split('.').next().unwrap_or_default();
    let category = category.parse();
    category.map_err(|error| sqlx::Error::Decode(Box::new(error)))
}
