use std::sync::Arc;

use picup_proto::internal::v1::{
    ListLeftoversRequest, ListLeftoversResponse, upkeep_server::Upkeep,
};
use tonic::{Request, Response, Status};

use super::Shared;
use crate::{albums::leftovers, gate::unavailable};

pub struct Service(pub Arc<Shared>);

#[tonic::async_trait]
impl Upkeep for Service {
    async fn list_leftovers(
        &self,
        request: Request<ListLeftoversRequest>,
    ) -> Result<Response<ListLeftoversResponse>, Status> {
        self.0.service_key.check(request.metadata())?;
        let limit = request.get_ref().limit.clamp(1, 1000);
        let media = leftovers(&self.0.albums_pool, limit)
            .await
            .map_err(unavailable)?;
        let media_ids = media.iter().map(ToString::to_string).collect();
        Ok(Response::new(ListLeftoversResponse { media_ids }))
    }
}
