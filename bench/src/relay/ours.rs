use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use picup_command_svc::relay::Relay;
use picup_event_bus::{BrokerUrl, CONSUMERS, Publisher, Topology};
use picup_event_log::Outbox;
use sqlx::MySqlPool;
use tokio::{sync::Notify, task::JoinSet, time::sleep};
use tokio_util::sync::CancellationToken;

/// As many as command-svc opens.
pub const CONNECTIONS: u32 = 32;
/// As many as command-svc runs.
const RELAYS: usize = 2;
/// How often the end of the outbox is looked at.
const LOOK: Duration = Duration::from_millis(5);
/// How long draining may take.
const PATIENCE: Duration = Duration::from_mins(2);

/// Runs the relays until the outbox is empty.
pub async fn drain(pool: &MySqlPool, url: &str) -> anyhow::Result<Duration> {
    let url: BrokerUrl = url.parse()?;
    let wake = Arc::new(Notify::new());
    let stopping = CancellationToken::new();
    let mut publishers = Vec::new();
    for _ in 0..RELAYS {
        let publisher = Publisher::new(url.clone(), "relay", Topology::new(CONSUMERS));
        publisher.connected().await;
        publishers.push(Arc::new(publisher));
    }
    let start = Instant::now();
    let mut relays = JoinSet::new();
    for publisher in &publishers {
        let relay = Relay::new(Outbox::new(pool.clone()), publisher.clone(), wake.clone());
        relays.spawn(relay.run(stopping.clone()));
    }
    while !is_empty(pool).await? {
        anyhow::ensure!(start.elapsed() < PATIENCE, "the outbox does not drain");
        sleep(LOOK).await;
    }
    let took = start.elapsed();
    stopping.cancel();
    relays.join_all().await;
    for publisher in publishers {
        publisher.close().await;
    }
    Ok(took)
}

/// Looks at the end first, where rows are until the very last: a scan from the beginning would wade
/// through delete marks, and slow down what is measured.
async fn is_empty(pool: &MySqlPool) -> sqlx::Result<bool> {
    let last: Option<u64> =
        sqlx::query_scalar("SELECT position FROM outbox ORDER BY position DESC LIMIT 1")
            .fetch_optional(pool)
            .await?;
    Ok(last.is_none())
}
