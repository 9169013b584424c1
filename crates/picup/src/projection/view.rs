use std::fmt::Write as _;

use picup_proto::operations::v1::{Generation, Projection};
use serde::Serialize;

use crate::output::{date, plain, table, timestamp};

pub const HEADER: [&str; 8] = [
    "projection",
    "generation",
    "state",
    "since",
    "waiting",
    "retrying",
    "dead letters",
    "blocked",
];

/// A projection as `--json` shows it.
#[derive(Debug, Serialize)]
pub struct ProjectionView {
    projection: String,
    generations: Vec<GenerationView>,
}

/// A generation as `--json` shows it.
#[derive(Debug, Serialize)]
pub struct GenerationView {
    generation: u32,
    state: String,
    stopped: bool,
    scanned_to: u64,
    scan_end: u64,
    events_scanned: u64,
    events_per_second: f64,
    seconds_left: Option<u64>,
    started_at: String,
    state_since: String,
    drop_at: Option<String>,
    error: Option<String>,
    blocked_streams: u64,
    queues: Option<QueuesView>,
    #[serde(skip)]
    since_micros: i64,
    #[serde(skip)]
    drop_micros: i64,
}

#[derive(Debug, Serialize)]
struct QueuesView {
    waiting: u32,
    retrying: u32,
    dead_letters: u32,
    consumers: u32,
}

impl From<Projection> for ProjectionView {
    fn from(projection: Projection) -> Self {
        Self {
            projection: projection.name,
            generations: projection
                .generations
                .into_iter()
                .map(GenerationView::from)
                .collect(),
        }
    }
}

impl From<Generation> for GenerationView {
    fn from(row: Generation) -> Self {
        Self {
            generation: row.generation,
            state: row.state,
            stopped: row.stopped,
            scanned_to: row.scanned_to,
            scan_end: row.scan_end,
            events_scanned: row.events_scanned,
            events_per_second: row.events_per_second,
            seconds_left: row.seconds_left,
            started_at: timestamp(row.started_at_micros),
            state_since: timestamp(row.state_since_micros),
            drop_at: (row.drop_at_micros != 0).then(|| timestamp(row.drop_at_micros)),
            error: (!row.error.is_empty()).then_some(row.error),
            blocked_streams: row.blocked_streams,
            queues: row.queues.map(|queues| QueuesView {
                waiting: queues.waiting,
                retrying: queues.retrying,
                dead_letters: queues.dead_letters,
                consumers: queues.consumers,
            }),
            since_micros: row.state_since_micros,
            drop_micros: row.drop_at_micros,
        }
    }
}

impl ProjectionView {
    /// A line for each generation.
    pub fn rows(&self) -> Vec<Vec<String>> {
        let row = |generation: &GenerationView| {
            let depth = |of: fn(&QueuesView) -> u32| {
                let queues = generation.queues.as_ref();
                queues.map_or_else(|| "–".to_owned(), |queues| of(queues).to_string())
            };
            vec![
                self.projection.clone(),
                generation.generation.to_string(),
                generation.state_text(),
                date(generation.since_micros),
                depth(|queues| queues.waiting),
                depth(|queues| queues.retrying),
                depth(|queues| queues.dead_letters),
                generation.blocked_streams.to_string(),
            ]
        };
        self.generations.iter().map(row).collect()
    }

    /// The table, and what else there is to say of each generation.
    pub fn text(&self) -> String {
        let mut text = table(&HEADER, self.rows());
        for generation in &self.generations {
            for note in generation.notes() {
                let _ = write!(text, "\ngeneration {}: {note}", generation.generation);
            }
        }
        text
    }
}

impl GenerationView {
    fn state_text(&self) -> String {
        if self.stopped {
            format!("{}, stopped", self.state)
        } else {
            self.state.clone()
        }
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.state == "building" {
            let left = self
                .seconds_left
                .map_or_else(String::new, |seconds| format!(", about {seconds} s left"));
            notes.push(format!(
                "read up to position {} of {}, {:.0} events/s{left}",
                self.scanned_to, self.scan_end, self.events_per_second
            ));
        }
        if self.drop_micros != 0 {
            notes.push(format!(
                "dropped by itself at {} UTC",
                date(self.drop_micros)
            ));
        }
        if let Some(error) = &self.error {
            notes.push(plain(error));
        }
        notes
    }
}
