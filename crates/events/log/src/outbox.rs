use picup_event_types::RecordedEvent;
use sqlx::{MySql, MySqlPool, Row as _, Transaction};
use time::{OffsetDateTime, PrimitiveDateTime};

use crate::load::recorded;

/// The events that the bus has not confirmed yet.
#[derive(Clone)]
pub struct Outbox {
    pool: MySqlPool,
}

/// Events taken from the outbox, locked against other relays until they are confirmed or dropped.
pub struct Batch {
    transaction: Transaction<'static, MySql>,
    /// In order of position.
    pub events: Vec<RecordedEvent>,
}

/// How much waits in the outbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backlog {
    /// Events that wait.
    pub events: u64,
    /// When the oldest of them was recorded.
    pub oldest: Option<OffsetDateTime>,
}

impl Outbox {
    /// The outbox in the log's database.
    pub fn new(pool: MySqlPool) -> Self {
        Self { pool }
    }

    /// Takes the next events after a position that no other relay has taken, at most `limit`.
    ///
    /// At READ COMMITTED this locks no gaps, so commands never wait for a relay.
    pub async fn take(&self, after: u64, limit: u32) -> Result<Batch, sqlx::Error> {
        let mut transaction = self.pool.begin().await?;
        let rows = sqlx::query(
            "SELECT STRAIGHT_JOIN e.position, e.stream_id, e.version, e.event_id, e.type, e.payload, \
             e.metadata, e.recorded_at FROM outbox o JOIN events e ON e.position = o.position \
             WHERE o.position > ? ORDER BY o.position LIMIT ? FOR UPDATE SKIP LOCKED",
        )
        .bind(after)
        .bind(limit)
        .fetch_all(&mut *transaction)
        .await?;
        let events = rows.iter().map(recorded).collect::<Result<_, _>>()?;
        Ok(Batch {
            transaction,
            events,
        })
    }

    /// How much waits.
    pub async fn backlog(&self) -> Result<Backlog, sqlx::Error> {
        let row = sqlx::query(
            "SELECT CAST(COUNT(*) AS UNSIGNED) AS events, \
             (SELECT e.recorded_at FROM outbox o JOIN events e ON e.position = o.position \
              ORDER BY o.position LIMIT 1) AS oldest FROM outbox",
        )
        .fetch_one(&self.pool)
        .await?;
        let oldest: Option<PrimitiveDateTime> = row.try_get("oldest")?;
        Ok(Backlog {
            events: row.try_get("events")?,
            oldest: oldest.map(PrimitiveDateTime::assume_utc),
        })
    }
}

impl Batch {
    /// Removes the events that the bus has confirmed and gives the others back.
    pub async fn confirm(mut self, positions: &[u64]) -> Result<(), sqlx::Error> {
        if !positions.is_empty() {
            let list: Vec<String> = positions.iter().map(u64::to_string).collect();
            // With `position IN (…)` a short outbox is scanned whole, whatever the hints, and the scan waits
            // for rows that another relay has locked. Joined, each row is looked up by its key.
            sqlx::query(
                "DELETE o FROM JSON_TABLE(?, '$[*]' COLUMNS (position BIGINT UNSIGNED PATH '$')) p \
                 STRAIGHT_JOIN outbox o FORCE INDEX (PRIMARY) ON o.position = p.position",
            )
            .bind(format!("[{}]", list.join(",")))
            .execute(&mut *self.transaction)
            .await?;
        }
        self.transaction.commit().await
    }
}
