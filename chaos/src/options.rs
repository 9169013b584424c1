use std::{path::PathBuf, time::Duration};

use crate::Kind;

/// What a run is to do.
#[derive(Clone, Debug)]
pub struct Options {
    /// How long load and faults go on. Afterwards everything is healed, waited for and checked.
    pub duration: Duration,
    /// Chooses the load and the order of the faults.
    pub seed: u64,
    /// The faults to do; all of them if none is named.
    pub kinds: Vec<Kind>,
    /// Where the services' binaries are.
    pub binaries: PathBuf,
    /// Where logs and the book of commands are kept; a new folder for temporary files if none is named.
    pub folder: Option<PathBuf>,
    /// Breaks something on purpose, to see that it is caught.
    pub sabotage: Option<Sabotage>,
    /// How long everything may take to come to rest at the end: longer than the longest time for a retry.
    pub patience: Duration,
}

impl Options {
    /// How often each fault has to happen: once every two minutes, and once in any case.
    pub fn least(&self) -> usize {
        usize::try_from(self.duration.as_secs() / 120)
            .unwrap_or(usize::MAX)
            .max(1)
    }

    /// A run with all kinds of faults, on the binaries beside this process's own.
    pub fn new(duration: Duration, seed: u64) -> Self {
        Self {
            duration,
            seed,
            kinds: Vec::new(),
            binaries: beside_this_process(),
            folder: None,
            sabotage: None,
            patience: Duration::from_mins(12),
        }
    }
}

/// A mistake made on purpose. The first two need services that were built with debug assertions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sabotage {
    /// projection-svc applies events without looking at their versions.
    SkipGate,
    /// Consumers ack a message before they have handled it.
    AckEarly,
    /// One row of the outbox is deleted before the relay has seen it.
    DropOutboxRow,
}

impl Sabotage {
    /// What the services are told.
    pub(crate) fn variable(self) -> Option<&'static str> {
        match self {
            Self::SkipGate => Some("skip-gate"),
            Self::AckEarly => Some("ack-early"),
            Self::DropOutboxRow => None,
        }
    }
}

/// Tests lie one folder deeper than the binaries.
fn beside_this_process() -> PathBuf {
    let mut folder = std::env::current_exe().unwrap_or_default();
    folder.pop();
    if folder.ends_with("deps") {
        folder.pop();
    }
    folder
}
