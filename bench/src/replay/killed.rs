use std::time::{Duration, Instant};

use anyhow::Context as _;
use picup_event_types::StreamId;
use sqlx::MySqlPool;
use tokio::time::sleep;

use super::ours::Ours;
use crate::{installation::Installation, servers::Servers};

/// How long everything may take to have its effect.
const PATIENCE: Duration = Duration::from_mins(2);

/// Replays letters, kills the whole installation with SIGKILL when half of them are done, starts it again and has
/// the same selection replayed once more. Answers how many letters had their effect exactly once.
pub async fn measure(
    installation: &mut Installation,
    servers: &Servers,
    name: &str,
    broker: &str,
    letters: u32,
) -> anyhow::Result<u64> {
    let ours = Ours::prepare(installation, broker).await?;
    let streams = ours.fill(letters).await?;
    ours.wait_until_filed(letters).await?;
    let selection = ours.select(letters).await?;
    let half = u64::from(letters / 2);
    // Slowly, so that it is half done for long enough to be killed.
    let done = ours.replay_until(&selection, half, letters / 4).await?;
    installation.kill_and_start_again().await?;
    eprintln!("replay: killed after {done} letters, started again");
    let ours = Ours::prepare(installation, broker).await?;
    ours.replay_all(&selection).await?;
    let database = servers.database(&format!("{name}_album_listings_g1"));
    let pool = database.open(&database.name, 2).await?;
    let start = Instant::now();
    loop {
        let once = applied_once(&pool, &streams).await?;
        if once == u64::from(letters) || start.elapsed() > PATIENCE {
            pool.close().await;
            return Ok(once);
        }
        sleep(Duration::from_millis(200)).await;
    }
}

/// How many of these albums, of one event each, are there and stand at version 1.
async fn applied_once(pool: &MySqlPool, streams: &[StreamId]) -> anyhow::Result<u64> {
    let ids: Vec<String> = streams
        .iter()
        .map(|stream| format!("\"{}\"", stream.id.simple()))
        .collect();
    let count = sqlx::query_scalar(
        "SELECT CAST(COUNT(*) AS UNSIGNED) FROM JSON_TABLE(?, '$[*]' COLUMNS (id CHAR(32) PATH '$')) s \
         JOIN albums a ON a.album_id = UNHEX(s.id) JOIN gate g ON g.stream_id = a.album_id \
         WHERE g.version = 1",
    );
    let count = count.bind(format!("[{}]", ids.join(","))).fetch_one(pool);
    count.await.context("the read model cannot be read")
}
