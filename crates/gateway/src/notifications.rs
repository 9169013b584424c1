//! Where S3's notifications arrive: plain HTTP with JSON, since AWS speaks no gRPC. The gateway neither reads
//! them nor knows their key: it bounds them and passes them on to command-svc, which does both.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::{ConnectInfo, DefaultBodyLimit, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::post,
};
use picup_proto::internal::v1::{
    ReportObjectCreatedRequest, notifications_client::NotificationsClient,
};
use tokio::sync::Semaphore;
use tonic::{Code, Request, Status, transport::Channel};

use crate::{headers::client_address, limits::Limits};

/// The largest notification: what SQS and EventBridge carry at most.
const LARGEST: usize = 256 * 1024;
/// How long one may take. AWS sends it again when it takes longer.
const DEADLINE: Duration = Duration::from_secs(20);
/// Notifications at once; more are told to come back.
const AT_ONCE: usize = 64;

#[derive(Clone)]
struct Notifications {
    commands: Channel,
    limits: Arc<Limits>,
    trusted_hops: usize,
    places: Arc<Semaphore>,
}

/// `POST /notifications/s3`.
pub fn notifications(commands: Channel, limits: Arc<Limits>, trusted_hops: usize) -> Router {
    let state = Notifications {
        commands,
        limits,
        trusted_hops,
        places: Arc::new(Semaphore::new(AT_ONCE)),
    };
    Router::new()
        .route("/notifications/s3", post(report))
        .layer(DefaultBodyLimit::max(LARGEST))
        .with_state(state)
}

async fn report(
    State(state): State<Notifications>,
    peer: Option<axum::Extension<ConnectInfo<SocketAddr>>>,
    headers: HeaderMap,
    notification: Bytes,
) -> Response {
    let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |info| info.0.0.ip());
    let client = client_address(&headers, peer, state.trusted_hops);
    let Ok(_place) = state.places.clone().try_acquire_owned() else {
        return answer(StatusCode::SERVICE_UNAVAILABLE, "busy; send it again\n");
    };
    let mut request = Request::new(ReportObjectCreatedRequest {
        notification: notification.to_vec(),
    });
    request.set_timeout(DEADLINE);
    let shown = headers.get(header::AUTHORIZATION);
    let shown = shown.and_then(|value| value.to_str().ok()?.parse().ok());
    if let Some(shown) = shown {
        request.metadata_mut().insert("authorization", shown);
    }
    let mut commands = NotificationsClient::new(state.commands);
    match commands.report_object_created(request).await {
        Ok(response) => {
            let counts = response.into_inner();
            let text = format!(
                "{} completed, {} ignored\n",
                counts.completed, counts.ignored
            );
            (StatusCode::OK, text).into_response()
        }
        Err(status) => refused(&status, &state.limits, client),
    }
}

/// Guessing keys costs as much as guessing passwords; S3 itself, which has the key, is not held up.
fn refused(status: &Status, limits: &Limits, client: IpAddr) -> Response {
    tracing::debug!(code = ?status.code(), "a notification was not taken");
    match status.code() {
        Code::PermissionDenied | Code::Unauthenticated if limits.address(client).is_err() => {
            answer(StatusCode::TOO_MANY_REQUESTS, "wait a minute\n")
        }
        Code::PermissionDenied | Code::Unauthenticated => {
            answer(StatusCode::FORBIDDEN, "this needs the notification key\n")
        }
        Code::InvalidArgument => answer(StatusCode::BAD_REQUEST, "this is no notification of S3\n"),
        _ => answer(StatusCode::SERVICE_UNAVAILABLE, "not now; send it again\n"),
    }
}

fn answer(status: StatusCode, text: &'static str) -> Response {
    (status, text).into_response()
}
