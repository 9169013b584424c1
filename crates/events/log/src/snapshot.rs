use picup_event_types::StreamId;
use sqlx::Row as _;

use crate::EventLog;

/// A folded state, kept so that a long stream loads fast.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Version of the last event in it.
    pub version: u64,
    /// The encoded state; what it means is its writer's matter.
    pub state: Vec<u8>,
}

impl EventLog {
    /// The snapshot of a stream, if there is one of this schema.
    pub async fn load_snapshot(
        &self,
        stream: StreamId,
        schema: u32,
    ) -> Result<Option<Snapshot>, sqlx::Error> {
        let row = sqlx::query(
            "SELECT version, state FROM snapshots WHERE stream_id = ? AND state_schema = ?",
        )
        .bind(stream.id)
        .bind(schema)
        .fetch_optional(&self.reader().pool)
        .await?;
        row.map(|row| {
            Ok(Snapshot {
                version: row.try_get("version")?,
                state: row.try_get("state")?,
            })
        })
        .transpose()
    }

    /// Keeps a snapshot, unless there is a newer one of the same schema.
    pub async fn save_snapshot(
        &self,
        stream: StreamId,
        schema: u32,
        snapshot: &Snapshot,
    ) -> Result<(), sqlx::Error> {
        sqlx::query(
            "INSERT INTO snapshots (stream_id, version, state_schema, state) VALUES (?, ?, ?, ?) \
             ON DUPLICATE KEY UPDATE \
             state = IF(VALUES(version) > version OR VALUES(state_schema) <> state_schema, VALUES(state), state), \
             version = IF(VALUES(state_schema) <> state_schema, VALUES(version), GREATEST(VALUES(version), version)), \
             state_schema = VALUES(state_schema)",
        )
        .bind(stream.id)
        .bind(snapshot.version)
        .bind(schema)
        .bind(snapshot.state.as_slice())
        .execute(&self.reader().pool)
        .await?;
        Ok(())
    }
}
