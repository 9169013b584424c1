//! Events written straight into the log, as if everything had been published long ago.

use picup_event_types::{Event, StreamId};
use prost::Message as _;
use sqlx::{MySql, MySqlPool, QueryBuilder};
use time::{OffsetDateTime, PrimitiveDateTime};
use uuid::Uuid;

use crate::sample;

/// Rows of one statement.
const ROWS: usize = 500;

/// An event on its way into the log.
pub struct Row {
    /// Its stream.
    pub stream: StreamId,
    /// Its place there.
    pub version: u64,
    /// What happened.
    pub event: Event,
    /// When.
    pub recorded_at: OffsetDateTime,
}

/// Writes events in their order, many with one statement.
pub async fn write(pool: &MySqlPool, rows: impl Iterator<Item = Row>) -> sqlx::Result<()> {
    let mut rows = rows.peekable();
    while rows.peek().is_some() {
        insert(pool, rows.by_ref().take(ROWS)).await?;
    }
    Ok(())
}

async fn insert(pool: &MySqlPool, rows: impl Iterator<Item = Row>) -> sqlx::Result<()> {
    let mut insert = QueryBuilder::<MySql>::new(
        "INSERT INTO events (stream_id, version, event_id, command_id, command_index, type, payload, metadata, \
         recorded_at) ",
    );
    insert.push_values(rows, |mut values, row| {
        let command_id = Uuid::new_v4();
        let recorded_at = PrimitiveDateTime::new(row.recorded_at.date(), row.recorded_at.time());
        values
            .push_bind(row.stream.id)
            .push_bind(row.version)
            .push_bind(Uuid::now_v7())
            .push_bind(command_id)
            .push_bind(0_u16)
            .push_bind(row.event.routing_key())
            .push_bind(row.event.encode())
            .push_bind(sample::metadata(command_id).encode_to_vec())
            .push_bind(recorded_at);
    });
    insert.build().execute(pool).await?;
    Ok(())
}
