//! Version conflicts while one account uploads a hundred pictures at once over two processes of command-svc,
//! with and without the ledger's lock in Redis.

mod process;
mod uploads;

use std::time::Duration;

use picup::up::{Secrets, configuration::Configuration};
use picup_objects::Objects;
use picup_service::config::Reader;

use self::{process::Process, uploads::upload_all};
use crate::{
    report::Figure,
    servers::{Servers, remove},
    statistics::Pairs,
};

/// Uploads at once, half of them over each process.
const UPLOADS: u32 = 100;

/// What one round came to.
struct Round {
    conflicts: f64,
    took: Duration,
}

/// Measures with and without the lock in turns.
pub async fn measure(servers: &Servers, pairs: u32) -> anyhow::Result<Vec<Figure>> {
    eprintln!("lock: {pairs} pairs of {UPLOADS} uploads at once over two processes");
    let (mut conflicts, mut times) = (Pairs::default(), Pairs::default());
    for pair in 1..=pairs {
        let with = round(servers, &format!("bench_lock_{pair}_on"), true).await?;
        let without = round(servers, &format!("bench_lock_{pair}_off"), false).await?;
        eprintln!(
            "lock: pair {pair}: {} and {} conflicts, {:.2} and {:.2} s",
            with.conflicts,
            without.conflicts,
            with.took.as_secs_f64(),
            without.took.as_secs_f64()
        );
        // A ratio over none would say nothing.
        conflicts.add(with.conflicts, without.conflicts.max(1.0));
        times.add(with.took.as_secs_f64(), without.took.as_secs_f64());
    }
    let reached = conflicts.ours().median < conflicts.bare().median;
    let what = "version conflicts of 100 parallel uploads of one account over two processes; bare: without the lock";
    Ok(vec![
        Figure::of_pairs("lock", what, "conflicts", &conflicts).with_goal("fewer", reached),
        Figure::of_pairs(
            "lock time",
            "of the same, until all are stored",
            "s",
            &times,
        ),
    ])
}

async fn round(servers: &Servers, name: &str, locks: bool) -> anyhow::Result<Round> {
    let secrets = Secrets::generate()?;
    let nothing = std::collections::HashMap::new();
    let mut configuration = Configuration::new(servers.endpoints(), &secrets, &nothing);
    for (variable, value) in [
        ("PICUP_DATABASE", name.to_owned()),
        ("PICUP_S3_BUCKET", name.replace('_', "-")),
        ("PICUP_AMQP_URL", servers.broker_host(name)?),
        ("PICUP_LEDGER_LOCKS", locks.to_string()),
        ("PICUP_LOG", "warn".to_owned()),
    ] {
        configuration.set(variable, value);
    }
    let variables = configuration.into_variables();
    let mut reader = Reader::new(&variables);
    if let Some(settings) = picup_objects::Settings::read(&mut reader) {
        Objects::connect(&settings).await.ensure_bucket().await?;
    }
    let first = Process::start(&variables).await?;
    let second = Process::start(&variables).await?;
    let took = upload_all(&[&first.url, &second.url], UPLOADS).await?;
    let conflicts = first.conflicts().await? + second.conflicts().await?;
    first.stop().await?;
    second.stop().await?;
    let pool = servers.database(name).open(name, 1).await?;
    remove(pool, name).await?;
    Ok(Round { conflicts, took })
}
