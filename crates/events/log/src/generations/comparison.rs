use sqlx::Row as _;
use time::{OffsetDateTime, PrimitiveDateTime};
use uuid::Uuid;

use super::Generations;

/// How far a comparison is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ComparisonState {
    /// Rows are being compared.
    Running,
    /// Every row has been compared.
    Done,
    /// It could not be finished.
    Failed,
}

impl ComparisonState {
    /// As it stands in the table and in what programs read.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }
}

/// A comparison of the live generation with another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// Chosen by whoever asked for it.
    pub id: Uuid,
    /// Of this projection.
    pub projection: String,
    /// The generation that answers queries.
    pub live: u32,
    /// The other one.
    pub next: u32,
    /// How far it is.
    pub state: ComparisonState,
    /// Rows compared so far.
    pub rows_compared: u64,
    /// Rows that differ.
    pub differences: u64,
    /// The first differences, or why it failed, as its writer encodes them.
    pub details: String,
    /// When it began.
    pub started_at: OffsetDateTime,
    /// Seconds since it last said something, by the database's clock.
    pub silent_seconds: u64,
}

impl Generations {
    /// Begins a comparison. The same id again is the same comparison: then the answer is `false`.
    pub async fn begin_comparison(
        &self,
        id: Uuid,
        projection: &str,
        live: u32,
        next: u32,
    ) -> Result<bool, sqlx::Error> {
        let inserted = sqlx::query(
            "INSERT IGNORE INTO comparisons (comparison_id, projection, live, next, state, details, \
             started_at, updated_at) VALUES (?, ?, ?, ?, 'running', '', UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))",
        )
        .bind(id)
        .bind(projection)
        .bind(live)
        .bind(next)
        .execute(&self.pool)
        .await?;
        Ok(inserted.rows_affected() == 1)
    }

    /// Notes how far a comparison is.
    pub async fn note_comparison(
        &self,
        id: Uuid,
        state: ComparisonState,
        rows_compared: u64,
        differences: u64,
        details: &str,
    ) -> Result<(), sqlx::Error> {
        sqlx::query(
            "UPDATE comparisons SET state = ?, rows_compared = ?, differences = ?, details = ?, \
             updated_at = UTC_TIMESTAMP(6) WHERE comparison_id = ?",
        )
        .bind(state.as_str())
        .bind(rows_compared)
        .bind(differences)
        .bind(details)
        .bind(id)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// A comparison, if there is one of this id.
    pub async fn comparison(&self, id: Uuid) -> Result<Option<Comparison>, sqlx::Error> {
        let row = sqlx::query(
            "SELECT comparison_id, projection, live, next, state, rows_compared, differences, details, \
             started_at, CAST(TIMESTAMPDIFF(SECOND, updated_at, UTC_TIMESTAMP(6)) AS SIGNED) AS silent \
             FROM comparisons WHERE comparison_id = ?",
        )
        .bind(id)
        .fetch_optional(&self.pool)
        .await?;
        row.map(|row| {
            let state: String = row.try_get("state")?;
            let started_at: PrimitiveDateTime = row.try_get("started_at")?;
            let silent: i64 = row.try_get("silent")?;
            Ok(Comparison {
                id: row.try_get("comparison_id")?,
                projection: row.try_get("projection")?,
                live: row.try_get("live")?,
                next: row.try_get("next")?,
                state: match state.as_str() {
                    "running" => ComparisonState::Running,
                    "done" => ComparisonState::Done,
                    _ => ComparisonState::Failed,
                },
                rows_compared: row.try_get("rows_compared")?,
                differences: row.try_get("differences")?,
                details: row.try_get("details")?,
                started_at: started_at.assume_utc(),
                silent_seconds: u64::try_from(silent).unwrap_or(0),
            })
        })
        .transpose()
    }
}
