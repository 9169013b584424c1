use std::{collections::BTreeMap, fmt, path::PathBuf, time::Duration};

use comfy_table::{Table, presets::NOTHING};
use serde::Serialize;

use crate::{Violation, schedule::Attempt};

/// What a run did and found.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// How long load and faults went on.
    pub seconds: u64,
    /// The seed.
    pub seed: u64,
    /// Commands by their outcome.
    pub acknowledged: usize,
    /// Refused by a rule.
    pub refused: usize,
    /// Without a clear answer.
    pub unknown: usize,
    /// Sendings beyond the first.
    pub sent_again: u64,
    /// Events in the log.
    pub events: u64,
    /// By kind.
    pub faults: Vec<FaultReport>,
    /// By consumer.
    pub deliveries: Vec<Deliveries>,
    /// Publications that the relays had confirmed, over the events in the log.
    pub published: f64,
    /// The most memory of each process, in bytes.
    pub peak_bytes: BTreeMap<String, u64>,
    /// How often each process ended though nobody had killed it.
    pub ended_by_themselves: BTreeMap<String, u32>,
    /// From the end of load and faults until nothing was left to do.
    pub settled_seconds: f64,
    /// Events that lay unrouted when it was looked.
    pub unrouted: u64,
    /// What does not hold, the first first.
    pub violations: Vec<Violation>,
    /// Where logs and the book of commands are.
    pub folder: PathBuf,
}

/// One kind of fault.
#[derive(Clone, Debug, Serialize)]
pub struct FaultReport {
    /// Which.
    pub kind: String,
    /// How often it was seen to happen.
    pub happened: usize,
    /// How often it was tried and not seen.
    pub missed: usize,
    /// From its end until a change went the whole way again; half of the recoveries were faster.
    pub recovery_median_ms: Option<u128>,
    /// The slowest.
    pub recovery_slowest_ms: Option<u128>,
    /// Recoveries that took too long to be waited for, mostly since something else was broken by then.
    pub recovery_not_seen: usize,
    /// What was seen of the last one.
    pub seen: String,
    /// Why the last one that was missed was missed.
    pub why_missed: Option<String>,
}

/// One consumer.
#[derive(Clone, Debug, Serialize)]
pub struct Deliveries {
    /// Its queue.
    pub consumer: String,
    /// Messages that it was done with, as far as its processes could still tell.
    pub handled: f64,
    /// Events that it follows.
    pub events: u64,
    /// Deliveries beyond the first, as a share of the events.
    pub duplicate_rate: f64,
}

impl Report {
    /// Whether everything holds.
    pub fn holds(&self) -> bool {
        self.violations.is_empty()
    }

    /// Sums up attempts by kind.
    pub(crate) fn faults_of(attempts: &[Attempt]) -> Vec<FaultReport> {
        let mut names: Vec<String> = attempts
            .iter()
            .map(|attempt| attempt.kind.to_string())
            .collect();
        names.sort_unstable();
        names.dedup();
        names
            .into_iter()
            .map(|name| fault(name, attempts))
            .collect()
    }
}

fn fault(kind: String, attempts: &[Attempt]) -> FaultReport {
    let of_kind: Vec<&Attempt> = attempts
        .iter()
        .filter(|attempt| attempt.kind.to_string() == kind)
        .collect();
    let happened: Vec<&&Attempt> = of_kind
        .iter()
        .filter(|attempt| attempt.seen.is_ok())
        .collect();
    let mut recoveries: Vec<Duration> = happened
        .iter()
        .filter_map(|attempt| attempt.recovery)
        .collect();
    recoveries.sort_unstable();
    FaultReport {
        kind,
        happened: happened.len(),
        missed: of_kind.len() - happened.len(),
        recovery_median_ms: recoveries
            .get(recoveries.len() / 2)
            .map(Duration::as_millis),
        recovery_slowest_ms: recoveries.last().map(Duration::as_millis),
        recovery_not_seen: happened.len() - recoveries.len(),
        seen: happened
            .last()
            .and_then(|last| last.seen.clone().ok())
            .unwrap_or_default(),
        why_missed: of_kind
            .iter()
            .rev()
            .find_map(|attempt| attempt.seen.clone().err()),
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{} s of chaos, seed {}", self.seconds, self.seed)?;
        writeln!(
            formatter,
            "{} commands acknowledged, {} refused, {} unclear, {} sent again; {} events",
            self.acknowledged, self.refused, self.unknown, self.sent_again, self.events
        )?;
        let mut table = Table::new();
        table.load_style(NOTHING);
        table.set_header([
            "fault",
            "happened",
            "missed",
            "recovery ms: half",
            "slowest",
            "not seen",
            "last seen",
        ]);
        for fault in &self.faults {
            let shown = |time: Option<u128>| time.map_or_else(String::new, |time| time.to_string());
            let last = fault.why_missed.clone().filter(|_| fault.happened == 0);
            table.add_row([
                fault.kind.clone(),
                fault.happened.to_string(),
                fault.missed.to_string(),
                shown(fault.recovery_median_ms),
                shown(fault.recovery_slowest_ms),
                fault.recovery_not_seen.to_string(),
                last.unwrap_or_else(|| fault.seen.clone()),
            ]);
        }
        writeln!(formatter, "{table}")?;
        for one in &self.deliveries {
            writeln!(
                formatter,
                "{}: {} messages done for {} events, {:.1} % twice",
                one.consumer,
                one.handled,
                one.events,
                one.duplicate_rate * 100.0
            )?;
        }
        writeln!(
            formatter,
            "published {} times; {} had found no queue",
            self.published, self.unrouted
        )?;
        for (name, bytes) in &self.peak_bytes {
            let ended = self.ended_by_themselves.get(name).copied().unwrap_or(0);
            writeln!(
                formatter,
                "{name}: {} MB at most, ended {ended} times by itself",
                bytes / 1024 / 1024
            )?;
        }
        writeln!(
            formatter,
            "at rest after {:.1} s; logs in {}",
            self.settled_seconds,
            self.folder.display()
        )?;
        if self.violations.is_empty() {
            return writeln!(formatter, "ALL INVARIANTS HOLD");
        }
        writeln!(
            formatter,
            "{} VIOLATIONS, the first ones:",
            self.violations.len()
        )?;
        for violation in self.violations.iter().take(10) {
            writeln!(
                formatter,
                "  {}: {}: {}",
                violation.invariant, violation.subject, violation.detail
            )?;
        }
        Ok(())
    }
}
