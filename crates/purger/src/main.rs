//! The purger as a process of its own, and the sweep as a job.

use std::process::ExitCode;

use clap::Parser as _;
use picup_purger::{Cli, Command, Settings, start, sweep};
use picup_service::config::Environment;

fn main() -> ExitCode {
    match Cli::parse().command {
        None => picup_service::run("picup-purger", async |lifecycle, readiness| {
            start(Settings::read(&Environment)?, &lifecycle, &readiness).await
        }),
        Some(Command::Sweep(args)) => picup_service::run_job("picup-purger", async |lifecycle| {
            sweep(args, lifecycle).await
        }),
    }
}
