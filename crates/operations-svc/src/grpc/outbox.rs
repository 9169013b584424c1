use std::{sync::Arc, time::Duration};

use futures::stream;
use picup_proto::operations::v1::{
    GetOutboxRequest, GetOutboxResponse, WatchOutboxRequest, WatchOutboxResponse,
    outbox_server::Outbox,
};
use tonic::{Request, Response, Status};

use super::{Answers, Shared, unavailable};

/// How often a watcher is told.
const EVERY: Duration = Duration::from_secs(1);
/// How often until it has to call again, so that no stream outlives the deadlines on its way.
const TIMES: u32 = 10;

pub struct Service(pub Arc<Shared>);

#[tonic::async_trait]
impl Outbox for Service {
    type WatchOutboxStream = Answers<WatchOutboxResponse>;

    async fn get_outbox(
        &self,
        request: Request<GetOutboxRequest>,
    ) -> Result<Response<GetOutboxResponse>, Status> {
        self.0.operator(request.metadata())?;
        let status = self.0.outbox.status().await.map_err(unavailable)?;
        Ok(Response::new(GetOutboxResponse {
            status: Some(status),
        }))
    }

    async fn watch_outbox(
        &self,
        request: Request<WatchOutboxRequest>,
    ) -> Result<Response<Self::WatchOutboxStream>, Status> {
        self.0.operator(request.metadata())?;
        let shared = self.0.clone();
        let answers = stream::unfold((shared, 0), |(shared, told)| async move {
            if told == TIMES {
                return None;
            }
            if told > 0 {
                tokio::time::sleep(EVERY).await;
            }
            let status = shared.outbox.status().await;
            let answer = status
                .map(|status| WatchOutboxResponse {
                    status: Some(status),
                })
                .map_err(|error| Status::from(unavailable(error)));
            let told = if answer.is_ok() { told + 1 } else { TIMES };
            Some((answer, (shared, told)))
        });
        Ok(Response::new(Box::pin(answers)))
    }
}
