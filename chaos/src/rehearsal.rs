//! One run from its beginning to its verdict.

use std::{path::Path, sync::Arc, time::Duration};

use picup_event_bus::{CONSUMERS, ConsumerSpec};
use tokio::time::sleep;

use crate::{
    Kind, Options, Report, Sabotage, Violation,
    book::{Book, Entry, Outcome},
    dice::Dice,
    faults::{Site, drop_outbox_row},
    installation::{self, Installation},
    invariants::{self, History},
    load::Load,
    metrics::Metrics,
    report::Deliveries,
    schedule::{self, Diary},
};

/// Time for the load to get going before the first fault.
const WARM_UP: Duration = Duration::from_secs(2);

/// Runs it all. An error is trouble of the rig itself; what the installation did wrong is in the report.
pub async fn run(options: &Options) -> anyhow::Result<Report> {
    let folder = installation::folder(options)?;
    let installation = Arc::new(Installation::start(options, &folder).await?);
    let report = rehearse(options, &folder, &installation).await;
    installation.end();
    report
}

async fn rehearse(
    options: &Options,
    folder: &Path,
    installation: &Arc<Installation>,
) -> anyhow::Result<Report> {
    let metrics = Arc::new(Metrics::default());
    let gathering = tokio::spawn(metrics.clone().gather(installation.clone()));
    let load = Load::new(installation.gateway, options.seed, Book::open(folder)?)?;
    let site = Arc::new(Site::new(installation.clone()));
    let working = tokio::spawn(load.clone().run());
    sleep(WARM_UP).await;
    let kinds = if options.kinds.is_empty() {
        Kind::ALL.to_vec()
    } else {
        options.kinds.clone()
    };
    let (seed, duration) = (options.seed, options.duration);
    let diary = schedule::run(&site, &load, seed, &kinds, duration, options.least()).await;
    if options.sabotage == Some(Sabotage::DropOutboxRow) {
        let stream = drop_outbox_row(&site, &mut Dice::new(options.seed, "sabotage")).await?;
        eprintln!("chaos: the outbox row of album/{stream} was dropped");
    }
    load.end();
    working.await?;
    installation.heal_lines();
    installation.wait_until_ready().await?;

    let (settled, restless) = invariants::settle(&site, options.patience).await?;
    gathering.abort();
    metrics.read(installation).await;
    let entries = load.book.entries();
    let (broken, history) = invariants::check(&site, &entries).await?;
    let mut violations: Vec<Violation> = too_rare(&kinds, &diary, options.least());
    violations.extend(broken);
    // Last, since the others say more exactly what is left.
    violations.extend(restless);
    let traces = site.traces().clone();
    let mut report = Report {
        seconds: options.duration.as_secs(),
        seed: options.seed,
        events: history.events,
        faults: Report::faults_of(&diary.attempts()),
        deliveries: CONSUMERS
            .map(|consumer| deliveries(consumer, &metrics, &history))
            .into(),
        published: metrics.sum("picup_relay_events_total", &[]),
        settled_seconds: settled.as_secs_f64(),
        unrouted: traces.unrouted,
        violations,
        folder: folder.to_owned(),
        ..Report::default()
    };
    count_commands(&mut report, &entries);
    for (_, process) in &installation.services {
        let name = || process.launch.name.clone();
        report.peak_bytes.insert(name(), process.peak_bytes());
        report
            .ended_by_themselves
            .insert(name(), process.ended_by_itself());
    }
    Ok(report)
}

/// A run in which a fault did not happen proves nothing about it.
fn too_rare(kinds: &[Kind], diary: &Diary, least: usize) -> Vec<Violation> {
    let rare = kinds.iter().filter(|kind| diary.happened(**kind) < least);
    rare.map(|kind| {
        let detail = format!("it was seen {} times of {least}", diary.happened(*kind));
        Violation::new("every fault happened", kind, detail)
    })
    .collect()
}

fn count_commands(report: &mut Report, entries: &[Entry]) {
    for entry in entries {
        match entry.outcome {
            Outcome::Acknowledged(_) => report.acknowledged += 1,
            Outcome::Refused(_) => report.refused += 1,
            Outcome::Unknown(_) => report.unknown += 1,
        }
        report.sent_again += u64::from(entry.tries.saturating_sub(1));
    }
}

fn deliveries(consumer: ConsumerSpec, metrics: &Metrics, history: &History) -> Deliveries {
    let follows = |routing_key: &str| {
        consumer
            .bindings
            .iter()
            .any(|binding| match binding.strip_suffix('*') {
                Some(prefix) => routing_key.starts_with(prefix),
                None => *binding == routing_key,
            })
    };
    let events = history
        .streams
        .values()
        .flatten()
        .filter(|event| follows(&event.routing_key));
    let events = events.count();
    let queue = consumer.work_queue();
    let label = format!("consumer=\"{queue}\"");
    let handled = metrics.sum(
        "picup_consumer_messages_total",
        &[&label, "outcome=\"done\""],
    );
    let expected = u32::try_from(events).map_or(f64::MAX, f64::from);
    Deliveries {
        consumer: queue,
        handled,
        events: events as u64,
        duplicate_rate: (handled / expected.max(1.0) - 1.0).max(0.0),
    }
}
