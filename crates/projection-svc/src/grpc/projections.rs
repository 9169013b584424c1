//! What operators do with generations. What changes something is written into the operators' log first.

use std::sync::Arc;

use picup_event_bus::Depths;
use picup_event_log::{ComparisonState, Generation as Row, GenerationError, GenerationState};
use picup_proto::operations::v1::{
    Difference, DropGenerationRequest, DropGenerationResponse, Generation, GetComparisonRequest,
    GetComparisonResponse, GetProjectionRequest, GetProjectionResponse, ListProjectionsRequest,
    ListProjectionsResponse, Projection, QueueDepths, ResumeRebuildRequest, ResumeRebuildResponse,
    StartComparisonRequest, StartComparisonResponse, StartRebuildRequest, StartRebuildResponse,
    StopRebuildRequest, StopRebuildResponse, SwitchGenerationRequest, SwitchGenerationResponse,
    projections_server::Projections,
};
use picup_service::{
    auth::Caller,
    errors::{ErrorCode, Fault},
};
use serde_json::{Value, json};
use time::OffsetDateTime;
use tonic::{Request, Response, Status, metadata::MetadataMap};

use super::{Shared, id};
use crate::{catch_up, compare, gate::unavailable, model::Projected};

/// How long a comparison that says nothing counts as under way.
const SILENCE_SECONDS: u64 = 60;

pub struct Service(pub Arc<Shared>);

#[tonic::async_trait]
impl Projections for Service {
    async fn list_projections(
        &self,
        request: Request<ListProjectionsRequest>,
    ) -> Result<Response<ListProjectionsResponse>, Status> {
        self.operator(request.metadata())?;
        let mut projections = Vec::new();
        for projected in self.all() {
            projections.push(self.show(projected, false).await?);
        }
        Ok(Response::new(ListProjectionsResponse { projections }))
    }

    async fn get_projection(
        &self,
        request: Request<GetProjectionRequest>,
    ) -> Result<Response<GetProjectionResponse>, Status> {
        self.operator(request.metadata())?;
        let request = request.into_inner();
        let projected = self.named(&request.projection)?;
        let projection = self.show(projected, request.with_dropped).await?;
        Ok(Response::new(GetProjectionResponse {
            projection: Some(projection),
        }))
    }

    async fn start_rebuild(
        &self,
        request: Request<StartRebuildRequest>,
    ) -> Result<Response<StartRebuildResponse>, Status> {
        let caller = self.operator(request.metadata())?;
        let request = request.into_inner();
        let projected = self.named(&request.projection)?;
        let rebuild = id("rebuild_id", &request.rebuild_id)?;
        let arguments = json!({"projection": projected.name, "rebuild_id": rebuild});
        let begin = async {
            let registry = &self.0.workplace.registry;
            registry.begin(projected.name, rebuild).await.map_err(fault)
        };
        let generation = self
            .record(caller, "projection.rebuild", &arguments, begin)
            .await?;
        projected.look.notify_one();
        Ok(Response::new(StartRebuildResponse { generation }))
    }

    async fn stop_rebuild(
        &self,
        request: Request<StopRebuildRequest>,
    ) -> Result<Response<StopRebuildResponse>, Status> {
        let caller = self.operator(request.metadata())?;
        let request = request.into_inner();
        self.set_stopped(caller, &request.projection, request.generation, true)
            .await?;
        Ok(Response::new(StopRebuildResponse {}))
    }

    async fn resume_rebuild(
        &self,
        request: Request<ResumeRebuildRequest>,
    ) -> Result<Response<ResumeRebuildResponse>, Status> {
        let caller = self.operator(request.metadata())?;
        let request = request.into_inner();
        self.set_stopped(caller, &request.projection, request.generation, false)
            .await?;
        Ok(Response::new(ResumeRebuildResponse {}))
    }

    async fn start_comparison(
        &self,
        request: Request<StartComparisonRequest>,
    ) -> Result<Response<StartComparisonResponse>, Status> {
        let caller = self.operator(request.metadata())?;
        let request = request.into_inner();
        let projected = self.named(&request.projection)?;
        let comparison = id("comparison_id", &request.comparison_id)?;
        let next = request.generation;
        let arguments = json!({"projection": projected.name, "generation": next});
        let start = self.compare(projected, next, comparison);
        self.record(caller, "projection.compare", &arguments, start)
            .await?;
        Ok(Response::new(StartComparisonResponse {}))
    }

    async fn get_comparison(
        &self,
        request: Request<GetComparisonRequest>,
    ) -> Result<Response<GetComparisonResponse>, Status> {
        self.operator(request.metadata())?;
        let id = id("comparison_id", &request.get_ref().comparison_id)?;
        let found = self.0.workplace.registry.comparison(id).await;
        let found = found.map_err(unavailable)?;
        let found =
            found.ok_or_else(|| Fault::new(ErrorCode::NotFound, "there is no such comparison"))?;
        let lost =
            found.state == ComparisonState::Running && found.silent_seconds > SILENCE_SECONDS;
        let state = if lost {
            ComparisonState::Failed
        } else {
            found.state
        };
        let named: Option<Vec<compare::Difference>> = serde_json::from_str(&found.details).ok();
        let error = match state {
            ComparisonState::Failed if lost => {
                "the instance that compared is gone; start again".to_owned()
            }
            ComparisonState::Failed => found.details,
            _ => String::new(),
        };
        let difference = |difference: compare::Difference| Difference {
            table: difference.table,
            key: difference.key,
            what: difference.what,
        };
        Ok(Response::new(GetComparisonResponse {
            projection: found.projection,
            live: found.live,
            generation: found.next,
            state: state.as_str().to_owned(),
            rows_compared: found.rows_compared,
            differences: found.differences,
            first_differences: named
                .unwrap_or_default()
                .into_iter()
                .map(difference)
                .collect(),
            error,
        }))
    }

    async fn switch_generation(
        &self,
        request: Request<SwitchGenerationRequest>,
    ) -> Result<Response<SwitchGenerationResponse>, Status> {
        let caller = self.operator(request.metadata())?;
        let request = request.into_inner();
        let projected = self.named(&request.projection)?;
        let arguments = json!({
            "projection": projected.name, "generation": request.generation, "force": request.force,
        });
        let switch = self.switch(projected, request.generation, request.force);
        let retired = self
            .record(caller, "projection.switch", &arguments, switch)
            .await?;
        projected.look.notify_one();
        Ok(Response::new(SwitchGenerationResponse { retired }))
    }

    async fn drop_generation(
        &self,
        request: Request<DropGenerationRequest>,
    ) -> Result<Response<DropGenerationResponse>, Status> {
        let caller = self.operator(request.metadata())?;
        let request = request.into_inner();
        let projected = self.named(&request.projection)?;
        let arguments = json!({
            "projection": projected.name, "generation": request.generation, "force": request.force,
        });
        let begin = self.begin_drop(projected, request.generation, request.force);
        self.record(caller, "projection.drop", &arguments, begin)
            .await?;
        projected.look.notify_one();
        Ok(Response::new(DropGenerationResponse {}))
    }
}

impl Service {
    fn operator(&self, metadata: &MetadataMap) -> Result<Caller, Fault> {
        self.0.verifier.caller(metadata)?.must_be_operator()
    }

    fn all(&self) -> [&Arc<Projected>; 2] {
        [&self.0.albums, &self.0.usage]
    }

    fn named(&self, name: &str) -> Result<&Arc<Projected>, Fault> {
        let found = self
            .all()
            .into_iter()
            .find(|projected| projected.name == name);
        found.ok_or_else(|| {
            let names = self.all().map(|projected| projected.name).join(" and ");
            Fault::new(
                ErrorCode::NotFound,
                format!("there is no projection {name:?}; there are {names}"),
            )
        })
    }

    /// Does something that an operator asked for, and writes down that and how it ended.
    async fn record<T>(
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

    async fn show(&self, projected: &Projected, dropped: bool) -> Result<Projection, Fault> {
        let rows = self.0.workplace.registry.of(projected.name).await;
        let mut generations = Vec::new();
        for row in rows.map_err(unavailable)? {
            if row.state == GenerationState::Dropped && !dropped {
                continue;
            }
            let consumer = projected.consumer.of_generation(row.generation);
            // Without the broker the rest is still worth showing.
            let depths = self.0.workplace.queues.depths(consumer).await;
            generations.push(generation(row, depths.ok().flatten()));
        }
        Ok(Projection {
            name: projected.name.to_owned(),
            generations,
        })
    }

    async fn set_stopped(
        &self,
        caller: Caller,
        projection: &str,
        generation: u32,
        stopped: bool,
    ) -> Result<(), Fault> {
        let projected = self.named(projection)?;
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

    async fn switch(
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
            let behind = catch_up::wait(&next.pool, &from, &to).await;
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

    async fn begin_drop(
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

fn fault(error: GenerationError) -> Fault {
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

fn generation(row: Row, depths: Option<Depths>) -> Generation {
    Generation {
        generation: row.generation,
        state: row.state.as_str().to_owned(),
        stopped: row.stopped,
        scanned_to: row.scanned_to,
        scan_end: row.scan_end,
        events_scanned: row.events_scanned,
        events_per_second: row.events_per_second,
        seconds_left: row.seconds_left,
        started_at_micros: micros(row.started_at),
        state_since_micros: micros(row.state_since),
        drop_at_micros: row.drop_at.map_or(0, micros),
        error: row.error,
        queues: depths.map(|depths| QueueDepths {
            waiting: depths.waiting,
            retrying: depths.retrying,
            dead_letters: depths.dead_letters,
            consumers: depths.consumers,
        }),
    }
}

fn micros(time: OffsetDateTime) -> i64 {
    i64::try_from(time.unix_timestamp_nanos() / 1000).unwrap_or(i64::MAX)
}
