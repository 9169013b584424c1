use std::sync::Arc;

use picup_proto::internal::v1::{
    ListLeftoversRequest, ListLeftoversResponse, SkipEventRequest, SkipEventResponse,
    upkeep_server::Upkeep,
};
use picup_service::errors::{ErrorCode, Fault};
use tonic::{Request, Response, Status};

use super::{Shared, id, stream};
use crate::{
    albums::leftovers,
    blocked,
    gate::{known, unavailable},
};

pub struct Service(pub Arc<Shared>);

#[tonic::async_trait]
impl Upkeep for Service {
    async fn list_leftovers(
        &self,
        request: Request<ListLeftoversRequest>,
    ) -> Result<Response<ListLeftoversResponse>, Status> {
        self.0.service_key.check(request.metadata())?;
        let limit = request.get_ref().limit.clamp(1, 1000);
        let media = leftovers(&self.0.albums.live().pool, limit)
            .await
            .map_err(unavailable)?;
        let media_ids = media.iter().map(ToString::to_string).collect();
        Ok(Response::new(ListLeftoversResponse { media_ids }))
    }

    async fn skip_event(
        &self,
        request: Request<SkipEventRequest>,
    ) -> Result<Response<SkipEventResponse>, Status> {
        self.0.service_key.check(request.metadata())?;
        let request = request.into_inner();
        let projection = self.0.projection(&request.projection)?;
        let stream = stream(&request.stream)?;
        let known = known(projection.pool(), &[stream]).await;
        let known = known.map_err(unavailable)?.get(&stream.id).copied();
        let known = known.unwrap_or_default();
        if known.version >= request.version {
            return Ok(Response::new(SkipEventResponse {}));
        }
        if known.blocked.map(|blocked| blocked.failed_version) != Some(request.version) {
            return Err(not_waiting(&request).into());
        }
        let by = id("by", &request.by)?.to_string();
        // In all generations: what is discarded is so for the projection, whichever answers queries.
        for model in self.0.projected(&request.projection)?.models() {
            let (version, reason) = (request.version, &request.reason);
            let skipped = blocked::skip(&model.pool, stream, version, reason, &by).await;
            skipped.map_err(unavailable)?;
        }
        tracing::warn!(
            projection = request.projection,
            stream = request.stream,
            version = request.version,
            by,
            "an event is skipped"
        );
        let caught_up = projection.catch_up(stream, request.version).await;
        caught_up.map_err(|paused| Fault::new(ErrorCode::Unavailable, paused.reason))?;
        Ok(Response::new(SkipEventResponse {}))
    }
}

fn not_waiting(request: &SkipEventRequest) -> Fault {
    let message = format!(
        "{} does not wait for version {} of {}: only an event that blocks its stream can be skipped",
        request.projection, request.version, request.stream
    );
    Fault::new(ErrorCode::FailedPrecondition, message).with_reason("NOT_BLOCKED")
}
