//! What operators do with generations. What changes something is written into the operators' log first.

use std::sync::Arc;

use picup_event_log::ComparisonState;
use picup_proto::operations::v1::{
    Difference, DropGenerationRequest, DropGenerationResponse, GetComparisonRequest,
    GetComparisonResponse, GetProjectionRequest, GetProjectionResponse, ListProjectionsRequest,
    ListProjectionsResponse, ResumeRebuildRequest, ResumeRebuildResponse, StartComparisonRequest,
    StartComparisonResponse, StartRebuildRequest, StartRebuildResponse, StopRebuildRequest,
    StopRebuildResponse, SwitchGenerationRequest, SwitchGenerationResponse,
    projections_server::Projections,
};
use picup_service::{
    auth::Caller,
    errors::{ErrorCode, Fault},
};
use serde_json::json;
use tonic::{Request, Response, Status, metadata::MetadataMap};

use super::{Shared, changing::fault, id};
use crate::{compare, gate::unavailable};

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
        for projected in self.0.all() {
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
        let projected = self.0.projected(&request.projection)?;
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
        let projected = self.0.projected(&request.projection)?;
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
        let projected = self.0.projected(&request.projection)?;
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
        let projected = self.0.projected(&request.projection)?;
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
        let projected = self.0.projected(&request.projection)?;
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
}
