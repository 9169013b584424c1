//! Dead letters replayed, beside the broker's own plugin that moves as many of the same messages to the same
//! queue. The consumer works on them in both cases.

mod killed;
mod ours;
mod shovel;

use std::time::Duration;

use crate::{
    installation::Installation,
    report::Figure,
    servers::Servers,
    statistics::{Pairs, Spread},
};

/// Messages of each round.
const LETTERS: u32 = 10_000;
const NAME: &str = "bench_replay";

/// Measures both sides in turns.
pub async fn measure(servers: &Servers, pairs: u32) -> anyhow::Result<Vec<Figure>> {
    eprintln!("replay: {pairs} pairs of {LETTERS} dead letters each");
    let mut installation = Installation::start(servers, NAME).await?;
    let url = servers.broker_host(NAME)?;
    let ours = ours::Ours::prepare(&installation, &url).await?;
    let shovel = shovel::Shovel::prepare(&url).await?;
    let mut measured = Pairs::default();
    let mut groups = Vec::new();
    for pair in 1..=pairs {
        let round = ours.round(LETTERS).await?;
        let bare = shovel.round(servers, NAME, LETTERS).await?;
        measured.add(rate(round.replay), rate(bare));
        groups.push(round.groups.as_secs_f64() * 1000.0);
        eprintln!(
            "replay: pair {pair}: {:.0} and {:.0} letters/s, groups in {:?}",
            rate(round.replay),
            rate(bare),
            round.groups
        );
    }
    let once = killed::measure(&mut installation, servers, NAME, &url, LETTERS).await?;
    installation.stop().await?;
    let what =
        "10,000 dead letters to their consumer's queue; bare: the broker's shovel, on-confirm";
    let reached = measured.ratio().median >= 1.0;
    let groups = Spread::of(&groups);
    Ok(vec![
        Figure::of_pairs("replay", what, "letters/s", &measured).with_goal("ratio ≥ 1", reached),
        Figure::alone(
            "groups",
            "`picup dlq groups` of 10,000 letters",
            "ms",
            groups,
        )
        .with_goal("≤ 1 s", groups.median <= 1000.0),
        Figure::alone(
            "killed",
            "effects, exactly once each, of 10,000 letters: kill -9 half way, run again",
            "letters",
            Spread::of(&[f64::from(u32::try_from(once)?)]),
        )
        .with_goal("10,000", once == u64::from(LETTERS)),
    ])
}

fn rate(took: Duration) -> f64 {
    f64::from(LETTERS) / took.as_secs_f64()
}
