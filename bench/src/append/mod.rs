//! Commands appended to the log: grouped as command-svc does it, beside a transaction per command.

mod bare;
mod ours;

use std::time::{Duration, Instant};

use crate::{
    report::Figure,
    servers::{Servers, remove},
    statistics::Pairs,
};

/// Clients that append at the same time, each to a stream of its own.
const CLIENTS: usize = 64;
/// How long one measurement takes.
const ROUND: Duration = Duration::from_secs(4);
/// How long each side runs before anything is measured.
const WARM_UP: Duration = Duration::from_secs(1);

/// Who appends.
#[derive(Clone, Copy, Debug)]
enum Side {
    Ours,
    Bare,
}

/// Measures both sides in turns.
pub async fn measure(servers: &Servers, pairs: u32) -> anyhow::Result<Vec<Figure>> {
    eprintln!("append: {pairs} pairs of {ROUND:?} each, {CLIENTS} clients");
    for side in [Side::Ours, Side::Bare] {
        round(servers, side, WARM_UP).await?;
    }
    let mut measured = Pairs::default();
    for pair in 1..=pairs {
        let ours = round(servers, Side::Ours, ROUND).await?;
        let bare = round(servers, Side::Bare, ROUND).await?;
        eprintln!("append: pair {pair}: {ours:.0} and {bare:.0} commands/s");
        measured.add(ours, bare);
    }
    let figure = Figure::of_pairs(
        "append",
        "64 clients, one event a command; bare: a transaction per command",
        "commands/s",
        &measured,
    );
    let reached = measured.ratio().median >= 2.0;
    Ok(vec![figure.with_goal("ratio ≥ 2", reached)])
}

/// Appends for a while into an empty log, and answers how many commands a second were durable.
async fn round(servers: &Servers, side: Side, length: Duration) -> anyhow::Result<f64> {
    let name = "bench_append";
    let connections = match side {
        Side::Ours => ours::CONNECTIONS,
        Side::Bare => bare::CONNECTIONS,
    };
    let pool = servers.new_log(name, connections).await?;
    let (appended, took) = match side {
        Side::Ours => ours::append(&pool, length).await?,
        Side::Bare => bare::append(&pool, length).await?,
    };
    check(&pool, appended).await?;
    remove(pool, name).await?;
    Ok(f64::from(appended) / took.as_secs_f64())
}

/// Both sides must have left what they say they did: as many events, each with its outbox row.
async fn check(pool: &sqlx::MySqlPool, appended: u32) -> anyhow::Result<()> {
    let (events, outbox): (i64, i64) =
        sqlx::query_as("SELECT (SELECT COUNT(*) FROM events), (SELECT COUNT(*) FROM outbox)")
            .fetch_one(pool)
            .await?;
    let appended = i64::from(appended);
    anyhow::ensure!(
        (events, outbox) == (appended, appended),
        "{appended} commands left {events} events and {outbox} outbox rows"
    );
    Ok(())
}

/// Adds up what the clients did until the last of them had its answer.
async fn all(
    clients: tokio::task::JoinSet<anyhow::Result<u32>>,
    start: Instant,
) -> anyhow::Result<(u32, Duration)> {
    let counts: Vec<_> = clients.join_all().await;
    let took = start.elapsed();
    let counts: Vec<u32> = counts.into_iter().collect::<anyhow::Result<_>>()?;
    Ok((counts.iter().sum(), took))
}
