//! Logs and metrics.

use std::{io::IsTerminal as _, time::Duration};

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;

use crate::config::{Environment, Source as _};

/// How often what histograms were given is put into their buckets.
const UPKEEP: Duration = Duration::from_secs(5);

/// Starts logging to standard error (`PICUP_LOG`, or else `default`; `PICUP_LOG_FORMAT=text|json`) and
/// counting metrics. Call it inside a runtime.
pub fn init(default: &str) -> anyhow::Result<PrometheusHandle> {
    let filter = Environment
        .get("PICUP_LOG")
        .unwrap_or_else(|| default.to_owned());
    let filter = EnvFilter::try_new(filter)
        .map_err(|error| anyhow::anyhow!("PICUP_LOG is no log filter such as `info`: {error}"))?
        // lapin prints the whole body of every returned message.
        .add_directive("lapin::returned_messages=off".parse()?);
    let logs = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    let started = match Environment.get("PICUP_LOG_FORMAT").as_deref() {
        Some("json") => logs.json().try_init(),
        Some("text") | None => logs.try_init(),
        Some(_) => anyhow::bail!("PICUP_LOG_FORMAT is neither text nor json"),
    };
    started.map_err(|error| anyhow::anyhow!("logging cannot start: {error}"))?;
    let metrics = PrometheusBuilder::new().install_recorder()?;
    let recorded = metrics.clone();
    // Without this the samples of a process that nobody scrapes pile up in memory.
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(UPKEEP).await;
            recorded.run_upkeep();
        }
    });
    Ok(metrics)
}
