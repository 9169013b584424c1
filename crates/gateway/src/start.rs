use std::{net::SocketAddr, time::Duration};

use anyhow::Context as _;
use axum::{
    Router, body::Body as HttpBody, extract::Request, response::Response, serve::ListenerExt as _,
};
use http::{HeaderName, HeaderValue, header};
use picup_proto::DESCRIPTORS;
use picup_service::{auth::TokenVerifier, health::Readiness, lifecycle::Lifecycle};
use prost::Message as _;
use prost_types::FileDescriptorSet;
use tokio::net::TcpListener;
use tonic::{
    body::Body,
    service::Routes,
    transport::{Channel, Endpoint},
};
use tonic_web::GrpcWebLayer;
use tower::{Layer as _, ServiceExt as _};
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer};

use crate::{Settings, admit::Admission, forward::Forward, limits::Limits, pages::pages};

/// How long a service may take to accept a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// Starts answering on `listener` and returns. It ends with the lifecycle.
pub async fn start(
    settings: Settings,
    listener: TcpListener,
    lifecycle: &Lifecycle,
    readiness: &Readiness,
) -> anyhow::Result<()> {
    let latch = readiness.part("gateway");
    let admission = Admission {
        verifier: TokenVerifier::from_public_key_pem(&settings.token_public_key)
            .context("PICUP_TOKEN_PUBLIC_KEY")?,
        limits: Limits::new(
            settings.access_requests_per_minute,
            settings.account_requests_per_second,
        ),
        trusted_hops: settings.trusted_hops,
        longest_deadline: settings.longest_deadline,
    };
    let commands = channel(&settings.command_url)?;
    let projections = channel(&settings.projection_url)?;
    let forward = Forward::new(admission, commands, projections, settings.requests_at_once);

    let routes = pages(readiness.clone())
        .merge(health_and_reflection().await?)
        .fallback(move |request| answer(forward.clone(), request))
        .layer(cors(&settings.web_origins)?)
        .into_make_service_with_connect_info::<SocketAddr>();
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection stays slow");
        }
    });
    let stopped = lifecycle.stopping().cancelled_owned();
    lifecycle.spawn("gateway", async move {
        if let Err(error) = axum::serve(listener, routes)
            .with_graceful_shutdown(stopped)
            .await
        {
            tracing::error!(%error, "the gateway ended");
        }
    });
    latch.ready();
    Ok(())
}

/// gRPC goes on as it is; gRPC-web is translated first, and its answer back.
async fn answer(forward: Forward, request: Request) -> Response {
    let content_type = request.headers().get(header::CONTENT_TYPE);
    let web =
        content_type.is_some_and(|value| value.as_bytes().starts_with(b"application/grpc-web"));
    let request = request.map(Body::new);
    let answered = if web {
        GrpcWebLayer::new().layer(forward).oneshot(request).await
    } else {
        forward.oneshot(request).await
    };
    match answered {
        Ok(response) => response.map(HttpBody::new),
        Err(never) => match never {},
    }
}

async fn health_and_reflection() -> anyhow::Result<Router> {
    let (reporter, health) = tonic_health::server::health_reporter();
    reporter
        .set_service_status("", tonic_health::ServingStatus::Serving)
        .await;
    let reflection = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(&public_descriptors()?)
        .build_v1()
        .context("the contract cannot be described")?;
    Ok(Routes::new(health)
        .add_service(reflection)
        .into_axum_router())
}

/// The contract without what is internal.
fn public_descriptors() -> anyhow::Result<Vec<u8>> {
    let mut descriptors = FileDescriptorSet::decode(DESCRIPTORS)?;
    descriptors.file.retain(|file| {
        !file.package().starts_with("picup.internal") && !file.package().starts_with("picup.events")
    });
    Ok(descriptors.encode_to_vec())
}

fn cors(origins: &[String]) -> anyhow::Result<CorsLayer> {
    let origins = origins.iter().map(|origin| {
        HeaderValue::from_str(origin).with_context(|| format!("PICUP_WEB_ORIGINS: {origin:?}"))
    });
    let origins = origins.collect::<anyhow::Result<Vec<_>>>()?;
    Ok(CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins))
        .allow_methods([http::Method::POST, http::Method::GET])
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers(
            ["grpc-status", "grpc-message", "grpc-status-details-bin"].map(HeaderName::from_static),
        )
        .max_age(Duration::from_hours(1)))
}

fn channel(url: &str) -> anyhow::Result<Channel> {
    let endpoint =
        Endpoint::from_shared(url.to_owned()).with_context(|| format!("{url} is no URL"))?;
    Ok(endpoint
        .connect_timeout(CONNECT_TIMEOUT)
        .tcp_nodelay(true)
        .http2_keep_alive_interval(Duration::from_secs(20))
        .connect_lazy())
}
