//! Streams that wait for an event which cannot be applied, and the events that an operator has discarded.

use std::collections::BTreeSet;

use picup_event_types::{Category, StreamId};
use picup_service::micros;
use sqlx::{MySqlConnection, MySqlPool, Row as _, mysql::MySqlRow};
use time::OffsetDateTime;
use uuid::Uuid;

/// The longest error that is kept, in characters.
const LONGEST_ERROR: usize = 1000;

/// A stream that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockedStream {
    /// Which.
    pub stream: StreamId,
    /// The version that cannot be applied.
    pub failed_version: u64,
    /// The newest version that was seen of it.
    pub seen_up_to: u64,
    /// Why.
    pub error: String,
    /// Since when, in microseconds since 1970.
    pub since_micros: i64,
    /// How often it was tried.
    pub attempts: u32,
}

/// Blocks a stream whose gate is locked, or takes down another failure of it.
pub async fn block(
    connection: &mut MySqlConnection,
    stream: StreamId,
    failed_version: u64,
    seen_up_to: u64,
    error: &str,
) -> Result<(), sqlx::Error> {
    let error: String = error.chars().take(LONGEST_ERROR).collect();
    sqlx::query(
        "INSERT INTO blocked (stream_id, category, failed_version, seen_up_to, error, since_micros, attempts) \
         VALUES (?, ?, ?, ?, ?, ?, 1) ON DUPLICATE KEY UPDATE \
         since_micros = IF(failed_version = VALUES(failed_version), since_micros, VALUES(since_micros)), \
         attempts = IF(failed_version = VALUES(failed_version), attempts + 1, 1), \
         failed_version = VALUES(failed_version), error = VALUES(error), \
         seen_up_to = GREATEST(seen_up_to, VALUES(seen_up_to))",
    )
    .bind(stream.id)
    .bind(stream.category.as_str())
    .bind(failed_version)
    .bind(seen_up_to)
    .bind(error)
    .bind(now())
    .execute(connection)
    .await?;
    Ok(())
}

/// Takes down that more was seen of a blocked stream whose gate is locked.
pub async fn remember(
    connection: &mut MySqlConnection,
    stream: StreamId,
    newest: u64,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE blocked SET seen_up_to = GREATEST(seen_up_to, ?) WHERE stream_id = ?")
        .bind(newest)
        .bind(stream.id)
        .execute(connection)
        .await?;
    Ok(())
}

/// The stream, whose gate is locked, waits no longer.
pub async fn unblock(
    connection: &mut MySqlConnection,
    stream: StreamId,
) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM blocked WHERE stream_id = ?")
        .bind(stream.id)
        .execute(connection)
        .await?;
    Ok(())
}

/// The versions of a stream after one that an operator has discarded.
pub async fn skips(
    connection: &mut MySqlConnection,
    stream: StreamId,
    after: u64,
) -> Result<BTreeSet<u64>, sqlx::Error> {
    let rows = sqlx::query("SELECT version FROM skips WHERE stream_id = ? AND version > ?")
        .bind(stream.id)
        .bind(after)
        .fetch_all(connection)
        .await?;
    rows.iter().map(|row| row.try_get("version")).collect()
}

/// Takes down that an event is discarded. A second time changes nothing.
pub async fn skip(
    pool: &MySqlPool,
    stream: StreamId,
    version: u64,
    reason: &str,
    by_whom: &str,
) -> Result<(), sqlx::Error> {
    let reason: String = reason.chars().take(LONGEST_ERROR).collect();
    sqlx::query(
        "INSERT IGNORE INTO skips (stream_id, version, reason, by_whom, at_micros) VALUES (?, ?, ?, ?, ?)",
    )
    .bind(stream.id)
    .bind(version)
    .bind(reason)
    .bind(by_whom)
    .bind(now())
    .execute(pool)
    .await?;
    Ok(())
}

/// All that an operator has discarded; few, because each is a decision.
pub async fn all_skips(pool: &MySqlPool) -> Result<BTreeSet<(Uuid, u64)>, sqlx::Error> {
    let rows = sqlx::query("SELECT stream_id, version FROM skips")
        .fetch_all(pool)
        .await?;
    rows.iter()
        .map(|row| Ok((row.try_get("stream_id")?, row.try_get("version")?)))
        .collect()
}

/// Takes what was discarded in one generation over into another.
pub async fn copy_skips(from: &MySqlPool, to: &MySqlPool) -> Result<(), sqlx::Error> {
    let rows = sqlx::query("SELECT stream_id, version, reason, by_whom, at_micros FROM skips")
        .fetch_all(from)
        .await?;
    for row in rows {
        sqlx::query(
            "INSERT IGNORE INTO skips (stream_id, version, reason, by_whom, at_micros) VALUES (?, ?, ?, ?, ?)",
        )
        .bind(row.try_get::<Uuid, _>("stream_id")?)
        .bind(row.try_get::<u64, _>("version")?)
        .bind(row.try_get::<String, _>("reason")?)
        .bind(row.try_get::<String, _>("by_whom")?)
        .bind(row.try_get::<i64, _>("at_micros")?)
        .execute(to)
        .await?;
    }
    Ok(())
}

/// The streams that have waited longest, at most `limit` of them.
pub async fn list(pool: &MySqlPool, limit: u32) -> Result<Vec<BlockedStream>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT stream_id, category, failed_version, seen_up_to, error, since_micros, attempts FROM blocked \
         ORDER BY since_micros, stream_id LIMIT ?",
    )
    .bind(limit)
    .fetch_all(pool)
    .await?;
    rows.iter().map(read).collect()
}

/// What is known of one stream, if it waits.
pub async fn find(
    pool: &MySqlPool,
    stream: StreamId,
) -> Result<Option<BlockedStream>, sqlx::Error> {
    let row = sqlx::query(
        "SELECT stream_id, category, failed_version, seen_up_to, error, since_micros, attempts FROM blocked \
         WHERE stream_id = ?",
    )
    .bind(stream.id)
    .fetch_optional(pool)
    .await?;
    row.as_ref().map(read).transpose()
}

/// How many streams wait.
pub async fn count(pool: &MySqlPool) -> Result<u64, sqlx::Error> {
    sqlx::query_scalar("SELECT CAST(COUNT(*) AS UNSIGNED) FROM blocked")
        .fetch_one(pool)
        .await
}

/// Shows operators how many streams wait.
pub async fn measure(pool: &MySqlPool, projection: &'static str) {
    if let Ok(count) = count(pool).await {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        metrics::gauge!("picup_projection_blocked_streams", "projection" => projection).set(count);
    }
}

fn read(row: &MySqlRow) -> Result<BlockedStream, sqlx::Error> {
    let category: String = row.try_get("category")?;
    let category: Category = category
        .parse()
        .map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
    Ok(BlockedStream {
        stream: StreamId {
            category,
            id: row.try_get("stream_id")?,
        },
        failed_version: row.try_get("failed_version")?,
        seen_up_to: row.try_get("seen_up_to")?,
        error: row.try_get("error")?,
        since_micros: row.try_get("since_micros")?,
        attempts: row.try_get("attempts")?,
    })
}

fn now() -> i64 {
    micros(OffsetDateTime::now_utc())
}
