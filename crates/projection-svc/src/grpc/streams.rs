use std::sync::Arc;

use picup_proto::operations::v1::{
    BlockedStream, ListBlockedRequest, ListBlockedResponse, RetryStreamRequest,
    RetryStreamResponse, streams_server::Streams,
};
use picup_service::errors::{ErrorCode, Fault};
use tonic::{Request, Response, Status};

use super::{Shared, stream};
use crate::{
    blocked,
    gate::{known, unavailable},
    mend::Mend,
};

/// The most that one answer lists of a projection.
const LONGEST_LIST: u32 = 1000;

pub struct Service(pub Arc<Shared>);

#[tonic::async_trait]
impl Streams for Service {
    async fn list_blocked(
        &self,
        request: Request<ListBlockedRequest>,
    ) -> Result<Response<ListBlockedResponse>, Status> {
        self.0
            .verifier
            .caller(request.metadata())?
            .must_be_operator()?;
        let request = request.into_inner();
        let projections = match request.projection.as_str() {
            "" => self.0.all().map(|known| known.live().mend.clone()).into(),
            name => vec![self.0.projection(name)?],
        };
        let limit = request.limit.clamp(1, LONGEST_LIST);
        let mut answer = ListBlockedResponse::default();
        for projection in projections {
            let pool = projection.pool();
            let listed = blocked::list(pool, limit).await.map_err(unavailable)?;
            let listed = listed
                .into_iter()
                .map(|row| message(projection.as_ref(), row));
            answer.streams.extend(listed);
            answer.total += blocked::count(pool).await.map_err(unavailable)?;
        }
        Ok(Response::new(answer))
    }

    async fn retry_stream(
        &self,
        request: Request<RetryStreamRequest>,
    ) -> Result<Response<RetryStreamResponse>, Status> {
        let caller = self.0.verifier.caller(request.metadata())?;
        let operator = caller.must_be_operator()?.account;
        let request = request.into_inner();
        let projection = self.0.projection(&request.projection)?;
        let stream = stream(&request.stream)?;
        let known = known(projection.pool(), &[stream]).await;
        let known = known.map_err(unavailable)?.get(&stream.id).copied();
        let Some(waiting) = known.and_then(|known| known.blocked) else {
            let message = format!("{} is not blocked in {}", stream, projection.name());
            return Err(Fault::new(ErrorCode::NotFound, message).into());
        };
        let arguments = format!(
            r#"{{"projection":"{}","stream":"{stream}"}}"#,
            projection.name()
        );
        let log = &self.0.workplace.operator_log;
        let action = log.begin(operator, "streams.retry", &arguments).await;
        let action = action.map_err(unavailable)?;
        let failed = projection.catch_up(stream, waiting.seen_up_to).await;
        failed.map_err(|paused| Fault::new(ErrorCode::Unavailable, paused.reason))?;
        let still = blocked::find(projection.pool(), stream).await;
        let still = still.map_err(unavailable)?;
        let outcome = still.as_ref().map_or("caught up", |_| "still blocked");
        log.end(action, outcome).await.map_err(unavailable)?;
        Ok(Response::new(RetryStreamResponse {
            still_blocked: still.map(|row| message(projection.as_ref(), row)),
        }))
    }
}

fn message(projection: &dyn Mend, row: blocked::BlockedStream) -> BlockedStream {
    BlockedStream {
        projection: projection.name().to_owned(),
        stream: row.stream.to_string(),
        failed_version: row.failed_version,
        seen_up_to: row.seen_up_to,
        error: row.error,
        since_micros: row.since_micros,
        attempts: row.attempts,
    }
}
