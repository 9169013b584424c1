use std::time::Duration;

use sqlx::{Executor as _, MySqlPool};
use tokio::time::{sleep, timeout};

use super::{Site, between};
use crate::dice::Dice;

/// How long the replica may take to do as it is told.
const LIMIT: Duration = Duration::from_secs(10);

/// The replica receives everything and applies nothing for a while, and then catches up.
pub async fn lag(site: &Site, dice: &mut Dice) -> anyhow::Result<String> {
    let replica = site.installation.replica("")?;
    timeout(LIMIT, replica.execute("STOP SLAVE SQL_THREAD")).await??;
    sleep(between(dice, 1000, 4000)).await;
    let behind = behind(site, &replica).await;
    // Whatever came of it, it is not left like this.
    timeout(LIMIT, replica.execute("START SLAVE SQL_THREAD")).await??;
    replica.close().await;
    let behind = behind?;
    anyhow::ensure!(behind > 0, "the primary did not get ahead of it");
    Ok(format!("the replica was {behind} events behind"))
}

async fn behind(site: &Site, replica: &MySqlPool) -> anyhow::Result<u64> {
    let primary = site.installation.database("").await?;
    let ahead = newest(&primary).await?;
    primary.close().await;
    Ok(ahead.saturating_sub(newest(replica).await?))
}

async fn newest(pool: &MySqlPool) -> anyhow::Result<u64> {
    let newest =
        sqlx::query_scalar("SELECT CAST(COALESCE(MAX(position), 0) AS UNSIGNED) FROM events");
    Ok(timeout(LIMIT, newest.fetch_one(pool)).await??)
}
