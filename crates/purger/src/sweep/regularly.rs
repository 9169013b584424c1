use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{Sweep, SweepError, lease};

/// How often it is looked whether a sweep is due, at most.
const LOOK: Duration = Duration::from_mins(1);

/// Sweeps whenever the last sweep, whoever did it, is long enough ago. Several processes may do so.
pub async fn sweep_regularly(sweep: Sweep, stopping: CancellationToken) {
    let every = sweep.settings.every;
    if every.is_zero() {
        return;
    }
    let pause = every.min(LOOK);
    while stopping
        .run_until_cancelled(tokio::time::sleep(pause))
        .await
        .is_some()
    {
        match sweep.leases.is_due(lease::NAME, every.as_secs()).await {
            Ok(true) => sweep_once(&sweep, &stopping).await,
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "it cannot be seen whether a sweep is due"),
        }
    }
}

async fn sweep_once(sweep: &Sweep, stopping: &CancellationToken) {
    match sweep.run(false, stopping).await {
        Ok(report) => {
            let outcome = if report.is_clean() { "clean" } else { "failed" };
            metrics::counter!("picup_sweeps_total", "outcome" => outcome).increment(1);
            #[expect(clippy::cast_precision_loss, reason = "a gauge for people")]
            let lies_there = report.in_quarantine as f64;
            metrics::gauge!("picup_quarantined_objects").set(lies_there);
            tracing::info!(
                objects = report.objects,
                quarantined = report.quarantined,
                deleted = report.deleted,
                failed = report.failed,
                "swept"
            );
        }
        Err(SweepError::UnderWay { owner, .. }) => tracing::debug!(owner, "is sweeping"),
        Err(error) => tracing::warn!(%error, "no sweep"),
    }
}
