use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use sqlx::{MySqlPool, Row as _};

/// As many as a rebuild reads at once.
const PAGE: u32 = 4000;

/// Reads the log page by page, and answers how many events there were.
pub async fn scan(pool: &MySqlPool) -> anyhow::Result<(u64, Duration)> {
    let start = Instant::now();
    let (mut position, mut events) = (0_u64, 0_u64);
    loop {
        let page = sqlx::query(
            "SELECT position, stream_id, version, event_id, type, payload, metadata, recorded_at \
             FROM events WHERE position > ? ORDER BY position LIMIT ?",
        )
        .bind(position)
        .bind(PAGE)
        .fetch_all(pool)
        .await?;
        let Some(last) = page.last() else {
            return Ok((events, start.elapsed()));
        };
        position = last.try_get("position")?;
        events += page.len() as u64;
        black_box(page);
    }
}
