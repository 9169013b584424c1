//! Passes requests on, undecoded, to the service that answers their package.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use http::{Request, Response};
use picup_service::errors::{ErrorCode, Fault};
use tokio::sync::Semaphore;
use tonic::{Status, body::Body, transport::Channel};
use tower::{Service, ServiceExt as _};

use crate::{
    admit::{Admission, Upstream},
    body::{self, Answer, TooLarge},
};

/// The largest request. Pictures do not come this way.
const LARGEST_REQUEST: usize = 4 * 1024 * 1024;

/// Forwards what is admitted. Cheap to clone.
#[derive(Clone)]
pub struct Forward {
    admission: Arc<Admission>,
    commands: Channel,
    projections: Channel,
    operations: Channel,
    places: Arc<Semaphore>,
}

impl Forward {
    pub fn new(
        admission: Admission,
        commands: Channel,
        projections: Channel,
        operations: Channel,
        requests_at_once: usize,
    ) -> Self {
        Self {
            admission: Arc::new(admission),
            commands,
            projections,
            operations,
            places: Arc::new(Semaphore::new(requests_at_once)),
        }
    }

    async fn forward(&self, mut request: Request<Body>) -> Result<Response<Body>, Fault> {
        let admitted = self.admission.admit(&mut request)?;
        let place = self.places.clone().try_acquire_owned();
        let place = place.map_err(|_| busy())?;
        let channel = match admitted.upstream {
            Upstream::Commands => self.commands.clone(),
            Upstream::Projections => self.projections.clone(),
            Upstream::Operations => self.operations.clone(),
        };
        let too_large = TooLarge::default();
        let request = request.map(|body| body::limit(body, LARGEST_REQUEST, &too_large));
        let mut deadline = Box::pin(tokio::time::sleep(admitted.deadline));
        let answered = tokio::select! {
            answered = channel.oneshot(request) => answered,
            () = &mut deadline => return Err(body::too_late()),
        };
        match answered {
            Ok(response) => Ok(response.map(|body| Body::new(Answer::new(body, deadline, place)))),
            Err(_) if too_large.happened() => Err(request_too_large()),
            Err(error) => {
                tracing::warn!(%error, upstream = ?admitted.upstream, "not answered");
                Err(body::not_answered())
            }
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
            let (outcome, response) = match this.forward(request).await {
                Ok(response) => ("forwarded".to_owned(), response),
                Err(fault) => {
                    let status = Status::from(fault);
                    tracing::debug!(path, code = ?status.code(), "refused");
                    (format!("{:?}", status.code()), status.into_http())
                }
            };
            metrics::counter!("picup_gateway_requests_total", "outcome" => outcome).increment(1);
            Ok(response)
        })
    }
}

fn busy() -> Fault {
    Fault::new(
        ErrorCode::Unavailable,
        "Pic-up is busy; try again in a moment",
    )
}

fn request_too_large() -> Fault {
    let message = format!("a request may be at most {LARGEST_REQUEST} bytes");
    Fault::new(ErrorCode::InvalidArgument, message).with_reason("REQUEST_TOO_LARGE")
}
