use std::sync::Arc;

use picup_event_log::{ComparisonState, Generations};
use picup_service::errors::{ErrorCode, Fault};
use uuid::Uuid;

use super::projections::Service;
use crate::{
    compare::{Findings, Record, Sides},
    gate::unavailable,
    model::{Projected, ReadModel},
};

impl Service {
    /// Starts a comparison of a generation with the live one, which goes on by itself.
    pub async fn compare(
        &self,
        projected: &Arc<Projected>,
        next: u32,
        id: Uuid,
    ) -> Result<(), Fault> {
        let live = projected.live();
        let next = projected.model(next).ok_or_else(|| {
            let message =
                format!("generation {next} cannot be compared: it is not there, or not ready yet");
            Fault::new(ErrorCode::FailedPrecondition, message).with_reason("WRONG_STATE")
        })?;
        let registry = self.0.workplace.registry.clone();
        let begun = registry
            .begin_comparison(id, projected.name, live.generation, next.generation)
            .await;
        if begun.map_err(unavailable)? {
            let comparing = run(projected.clone(), registry, live, next, id);
            let stopping = self.0.lifecycle.stopping();
            self.0.lifecycle.spawn("compare", async move {
                // One that is cut off says nothing any more, which shows.
                let _ = stopping.run_until_cancelled(comparing).await;
            });
        }
        Ok(())
    }
}

async fn run(
    projected: Arc<Projected>,
    registry: Generations,
    live: Arc<ReadModel>,
    next: Arc<ReadModel>,
    id: Uuid,
) {
    let mut findings = Findings::default();
    let sides = Sides {
        live: &live.pool,
        next: &next.pool,
    };
    let record = Record { registry, id };
    let mut state = ComparisonState::Done;
    let mut details = None;
    for table in projected.tables {
        if let Err(error) = sides.compare(*table, &mut findings, &record).await {
            tracing::warn!(projection = projected.name, %error, "a comparison failed");
            state = ComparisonState::Failed;
            details = Some(format!(
                "the table {} cannot be compared: {error}",
                table.name
            ));
            break;
        }
    }
    let details = details.unwrap_or_else(|| serde_json::json!(findings.named).to_string());
    let noted = record.note(state, &findings, &details).await;
    if let Err(error) = noted {
        tracing::warn!(projection = projected.name, %error, "a comparison's end was not recorded");
    }
}
