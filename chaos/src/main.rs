//! `picup-chaos`: see `make chaos`.

use std::{path::PathBuf, process::ExitCode, time::Duration};

use clap::Parser;
use picup_chaos::{Kind, Options, run};

/// Does to an installation whatever can happen to it, and checks that nothing was lost
#[derive(Debug, Parser)]
#[command(name = "picup-chaos", version)]
struct Arguments {
    /// How long load and faults go on
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Chooses the load and the order of the faults
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Only these faults, with commas between them
    #[arg(long, value_delimiter = ',')]
    kinds: Vec<Kind>,
    /// Where logs and the book of commands are kept [default: a new folder for temporary files]
    #[arg(long)]
    folder: Option<PathBuf>,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    let options = Options {
        kinds: arguments.kinds,
        folder: arguments.folder,
        ..Options::new(Duration::from_secs(arguments.seconds), arguments.seed)
    };
    let report = run(&options).await?;
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        println!("{report}");
    }
    if let Some(first) = report.violations.first() {
        eprintln!(
            "picup-chaos: {}: {}: {}",
            first.invariant, first.subject, first.detail
        );
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}
