use std::{process::ExitCode, time::Duration};

use tokio::signal::unix::{SignalKind, signal};

use crate::{
    config::{Environment, Reader},
    health::{self, Readiness},
    lifecycle::Lifecycle,
    telemetry,
};

/// How long threads may take to return that have been told to end, or are still hashing a password.
const THREADS: Duration = Duration::from_secs(1);

/// Runs a process: starts what `start` starts, serves health and metrics, and stops on SIGTERM or Ctrl-C
/// within a deadline. A second signal drops everything at once.
pub fn run<F>(name: &'static str, start: F) -> ExitCode
where
    F: AsyncFnOnce(Lifecycle, Readiness) -> anyhow::Result<()>,
{
    let ended = tokio::runtime::Runtime::new()
        .map_err(anyhow::Error::from)
        .and_then(|runtime| {
            let ended = runtime.block_on(run_until_stopped(name, start));
            runtime.shutdown_timeout(THREADS);
            ended
        });
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{name}: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Runs a job that comes to an end by itself and says its exit code. SIGTERM or Ctrl-C asks it to stop where it is well;
/// a second signal ends it at once.
pub fn run_job<F>(name: &'static str, job: F) -> ExitCode
where
    F: AsyncFnOnce(Lifecycle) -> anyhow::Result<ExitCode>,
{
    let ended = tokio::runtime::Runtime::new()
        .map_err(anyhow::Error::from)
        .and_then(|runtime| {
            let ended = runtime.block_on(run_to_its_end(job));
            runtime.shutdown_timeout(THREADS);
            ended
        });
    ended.unwrap_or_else(|error| {
        eprintln!("{name}: {error:#}");
        ExitCode::FAILURE
    })
}

async fn run_to_its_end<F>(job: F) -> anyhow::Result<ExitCode>
where
    F: AsyncFnOnce(Lifecycle) -> anyhow::Result<ExitCode>,
{
    telemetry::init("info")?;
    let lifecycle = Lifecycle::new();
    stop_on_signals(&lifecycle)?;
    let killing = lifecycle.killing();
    tokio::select! {
        ended = job(lifecycle) => ended,
        () = killing.cancelled() => anyhow::bail!("ended by a second signal"),
    }
}

async fn run_until_stopped<F>(name: &'static str, start: F) -> anyhow::Result<()>
where
    F: AsyncFnOnce(Lifecycle, Readiness) -> anyhow::Result<()>,
{
    let metrics = telemetry::init("info")?;
    let mut reader = Reader::new(&Environment);
    let patience = reader.seconds("PICUP_STOP_SECONDS", 20);
    let admin = reader.optional(
        "PICUP_ADMIN_ADDRESS",
        health::default_address(),
        "an address",
    );
    reader.finish(|| Some(()))?;

    let lifecycle = Lifecycle::new();
    let readiness = Readiness::new();
    health::serve(admin, readiness.clone(), metrics, &lifecycle).await?;
    stop_on_signals(&lifecycle)?;
    let stopping = lifecycle.stopping();
    tokio::select! {
        started = start(lifecycle.clone(), readiness) => {
            started?;
            tracing::info!(name, "started");
            stopping.cancelled().await;
        }
        // A process that waits for its database can be stopped too.
        () = stopping.cancelled() => {}
    }
    tracing::info!(name, "stopping");
    if !lifecycle.drain(patience).await {
        tracing::warn!(name, "not everything had ended in time and was dropped");
    }
    anyhow::ensure!(!lifecycle.has_failed(), "a task panicked; see the log");
    Ok(())
}

/// The first signal stops, the second kills.
fn stop_on_signals(lifecycle: &Lifecycle) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let (soft, hard) = (lifecycle.clone(), lifecycle.killing());
    tokio::spawn(async move {
        for first in [true, false] {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            if first {
                soft.request_stop();
            } else {
                hard.cancel();
            }
        }
    });
    Ok(())
}
