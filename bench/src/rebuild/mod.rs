//! Read models built anew from the log, as projection-svc does it while it answers queries, beside nothing but
//! reading the same columns of the same log in the same pages.

mod bare;
mod fill;

use std::time::{Duration, Instant};

use crate::{
    installation::Installation,
    operator::Operator,
    report::Figure,
    servers::{Servers, remove},
    statistics::Pairs,
};

/// A rebuild takes long and is dropped again each time.
const ROUNDS: u32 = 3;
/// Both of them.
const PROJECTIONS: [(&str, &str); 2] = [
    ("album-listings", "rebuild albums"),
    ("storage-usage", "rebuild usage"),
];

/// Measures both sides in turns, for a log of so many events.
pub async fn measure(servers: &Servers, pairs: u32, events: u32) -> anyhow::Result<Vec<Figure>> {
    let rounds = pairs.min(ROUNDS);
    eprintln!("rebuild: {rounds} pairs for each read model, {events} events in the log");
    let name = "bench_rebuild";
    // Nobody has sent these events, and the trail is not to bring them while we measure.
    let variables = [("PICUP_TRAIL_SECONDS", "86400")];
    let installation = Installation::start_with(servers, name, &variables).await?;
    let pool = servers.new_log(name, 4).await?;
    let events = fill::fill(&pool, events).await?;
    let operator = Operator::of(&installation).await?;
    bare::scan(&pool).await?;
    let mut figures = Vec::new();
    for (projection, figure) in PROJECTIONS {
        let mut measured = Pairs::default();
        for round in 1..=rounds {
            let (read, took) = rebuild(&operator, projection).await?;
            anyhow::ensure!(read >= events, "{read} of {events} events were read");
            let ours = rate(read, took);
            let (read, took) = bare::scan(&pool).await?;
            let bare = rate(read, took);
            eprintln!("{figure}: pair {round}: {ours:.0} and {bare:.0} events/s");
            measured.add(ours, bare);
        }
        figures.push(Figure::of_pairs(
            figure,
            "the log into a new read model; bare: the same pages of the log, read and thrown away",
            "events/s",
            &measured,
        ));
    }
    installation.stop().await?;
    remove(pool, name).await?;
    Ok(figures)
}

/// Builds the next generation, drops it again, and answers how many events were read and how long it took from the
/// operator's command until all of them were applied.
async fn rebuild(operator: &Operator, projection: &str) -> anyhow::Result<(u64, Duration)> {
    let start = Instant::now();
    let generation = operator.build(projection).await?;
    let took = start.elapsed();
    let read = operator.events_read(projection, generation).await?;
    operator.drop(projection, generation).await?;
    Ok((read, took))
}

#[expect(clippy::cast_precision_loss, reason = "a rate")]
fn rate(events: u64, took: Duration) -> f64 {
    events as f64 / took.as_secs_f64()
}
