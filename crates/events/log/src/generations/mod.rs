//! Which builds of each read model there are. The one place that says which generation answers queries,
//! which queues stand, and who may build.

mod build;
mod change;
mod comparison;

use sqlx::{MySqlPool, Row as _, mysql::MySqlRow};
use thiserror::Error;
use time::{OffsetDateTime, PrimitiveDateTime};
use uuid::Uuid;

pub use build::Lease;
pub use comparison::{Comparison, ComparisonState};

/// What a generation is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GenerationState {
    /// The log is read into it from the start; its queue collects what happens meanwhile.
    Building,
    /// The log has been read; its queue is worked off.
    Draining,
    /// It follows the log and may be switched to.
    Ready,
    /// It answers queries.
    Live,
    /// It answered queries before; it still follows the log, so that a switch back is possible.
    Retired,
    /// Everybody lets go of it.
    Dropping,
    /// Its queues and its database are gone.
    Dropped,
}

impl GenerationState {
    const ALL: [Self; 7] = [
        Self::Building,
        Self::Draining,
        Self::Ready,
        Self::Live,
        Self::Retired,
        Self::Dropping,
        Self::Dropped,
    ];

    /// As it stands in the table and in what programs read.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Building => "building",
            Self::Draining => "draining",
            Self::Ready => "ready",
            Self::Live => "live",
            Self::Retired => "retired",
            Self::Dropping => "dropping",
            Self::Dropped => "dropped",
        }
    }

    /// Whether its queues are to stand.
    pub fn has_queues(self) -> bool {
        !matches!(self, Self::Dropping | Self::Dropped)
    }
}

/// One build of a read model.
#[derive(Clone, Debug, PartialEq)]
pub struct Generation {
    /// Of this projection.
    pub projection: String,
    /// Counted from 1.
    pub generation: u32,
    /// What it is doing.
    pub state: GenerationState,
    /// Whether an operator has stopped its build.
    pub stopped: bool,
    /// The log has been read up to this position.
    pub scanned_to: u64,
    /// The end of the log when the build began.
    pub scan_end: u64,
    /// Events read so far.
    pub events_scanned: u64,
    /// Events read a second since the build was last taken up.
    pub events_per_second: f64,
    /// How much longer reading the log takes at that pace, where that can be said.
    pub seconds_left: Option<u64>,
    /// When the build began.
    pub started_at: OffsetDateTime,
    /// Since when it is in its state.
    pub state_since: OffsetDateTime,
    /// When it is dropped by itself.
    pub drop_at: Option<OffsetDateTime>,
    /// What went wrong last; empty when nothing did.
    pub error: String,
    /// How many seconds it has been in its state, by the database's clock.
    pub seconds_in_state: u64,
    /// Whether its grace time has ended, by the database's clock.
    pub expired: bool,
}

/// Why a generation is not changed.
#[derive(Debug, Error)]
pub enum GenerationError {
    /// The database failed.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    /// The projection has no such generation.
    #[error("{projection} has no generation {generation}")]
    Unknown {
        /// Of this projection.
        projection: String,
        /// This one.
        generation: u32,
    },
    /// Another rebuild has begun and not been switched to or dropped yet.
    #[error(
        "a rebuild is under way: generation {generation} is {}; switch to it or drop it first",
        state.as_str()
    )]
    UnderWay {
        /// The generation that it makes.
        generation: u32,
        /// What that is doing.
        state: GenerationState,
    },
    /// It is in no state for this.
    #[error("generation {generation} is {}, not {expected}", state.as_str())]
    WrongState {
        /// This one.
        generation: u32,
        /// What it is doing.
        state: GenerationState,
        /// What it would have to do.
        expected: &'static str,
    },
    /// No comparison says that it equals the live one.
    #[error(
        "no comparison has found generation {generation} equal to the live one: compare them first"
    )]
    NotCompared {
        /// This one.
        generation: u32,
    },
}

/// The registry of generations, in the log's database. Cheap to clone.
#[derive(Clone)]
pub struct Generations {
    pool: MySqlPool,
}

/// Rates are taken from when the build was last taken up to its last checkpoint.
const COLUMNS: &str = "SELECT projection, generation, state, stopped, scanned_to, scan_end, events_scanned, \
     started_at, state_since, drop_at, error, \
     CAST(TIMESTAMPDIFF(MICROSECOND, rate_from, updated_at) AS SIGNED) AS rate_micros, \
     CAST(events_scanned - rate_from_events AS SIGNED) AS rate_events, \
     CAST(scanned_to - rate_from_position AS SIGNED) AS rate_positions, \
     CAST(TIMESTAMPDIFF(SECOND, state_since, UTC_TIMESTAMP(6)) AS SIGNED) AS seconds_in_state, \
     CAST(COALESCE(drop_at <= UTC_TIMESTAMP(6), FALSE) AS SIGNED) AS expired FROM generations";

impl Generations {
    /// The registry in the log's database.
    pub fn new(pool: MySqlPool) -> Self {
        Self { pool }
    }

    /// Makes sure that a projection has a live generation: the first one, where it never had any.
    pub async fn ensure(&self, projection: &str) -> Result<(), sqlx::Error> {
        sqlx::query(
            "INSERT IGNORE INTO generations (projection, generation, state, place, rebuild_id, started_at, \
             state_since, updated_at) SELECT ?, 1, 'live', 'live', ?, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), \
             UTC_TIMESTAMP(6) FROM DUAL \
             WHERE NOT EXISTS (SELECT 1 FROM generations g WHERE g.projection = ?)",
        )
        .bind(projection)
        .bind(Uuid::nil())
        .bind(projection)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// All generations of a projection, oldest first.
    pub async fn of(&self, projection: &str) -> Result<Vec<Generation>, sqlx::Error> {
        let select = format!("{COLUMNS} WHERE projection = ? ORDER BY generation");
        let rows = sqlx::query(sqlx::AssertSqlSafe(select))
            .bind(projection)
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(generation).collect()
    }

    /// The projection and number of every generation whose queues are to stand.
    pub async fn standing(&self) -> Result<Vec<(String, u32)>, sqlx::Error> {
        sqlx::query_as(
            "SELECT projection, generation FROM generations \
             WHERE state NOT IN ('dropping', 'dropped') ORDER BY projection, generation",
        )
        .fetch_all(&self.pool)
        .await
    }
}

/// Reads a row of `generations`.
fn generation(row: &MySqlRow) -> Result<Generation, sqlx::Error> {
    let time = |column| -> Result<OffsetDateTime, sqlx::Error> {
        Ok(row.try_get::<PrimitiveDateTime, _>(column)?.assume_utc())
    };
    let drop_at: Option<PrimitiveDateTime> = row.try_get("drop_at")?;
    let (scanned_to, scan_end) = (row.try_get("scanned_to")?, row.try_get("scan_end")?);
    let micros: Option<i64> = row.try_get("rate_micros")?;
    let per_second = |column| -> Result<f64, sqlx::Error> {
        let count: i64 = row.try_get(column)?;
        Ok(rate(count, micros.unwrap_or(0)))
    };
    let seconds: i64 = row.try_get("seconds_in_state")?;
    Ok(Generation {
        projection: row.try_get("projection")?,
        generation: row.try_get("generation")?,
        state: state(row)?,
        stopped: row.try_get("stopped")?,
        scanned_to,
        scan_end,
        events_scanned: row.try_get("events_scanned")?,
        events_per_second: per_second("rate_events")?,
        seconds_left: seconds_left(scanned_to, scan_end, per_second("rate_positions")?),
        started_at: time("started_at")?,
        state_since: time("state_since")?,
        drop_at: drop_at.map(PrimitiveDateTime::assume_utc),
        error: row.try_get("error")?,
        seconds_in_state: u64::try_from(seconds).unwrap_or(0),
        expired: row.try_get::<i64, _>("expired")? != 0,
    })
}

fn state(row: &MySqlRow) -> Result<GenerationState, sqlx::Error> {
    let name: String = row.try_get("state")?;
    let known = GenerationState::ALL
        .into_iter()
        .find(|state| state.as_str() == name);
    known.ok_or_else(|| sqlx::Error::Decode(format!("{name:?} is no generation's state").into()))
}

#[expect(clippy::cast_precision_loss, reason = "a pace for people")]
fn rate(count: i64, micros: i64) -> f64 {
    if micros <= 0 || count <= 0 {
        return 0.0;
    }
    count as f64 * 1e6 / micros as f64
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "an estimate for people"
)]
fn seconds_left(scanned_to: u64, scan_end: u64, positions_per_second: f64) -> Option<u64> {
    let left = scan_end.saturating_sub(scanned_to);
    if left == 0 {
        return Some(0);
    }
    (positions_per_second > 0.0).then(|| (left as f64 / positions_per_second).ceil() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_estimate_is_given_only_where_there_is_a_pace() {
        assert_eq!(seconds_left(0, 100, 0.0), None);
        assert_eq!(seconds_left(50, 100, 10.0), Some(5));
        assert_eq!(seconds_left(120, 100, 0.0), Some(0));
        assert!((rate(500, 250_000) - 2000.0).abs() < 1e-9);
        assert!(rate(500, 0).abs() < f64::EPSILON);
    }
}
