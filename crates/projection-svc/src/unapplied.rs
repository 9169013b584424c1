//! How far a read model is behind the log.

use picup_event_types::{Category, StreamId};
use sqlx::{AssertSqlSafe, MySqlPool, Row as _, mysql::MySqlRow};
use time::{OffsetDateTime, PrimitiveDateTime};
use uuid::Uuid;

/// Streams looked at with one statement.
const PAGE: u32 = 20_000;

/// How far a read model is behind.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Unapplied {
    /// Events that are in the log and not in the read model.
    pub events: u64,
    /// Streams that they belong to.
    pub streams: u64,
    /// When the oldest of them was recorded.
    pub oldest: Option<OffsetDateTime>,
    /// Some of the streams.
    pub items: Vec<UnappliedStream>,
}

/// A stream of which events have not been applied.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct UnappliedStream {
    /// Which stream.
    pub stream: StreamId,
    /// The version that has been applied.
    pub applied: u64,
    /// The version that the log has reached.
    pub head: u64,
    /// When the first event that has not been applied was recorded.
    pub since: OffsetDateTime,
}

/// Compares heads and gates where both databases are on one server.
pub struct Comparison<'a> {
    /// The read model's database.
    pub pool: &'a MySqlPool,
    /// The name of the log's database.
    pub log: &'a str,
    /// The streams that the projection follows.
    pub follows: &'a [Category],
}

impl Comparison<'_> {
    /// Counts, and names at most so many streams. Only gates that are behind are counted: a stream is
    /// looked up in the log only where its head differs.
    pub async fn count(&self, items: usize) -> Result<Unapplied, sqlx::Error> {
        let mut found = Unapplied::default();
        let mut after = Uuid::nil();
        loop {
            let row = sqlx::query(AssertSqlSafe(self.counting()))
                .bind(after)
                .bind(PAGE)
                .fetch_one(self.pool)
                .await?;
            let Some(last) = row.try_get::<Option<Uuid>, _>("last")? else {
                return Ok(found);
            };
            let behind: u64 = row.try_get("behind")?;
            found.events += row.try_get::<u64, _>("events")?;
            found.streams += behind;
            let oldest: Option<PrimitiveDateTime> = row.try_get("oldest")?;
            let oldest = oldest.map(PrimitiveDateTime::assume_utc);
            found.oldest = [found.oldest, oldest].into_iter().flatten().min();
            let room = items.saturating_sub(found.items.len());
            if behind > 0 && room > 0 {
                found.items.extend(self.page_of_items(after, room).await?);
            }
            after = last;
        }
    }

    async fn page_of_items(
        &self,
        after: Uuid,
        room: usize,
    ) -> Result<Vec<UnappliedStream>, sqlx::Error> {
        let rows = sqlx::query(AssertSqlSafe(self.naming()))
            .bind(after)
            .bind(PAGE)
            .bind(u32::try_from(room).unwrap_or(u32::MAX))
            .fetch_all(self.pool)
            .await?;
        rows.iter().map(item).collect()
    }

    fn counting(&self) -> String {
        format!(
            "SELECT MAX(h.stream_id) AS last, CAST(COUNT(f.position) AS UNSIGNED) AS behind, \
             CAST(COALESCE(SUM(IF(f.position IS NULL, 0, h.version - COALESCE(g.version, 0))), 0) \
              AS UNSIGNED) AS events, MIN(f.recorded_at) AS oldest {}",
            self.heads_and_gates()
        )
    }

    fn naming(&self) -> String {
        format!(
            "SELECT h.stream_id, h.version AS head, CAST(COALESCE(g.version, 0) AS UNSIGNED) AS applied, \
             f.type, f.recorded_at {} WHERE f.position IS NOT NULL ORDER BY f.recorded_at LIMIT ?",
            self.heads_and_gates()
        )
    }

    /// `h` is a page of heads, `g` their gates, `f` the first event of each that has not been applied. Names
    /// are ours: the database's was checked when it was created, categories are constants.
    fn heads_and_gates(&self) -> String {
        let log = self.log;
        let follows: Vec<String> = self
            .follows
            .iter()
            .map(|category| format!("'{}'", category.as_str()))
            .collect();
        format!(
            "FROM (SELECT stream_id, MAX(version) AS version FROM `{log}`.events WHERE stream_id > ? \
              GROUP BY stream_id ORDER BY stream_id LIMIT ?) h \
             LEFT JOIN gate g ON g.stream_id = h.stream_id \
             LEFT JOIN `{log}`.events f ON f.stream_id = h.stream_id \
              AND f.version = COALESCE(g.version, 0) + 1 AND h.version > COALESCE(g.version, 0) \
              AND SUBSTRING_INDEX(f.type, '.', 1) IN ({})",
            follows.join(", ")
        )
    }
}

fn item(row: &MySqlRow) -> Result<UnappliedStream, sqlx::Error> {
    let routing_key: String = row.try_get("type")?;
    let category = routing_key.split('.').next().unwrap_or_default();
    let category: Category = category
        .parse()
        .map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
    let since: PrimitiveDateTime = row.try_get("recorded_at")?;
    Ok(UnappliedStream {
        stream: StreamId {
            category,
            id: row.try_get("stream_id")?,
        },
        applied: row.try_get("applied")?,
        head: row.try_get("head")?,
        since: since.assume_utc(),
    })
}
