use std::{
    io::{self, IsTerminal as _},
    time::Duration,
};

use indicatif::{ProgressBar, ProgressStyle};
use picup_proto::operations::v1::Generation;
use serde::Serialize;
use tokio::time::Instant;

use super::{RebuildArgs, next, view::GenerationView};
use crate::{Context, Error, ErrorKind, Result, client::Client, output::plain, retry::Patience};

/// How often progress is asked for.
const LOOK: Duration = Duration::from_millis(500);
/// How often a line is printed where there is no terminal for a bar.
const LINE_EVERY: Duration = Duration::from_secs(5);

#[derive(Serialize)]
struct RebuildView<'a> {
    projection: &'a str,
    #[serde(flatten)]
    generation: GenerationView,
}

/// Runs `picup projection rebuild`.
pub async fn run(arguments: RebuildArgs, context: &Context) -> Result<()> {
    let client = context.client()?;
    let projection = arguments.projection.as_str();
    let under_way = async || {
        let known = client.projection(projection, false).await?;
        next(&known).map(|row| row.generation)
    };
    let generation = if arguments.stop {
        let generation = under_way().await?;
        client.stop_rebuild(projection, generation).await?;
        generation
    } else if arguments.resume {
        let generation = under_way().await?;
        client.resume_rebuild(projection, generation).await?;
        generation
    } else if arguments.watch {
        under_way().await?
    } else {
        client.start_rebuild(projection).await?
    };
    let row = if arguments.stop || arguments.detach {
        look(client, projection, generation).await?
    } else {
        watch(client, projection, generation).await?
    };
    let text = said(&row, projection);
    let view = RebuildView {
        projection,
        generation: row.into(),
    };
    context.output.data(&view, || text)
}

fn said(row: &Generation, projection: &str) -> String {
    let generation = row.generation;
    match (row.state.as_str(), row.stopped) {
        ("ready", _) => format!(
            "generation {generation} of {projection} is ready: {} events read; now `picup projection compare {projection}`",
            row.events_scanned
        ),
        ("building", true) => format!(
            "generation {generation} of {projection} is stopped at position {}; --resume goes on",
            row.scanned_to
        ),
        (state, _) => format!("generation {generation} of {projection} is {state}"),
    }
}

/// One generation as it is now.
async fn look(client: &Client, projection: &str, generation: u32) -> Result<Generation> {
    let mut known = client.projection(projection, true).await?;
    known.generations.retain(|row| row.generation == generation);
    known.generations.pop().ok_or_else(|| {
        let message = format!("{projection} has no generation {generation}");
        Error::new(ErrorKind::NotFound, message)
    })
}

/// Shows progress until it is ready, stopped, or something else than a rebuild.
async fn watch(client: &Client, projection: &str, generation: u32) -> Result<Generation> {
    // The build goes on while a server restarts; so does the watching.
    let client = client.with_patience(Patience::LONG);
    let progress = Progress::new();
    let mut line_at = Instant::now();
    let mut noted = String::new();
    loop {
        let row = look(&client, projection, generation).await?;
        if row.stopped || !matches!(row.state.as_str(), "building" | "draining") {
            progress.bar.finish_and_clear();
            return Ok(row);
        }
        progress.show(&row);
        if !progress.terminal && line_at.elapsed() >= LINE_EVERY {
            line_at = Instant::now();
            eprintln!("picup: {}", line(&row));
        }
        if row.error != noted {
            noted.clone_from(&row.error);
            let note = plain(&noted);
            progress.bar.suspend(|| eprintln!("picup: {note}"));
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// A bar on standard error, where that is a terminal.
struct Progress {
    bar: ProgressBar,
    terminal: bool,
}

impl Progress {
    fn new() -> Self {
        let terminal = io::stderr().is_terminal();
        let bar = if terminal {
            ProgressBar::no_length()
        } else {
            ProgressBar::hidden()
        };
        if let Ok(style) = ProgressStyle::with_template("{wide_bar} {percent} %, {msg}") {
            bar.set_style(style);
        }
        Self { bar, terminal }
    }

    fn show(&self, row: &Generation) {
        self.bar.set_length(row.scan_end.max(row.scanned_to).max(1));
        self.bar.set_position(row.scanned_to);
        self.bar.set_message(line(row));
    }
}

fn line(row: &Generation) -> String {
    if row.state == "draining" {
        let waiting = row.queues.map_or(0, |queues| queues.waiting);
        return format!("the log is read; {waiting} messages wait in the queue");
    }
    let left = row
        .seconds_left
        .map_or_else(|| "?".to_owned(), |seconds| seconds.to_string());
    format!(
        "{} events, {:.0} events/s, {left} s left",
        row.events_scanned, row.events_per_second
    )
}
