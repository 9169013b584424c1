//! Whether one generation has applied all that another has.

use std::time::Duration;

use sqlx::{AssertSqlSafe, MySqlPool, Row as _};
use tokio::time::Instant;
use uuid::Uuid;

/// How long it may take.
const PATIENCE: Duration = Duration::from_secs(10);
const LOOK: Duration = Duration::from_millis(50);
/// Streams that may be behind at first. Where there are more, it is not a matter of moments.
const STREAMS: usize = 10_000;

/// Waits until the generation in the database `next`, which `pool` leads to, has applied everything that the
/// one in the database `live` has applied by now. Answers how many streams are still behind after a while.
pub async fn wait(pool: &MySqlPool, live: &str, next: &str) -> Result<u64, sqlx::Error> {
    let mut behind = behind(pool, live, next).await?;
    if behind.len() >= STREAMS {
        return Ok(behind.len() as u64);
    }
    let deadline = Instant::now() + PATIENCE;
    while !behind.is_empty() && Instant::now() < deadline {
        tokio::time::sleep(LOOK).await;
        behind = still_behind(pool, &behind).await?;
    }
    Ok(behind.len() as u64)
}

/// The streams that are further in `live` than in `next`, with how far they are there.
async fn behind(pool: &MySqlPool, live: &str, next: &str) -> Result<Vec<(Uuid, u64)>, sqlx::Error> {
    let select = format!(
        "SELECT l.stream_id, l.version FROM `{live}`.gate l LEFT JOIN `{next}`.gate n \
         ON n.stream_id = l.stream_id WHERE l.version > COALESCE(n.version, 0) LIMIT {STREAMS}"
    );
    let rows = sqlx::query(AssertSqlSafe(select)).fetch_all(pool).await?;
    rows.iter()
        .map(|row| Ok((row.try_get("stream_id")?, row.try_get("version")?)))
        .collect()
}

/// Those of these streams that have not reached their versions.
async fn still_behind(
    pool: &MySqlPool,
    streams: &[(Uuid, u64)],
) -> Result<Vec<(Uuid, u64)>, sqlx::Error> {
    let entries = streams.iter().map(|(stream, version)| {
        serde_json::json!({"id": stream.simple().to_string(), "version": version})
    });
    let list = serde_json::Value::Array(entries.collect()).to_string();
    let rows = sqlx::query(
        "SELECT UNHEX(s.id) AS stream_id, s.version AS version FROM JSON_TABLE(?, '$[*]' COLUMNS \
         (id CHAR(32) PATH '$.id', version BIGINT UNSIGNED PATH '$.version')) s \
         LEFT JOIN gate g FORCE INDEX (PRIMARY) ON g.stream_id = UNHEX(s.id) \
         WHERE s.version > COALESCE(g.version, 0)",
    )
    .bind(list)
    .fetch_all(pool)
    .await?;
    rows.iter()
        .map(|row| {
            let id: Vec<u8> = row.try_get("stream_id")?;
            let id = Uuid::from_slice(&id).map_err(|error| sqlx::Error::Decode(error.into()))?;
            Ok((id, row.try_get("version")?))
        })
        .collect()
}
