//! What must hold when everything is healed and at rest: the log against the book of commands, everything else
//! against the log.

mod bus;
pub mod log;
mod objects;
mod read_models;
mod rebuilt;
mod replica;
mod settle;
mod sums;

use serde::Serialize;

pub use log::History;
pub use settle::settle;

use crate::{book::Entry, faults::Site, memory};

/// Something that must hold and does not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// Which invariant.
    pub invariant: &'static str,
    /// The stream, command, queue or process.
    pub subject: String,
    /// What is wrong.
    pub detail: String,
}

impl Violation {
    pub(crate) fn new(
        invariant: &'static str,
        subject: impl ToString,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            invariant,
            subject: subject.to_string(),
            detail: detail.into(),
        }
    }
}

/// Checks everything, and answers what does not hold and the history that it was checked against.
pub async fn check(site: &Site, entries: &[Entry]) -> anyhow::Result<(Vec<Violation>, History)> {
    let pool = site.installation.database("").await?;
    let history = History::read(&pool).await?;
    let mut violations = log::versions(&history);
    violations.extend(log::commands(&history, entries));
    violations.extend(bus::outbox(&pool).await?);
    violations.extend(read_models::check(site, &history).await?);
    violations.extend(replica::check(site).await?);
    violations.extend(objects::check(site, &history).await?);
    violations.extend(bus::queues(site).await?);
    violations.extend(bus::letters(site).await?);
    for (_, process) in &site.installation.services {
        let peak = process.peak_bytes();
        if peak > memory::LIMIT {
            let detail = format!("needed {} MB at its peak", peak / 1024 / 1024);
            violations.push(Violation::new(
                "memory bounded",
                &process.launch.name,
                detail,
            ));
        }
    }
    pool.close().await;
    // A build that is broken on purpose could not even be rebuilt.
    if violations.is_empty() {
        violations.extend(rebuilt::check(site).await?);
    }
    Ok((violations, history))
}
