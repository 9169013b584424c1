//! How long it takes from a command's answer until its effect can be read, at a steady rate, beside the
//! least that any such way costs: one message through a quorum queue and one row committed.

mod bare;
mod ours;
mod person;
mod watch;

use std::time::Duration;

use crate::{
    installation::Installation,
    report::Figure,
    servers::Servers,
    statistics::{Pairs, percentile},
};

/// Commands a second.
const RATE: u32 = 200;
/// How long one measurement takes.
const ROUND: Duration = Duration::from_secs(4);
/// How long each side runs before anything is measured.
const WARM_UP: Duration = Duration::from_secs(2);

/// Measures both sides in turns.
pub async fn measure(servers: &Servers, pairs: u32) -> anyhow::Result<Vec<Figure>> {
    eprintln!("latency: {pairs} pairs of {ROUND:?} each, {RATE} commands/s");
    let name = "bench_latency";
    let installation = Installation::start(servers, name).await?;
    let ours = ours::Ours::prepare(servers, name, &installation.url).await?;
    let mut bare = bare::Bare::prepare(servers).await?;
    ours.round(WARM_UP).await?;
    bare.round(WARM_UP).await?;

    let mut measured = [Pairs::default(), Pairs::default(), Pairs::default()];
    for pair in 1..=pairs {
        let ours = ours.round(ROUND).await?;
        let bare = bare.round(ROUND).await?;
        for (pairs, percent) in measured.iter_mut().zip([50, 95, 99]) {
            pairs.add(percentile(&ours, percent), percentile(&bare, percent));
        }
        eprintln!(
            "latency: pair {pair}: p50 {:.2} and {:.2} ms",
            percentile(&ours, 50),
            percentile(&bare, 50)
        );
    }
    installation.stop().await?;

    let [p50, p95, p99] = &measured;
    let reached = p50.ours().median <= 10.0;
    let what = "RenameAlbum answered until it is in the read model; bare: publish, confirm, deliver, commit";
    Ok(vec![
        Figure::of_pairs("latency p50", what, "ms", p50).with_goal("p50 ≤ 10 ms", reached),
        Figure::of_pairs("latency p95", "of the same", "ms", p95),
        Figure::of_pairs("latency p99", "of the same", "ms", p99),
    ])
}

/// The pause between two commands.
fn pause() -> Duration {
    Duration::from_secs(1) / RATE
}

/// How many commands fit into a time.
fn commands_in(length: Duration) -> usize {
    usize::try_from(length.as_millis() / pause().as_millis()).unwrap_or_default()
}
