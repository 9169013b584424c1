//! Figures: ours beside the bare thing, in the same run and on the same servers, in pairs that take
//! turns. What counts is the ratio of a pair, because machines differ and are noisy; nothing here fails
//! because a machine is slow.
//!
//! It never changes what it measures: the log, the relay and the whole system are those that run in
//! production. Start reading at [`append::measure`].

mod append;
mod history;
mod import;
mod installation;
mod latency;
mod lock;
mod memory;
mod operator;
mod purge;
mod rebuild;
mod relay;
mod replay;
mod report;
mod sample;
mod servers;
mod statistics;
mod thumbnails;
mod urls;
mod web;

use clap::{Parser, ValueEnum};
use tokio::signal::unix::{SignalKind, signal};

use crate::{report::Report, servers::Servers};

/// The binaries that run in production have the same one.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How often ours and the bare thing are measured, in turns.
const PAIRS: u32 = 5;

/// Measure Pic-up beside the bare thing: pairs in turns, on private servers, in one run
#[derive(Debug, Parser)]
#[command(
    name = "picup-bench",
    after_long_help = "\
Examples:
  make bench
  picup-bench --only relay
  picup-bench --only append,latency --json > figures.json
  picup-bench --only rebuild --rebuild-events 1000000
  picup-bench --only web --web-items 100000

The table goes to standard output, progress goes to standard error. A goal that is missed does not make it
fail: read the ratio and its range, and run it again where the machine was busy. `latency`, `replay`, `rebuild`,
`memory`, `lock`, `import` and `web` run the binaries that lie beside this one."
)]
struct Arguments {
    /// Measure only these, with commas between them
    #[arg(long, value_enum, value_delimiter = ',', value_name = "FIGURE")]
    only: Vec<Subject>,
    /// Events in the log that `rebuild` reads
    #[arg(long, default_value_t = 100_000, value_name = "NUMBER")]
    rebuild_events: u32,
    /// Items of the album that `web` looks at; short ones have no scrubber to drag
    #[arg(long, default_value_t = 10_000, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(500..))]
    web_items: u32,
    /// Print one JSON document instead of a table
    #[arg(long)]
    json: bool,
    /// Render one original and end: what `thumbnails` measures
    #[arg(long, hide = true, num_args = 3, value_names = ["FILE", "CONTENT_TYPE", "FOLDER"])]
    render: Option<Vec<String>>,
}

/// What can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Subject {
    /// Commands appended to the log, beside a transaction per command
    Append,
    /// The outbox drained into the bus, beside a publisher that has everything in memory
    Relay,
    /// From a command's answer to its effect, beside one message and one row
    Latency,
    /// Dead letters replayed, beside the broker's own shovel
    Replay,
    /// A read model built anew from the log, beside reading that log
    Rebuild,
    /// Signed URLs for a page, beside signing each
    Urls,
    /// The peak memory of `picup up` while it takes an import
    Memory,
    /// Version conflicts of parallel uploads with and without the ledger's lock
    Lock,
    /// Pictures of photos and of a video, beside `vipsthumbnail` and `ffmpeg` (installed where they are missing)
    Thumbnails,
    /// Media items removed from S3, beside deleting known keys
    Purge,
    /// An import beside `rclone copy` (which it installs with apt-get where it is missing)
    Import,
    /// The web app on a large album, in a real browser (Chromium, which it installs where it is missing)
    Web,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    if let Some([file, content_type, folder]) = arguments.render.as_deref() {
        return thumbnails::render(file.as_ref(), content_type, folder.as_ref()).await;
    }
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let servers = Servers::start().await?;
    let measured = tokio::select! {
        measured = measure(&arguments, &servers) => Some(measured),
        _ = terminate.recv() => None,
        _ = interrupt.recv() => None,
    };
    servers.stop().await?;
    let Some(report) = measured.transpose()? else {
        anyhow::bail!("interrupted");
    };
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        println!("{}", report.text());
    }
    Ok(())
}

async fn measure(arguments: &Arguments, servers: &Servers) -> anyhow::Result<Report> {
    let only = &arguments.only;
    let mut report = Report::of_this_machine();
    for subject in Subject::value_variants() {
        if !only.is_empty() && !only.contains(subject) {
            continue;
        }
        let figures = match subject {
            Subject::Append => append::measure(servers, PAIRS).await?,
            Subject::Relay => relay::measure(servers, PAIRS).await?,
            Subject::Latency => latency::measure(servers, PAIRS).await?,
            Subject::Replay => replay::measure(servers, PAIRS).await?,
            Subject::Rebuild => rebuild::measure(servers, PAIRS, arguments.rebuild_events).await?,
            Subject::Urls => urls::measure(PAIRS).await?,
            Subject::Memory => memory::measure(servers).await?,
            Subject::Lock => lock::measure(servers, PAIRS).await?,
            Subject::Thumbnails => thumbnails::measure(PAIRS).await?,
            Subject::Purge => purge::measure(servers, PAIRS).await?,
            Subject::Import => import::measure(servers, PAIRS).await?,
            Subject::Web => web::measure(servers, arguments.web_items).await?,
        };
        report.figures.extend(figures);
    }
    Ok(report)
}
