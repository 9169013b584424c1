//! Passes requests on, undecoded, to the service that answers their package.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use http::{Request, Response};
use http_body_util::Limited;
use picup_service::errors::{ErrorCode, Fault};
use tokio::sync::Semaphore;
use tonic::{Status, body::Body, transport::Channel};
use tower::{Service, ServiceExt as _};

use crate::admit::{Admission, Upstream};

/// The largest request. Pictures do not come this way.
const LARGEST_REQUEST: usize = 4 * 1024 * 1024;

/// Forwards what is admitted. Cheap to clone.
#[derive(Clone)]
pub struct Forward {
    admission: Arc<Admission>,
    commands: Channel,
    projections: Channel,
    turns: Arc<Semaphore>,
}

impl Forward {
    pub fn new(
        admission: Admission,
        commands: Channel,
        projections: Channel,
        requests_at_once: usize,
    ) -> Self {
        let turns = Arc::new(Semaphore::new(requests_at_once));
        Self {
            admission: Arc::new(admission),
            commands,
            projections,
            turns,
        }
    }

    async fn forward(&self, mut request: Request<Body>) -> Result<Response<Body>, Fault> {
        let admitted = self.admission.admit(&mut request)?;
        let busy = || {
            Fault::new(
                ErrorCode::Unavailable,
                "Pic-up is busy; try again in a moment",
            )
        };
        let _turn = self.turns.try_acquire().map_err(|_| busy())?;
        let channel = match admitted.upstream {
            Upstream::Commands => self.commands.clone(),
            Upstream::Projections => self.projections.clone(),
        };
        let request = request.map(|body| Body::new(Limited::new(body, LARGEST_REQUEST)));
        match tokio::time::timeout(admitted.deadline, channel.oneshot(request)).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => {
                tracing::warn!(%error, upstream = ?admitted.upstream, "not answered");
                let message = "a part of Pic-up does not answer; try again in a moment";
                Err(Fault::new(ErrorCode::Unavailable, message))
            }
            Err(_) => Err(Fault::new(
                ErrorCode::DeadlineExceeded,
                "this took too long",
            )),
        }
    }
}

impl Service<Request<Body>> for Forward {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let this = self.clone();
        Box::pin(async move {
            let path = request.uri().path().to_owned();
            let response = match this.forward(request).await {
                Ok(response) => response,
                Err(fault) => {
                    let status = Status::from(fault);
                    tracing::debug!(path, code = ?status.code(), "refused");
                    status.into_http()
                }
            };
            metrics::counter!("picup_gateway_requests_total").increment(1);
            Ok(response)
        })
    }
}
