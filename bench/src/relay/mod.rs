//! The outbox drained into the bus: the relays as command-svc runs them, beside a bare publisher that has
//! all messages in memory already.

mod bare;
mod broker;
mod fill;
mod ours;

use std::time::Duration;

use crate::{
    report::Figure,
    servers::{Servers, remove},
    statistics::Pairs,
};

use broker::Broker;

/// Events in the outbox at the beginning of each round.
const EVENTS: u32 = 20_000;

/// Measures both sides in turns.
pub async fn measure(servers: &Servers, pairs: u32) -> anyhow::Result<Vec<Figure>> {
    eprintln!("relay: {pairs} pairs of {EVENTS} events each, into two quorum queues");
    let url = servers.broker_host("bench_relay")?;
    let broker = Broker::connect(&url).await?;
    // The first round of each side only warms up.
    round(servers, &url, &broker).await?;
    let mut measured = Pairs::default();
    for pair in 1..=pairs {
        let (ours, bare) = round(servers, &url, &broker).await?;
        eprintln!("relay: pair {pair}: {ours:.0} and {bare:.0} events/s");
        measured.add(ours, bare);
    }
    let figure = Figure::of_pairs(
        "relay",
        "20,000 events, outbox to two quorum queues; bare: a publisher, 1000 unconfirmed",
        "events/s",
        &measured,
    );
    let reached = measured.ratio().median >= 0.7;
    Ok(vec![figure.with_goal("ratio ≥ 0.7", reached)])
}

/// Events a second of both sides, for the same events.
async fn round(servers: &Servers, url: &str, broker: &Broker) -> anyhow::Result<(f64, f64)> {
    let name = "bench_relay";
    let pool = servers.new_log(name, ours::CONNECTIONS).await?;
    fill::fill(&pool, EVENTS).await?;
    let messages = fill::messages(&pool, EVENTS).await?;

    let ours = ours::drain(&pool, url).await?;
    broker.empty(EVENTS).await?;
    let bare = bare::publish(broker, &messages).await?;
    broker.empty(EVENTS).await?;

    remove(pool, name).await?;
    Ok((rate(ours), rate(bare)))
}

fn rate(took: Duration) -> f64 {
    f64::from(EVENTS) / took.as_secs_f64()
}
