//! What changes generations, with its conditions. Everything is written into the operators' log first.

use picup_event_log::GenerationError;
use picup_service::{
    auth::Caller,
    errors::{ErrorCode, Fault},
};
use serde_json::{Value, json};

use super::projections::Service;
use crate::{behind, gate::unavailable, model::Projected};

impl Service {
    /// Does something that an operator asked for, and writes down that and how it ended.
    pub(super) async fn record<T>(
        &self,
        caller: Caller,
        action: &str,
        arguments: &Value,
        work: impl Future<Output = Result<T, Fault>>,
    ) -> Result<T, Fault> {
        let log = &self.0.workplace.operator_log;
        let begun = log
            .begin(caller.account, action, &arguments.to_string())
            .await;
        let entry = begun.map_err(unavailable)?;
        let result = work.await;
        let outcome = match &result {
            Ok(_) => "done".to_owned(),
            Err(fault) => format!("refused: {fault}"),
        };
        if let Err(error) = log.end(entry, &outcome).await {
            tracing::warn!(%error, action, outcome, "the end of an action was not written down");
        }
        result
    }

    pub(super) async fn set_stopped(
        &self,
        caller: Caller,
        projection: &str,
        generation: u32,
        stopped: bool,
    ) -> Result<(), Fault> {
        let projected = self.0.projected(projection)?;
        let arguments = json!({"projection": projected.name, "generation": generation});
        let action = if stopped {
            "projection.stop"
        } else {
            "projection.resume"
        };
        let change = async {
            let registry = &self.0.workplace.registry;
            let changed = registry.set_stopped(projected.name, generation, stopped);
            changed.await.map_err(fault)
        };
        self.record(caller, action, &arguments, change).await?;
        projected.look.notify_one();
        Ok(())
    }

    pub(super) async fn switch(
        &self,
        projected: &Projected,
        generation: u32,
        force: bool,
    ) -> Result<u32, Fault> {
        let workplace = &self.0.workplace;
        let live = projected.live();
        if let Some(next) = projected.model(generation)
            && generation != live.generation
            && !force
        {
            let database = |generation| workplace.database_of(projected.name, generation);
            let (from, to) = (database(live.generation), database(generation));
            let behind = behind::wait(&next.pool, &from, &to).await;
            let behind = behind.map_err(unavailable)?;
            if behind > 0 {
                let message = format!(
                    "generation {generation} has not applied what the live one has: {behind} streams are behind; \
                     wait, or look for blocked streams"
                );
                return Err(Fault::new(ErrorCode::FailedPrecondition, message)
                    .with_reason("GENERATION_BEHIND"));
            }
        }
        let grace = workplace.retired_grace;
        let switched = workplace
            .registry
            .switch(projected.name, generation, grace, force)
            .await;
        Ok(switched.map_err(fault)?.unwrap_or(0))
    }

    pub(super) async fn begin_drop(
        &self,
        projected: &Projected,
        generation: u32,
        force: bool,
    ) -> Result<(), Fault> {
        if !force {
            let consumer = projected.consumer.of_generation(generation);
            let depths = self.0.workplace.queues.depths(consumer).await;
            let depths = depths.map_err(|error| {
                tracing::warn!(%error, "the broker does not answer an operator");
                Fault::new(
                    ErrorCode::Unavailable,
                    "the broker does not answer; try again",
                )
            })?;
            let letters = depths.unwrap_or_default().dead_letters;
            if letters > 0 {
                let message = format!(
                    "{letters} dead letters lie in its queue and are filed by nobody yet; look at them, or use force"
                );
                return Err(Fault::new(ErrorCode::FailedPrecondition, message)
                    .with_reason("DEAD_LETTERS_LEFT"));
            }
        }
        let registry = &self.0.workplace.registry;
        let begun = registry.begin_drop(projected.name, generation).await;
        begun.map_err(fault).map(drop)
    }
}

pub(super) fn fault(error: GenerationError) -> Fault {
    let message = error.to_string();
    match error {
        GenerationError::Database(error) => unavailable(error),
        GenerationError::Unknown { .. } => Fault::new(ErrorCode::NotFound, message),
        GenerationError::UnderWay { generation, .. } => {
            Fault::new(ErrorCode::AlreadyExists, message)
                .with_reason("REBUILD_UNDER_WAY")
                .with_metadata("generation", generation.to_string())
        }
        GenerationError::WrongState { .. } => {
            Fault::new(ErrorCode::FailedPrecondition, message).with_reason("WRONG_STATE")
        }
        GenerationError::NotCompared { .. } => {
            Fault::new(ErrorCode::FailedPrecondition, message).with_reason("NOT_COMPARED")
        }
    }
}
