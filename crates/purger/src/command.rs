//! What can be said on the command line.

use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use picup_service::{config::Environment, lifecycle::Lifecycle};

use crate::{Settings, start::prepare_sweep, sweep::SweepError};

/// The exit code of a sweep that another one keeps out.
const UNDER_WAY: u8 = 75;

/// Removes what was deleted from S3 and the CDN
#[derive(Clone, Debug, Parser)]
#[command(name = "picup-purger", version)]
pub struct Cli {
    /// Nothing: run as a service
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What it does instead of running as a service.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Sweep once: expired uploads, expired trash, and what lies in S3 without an event that explains it
    #[command(after_long_help = "\
Exit codes:
  0   all is done
  1   something failed, or it was stopped: the next sweep goes on
  75  another sweep is under way

Examples:
  picup-purger sweep --dry-run
  picup-purger sweep --json")]
    Sweep(SweepArgs),
}

/// What `picup-purger sweep` takes.
#[derive(Clone, Copy, Debug, Args)]
pub struct SweepArgs {
    /// Show what would be done and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Print one JSON document instead of text
    #[arg(long)]
    pub json: bool,
}

/// Sweeps once and prints what was done.
pub async fn sweep(args: SweepArgs, lifecycle: Lifecycle) -> anyhow::Result<ExitCode> {
    let settings = Settings::read(&Environment)?;
    let sweep = prepare_sweep(&settings).await?;
    let report = match sweep.run(args.dry_run, &lifecycle.stopping()).await {
        Ok(report) => report,
        Err(error @ SweepError::UnderWay { .. }) => {
            eprintln!("picup-purger: {error}");
            return Ok(ExitCode::from(UNDER_WAY));
        }
        Err(error) => return Err(error.into()),
    };
    if args.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        println!("{}", report.text());
    }
    Ok(if report.is_clean() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
