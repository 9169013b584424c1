use std::{sync::Arc, time::Duration};

use anyhow::Context as _;
use sqlx::{MySqlPool, Row as _};
use tokio::time::{Instant, sleep};

use super::{Site, between};
use crate::{
    Target,
    dice::Dice,
    processes::{self, Process},
};

const READY_LIMIT: Duration = Duration::from_mins(1);
/// The read model whose rows are locked to catch its projection in the middle.
const READ_MODEL: &str = "_album_listings_g1";

/// Kills one instance and waits until it is there again.
pub async fn kill(site: &Site, target: Target, dice: &mut Dice) -> anyhow::Result<String> {
    let process = one_of(site, target, dice)?;
    let pid = process.kill(between(dice, 200, 1200)).await?;
    wait_until_started(&process, pid).await?;
    Ok(format!("{} (process {pid}) was gone", process.launch.name))
}

/// Stops one instance in its tracks for a while.
pub async fn suspend(site: &Site, target: Target, dice: &mut Dice) -> anyhow::Result<String> {
    let process = one_of(site, target, dice)?;
    let pid = process
        .pid()
        .with_context(|| format!("{} does not run", target.name()))?;
    let pause = between(dice, 1000, 3000);
    processes::suspend(pid, pause).await?;
    Ok(format!(
        "{} (process {pid}) was in state T for {pause:?}",
        process.launch.name
    ))
}

/// Locks the rows that the projection wants, waits until it waits for them, and kills it there: messages are
/// in its hands and nothing is committed.
pub async fn kill_mid_transaction(site: &Site) -> anyhow::Result<String> {
    let pool = site.installation.database(READ_MODEL).await?;
    let mut lock = pool.begin().await?;
    let rows = sqlx::query("SELECT version FROM gate FOR UPDATE")
        .fetch_all(&mut *lock)
        .await?;
    let waiting = wait_for_lock(&pool).await;
    // Long enough for more messages to arrive behind the first, short enough for the lock wait's limit.
    sleep(Duration::from_secs(1)).await;
    let mut killed = Vec::new();
    for process in site.installation.instances(Target::Projection) {
        let pid = process.kill(Duration::from_millis(300)).await;
        killed.push((process, pid));
    }
    lock.rollback().await?;
    pool.close().await;
    let count = killed.len();
    for (process, pid) in killed {
        wait_until_started(&process, pid?).await?;
    }
    waiting?;
    Ok(format!(
        "{count} instances were killed while they waited for {} locked rows",
        rows.len()
    ))
}

async fn wait_for_lock(pool: &MySqlPool) -> anyhow::Result<()> {
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(8) {
        // Put together so that it does not find itself.
        let row = sqlx::query(
            "SELECT COUNT(*) FROM information_schema.processlist \
             WHERE info LIKE CONCAT('%STRAIGHT_JOIN ', 'gate g%FOR UPDATE')",
        )
        .fetch_one(pool)
        .await?;
        if row.try_get::<i64, _>(0)? > 0 {
            return Ok(());
        }
        sleep(Duration::from_millis(20)).await;
    }
    anyhow::bail!("the projection did not come to wait for the rows")
}

fn one_of(site: &Site, target: Target, dice: &mut Dice) -> anyhow::Result<Arc<Process>> {
    let mut instances = site.installation.instances(target);
    anyhow::ensure!(
        !instances.is_empty(),
        "{} is not part of this",
        target.name()
    );
    Ok(instances.swap_remove(dice.place(instances.len())))
}

/// A service that does not find its servers at its start ends and is started again, so this may take a while.
async fn wait_until_started(process: &Process, before: u32) -> anyhow::Result<()> {
    let start = Instant::now();
    while process.pid().is_none_or(|pid| pid == before) || !process.is_ready().await {
        let name = &process.launch.name;
        anyhow::ensure!(start.elapsed() < READY_LIMIT, "{name} does not come back");
        sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}
