use std::{sync::Arc, time::Duration};

use anyhow::Context as _;
use axum::{
    Router,
    body::Body as HttpBody,
    extract::Request,
    http::StatusCode,
    response::{IntoResponse as _, Response},
    routing::any,
};
use http::{HeaderName, HeaderValue, header};
use picup_objects::Objects;
use picup_proto::DESCRIPTORS;
use picup_service::{
    auth::{ServiceKey, TokenVerifier},
    health::Readiness,
    lifecycle::Lifecycle,
};
use prost::Message as _;
use prost_types::FileDescriptorSet;
use tokio::net::TcpListener;
use tonic::{
    body::Body,
    service::Routes,
    transport::{Channel, ClientTlsConfig, Endpoint},
};
use tonic_health::ServingStatus;
use tonic_web::GrpcWebLayer;
use tower::{Layer as _, ServiceExt as _};
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer};

use crate::{
    Settings,
    admit::Admission,
    edge::{Edge, Parts},
    forward::Forward,
    limits::Limits,
    notifications::notifications,
    pages::pages,
    serve::serve,
    web::Web,
};

/// How long a service may take to accept a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// How long a connection to a service may stay silent before it is asked for a sign of life, and then to give
/// it: one whose machine has gone must not swallow requests until their deadlines.
const KEEPALIVE: Duration = Duration::from_secs(5);

/// Starts answering on `listener` and returns. It ends with the lifecycle.
pub async fn start(
    settings: Settings,
    listener: TcpListener,
    lifecycle: &Lifecycle,
    readiness: &Readiness,
) -> anyhow::Result<()> {
    let latch = readiness.part("gateway");
    let limits = Arc::new(Limits::new(
        settings.access_requests_per_minute,
        settings.account_requests_per_second,
    ));
    let admission = Admission {
        verifier: TokenVerifier::from_public_key_pem(&settings.token_public_key)
            .context("PICUP_TOKEN_PUBLIC_KEY")?,
        limits: limits.clone(),
        trusted_hops: settings.trusted_hops,
        longest_deadline: settings.longest_deadline,
    };
    let commands = channel(&settings.command_url)?;
    let projections = channel(&settings.projection_url)?;
    let operations = channel(&settings.operations_url)?;
    let edge = match settings.edge {
        None => Router::new(),
        Some(edge) => edge_routes(Parts {
            settings: edge.delivery,
            objects: Objects::connect(&edge.objects).await,
            limits: limits.clone(),
            trusted_hops: settings.trusted_hops,
            tokens: admission.verifier.clone(),
            projections: projections.clone(),
            service_key: ServiceKey::new(edge.service_key),
        }),
    };
    let from_s3 = notifications(commands.clone(), limits.clone(), settings.trusted_hops);
    let forward = Forward::new(
        admission,
        commands,
        projections,
        operations,
        settings.requests_at_once,
    );

    let web = settings.web.as_ref().map(Web::new).transpose()?;
    let routes = pages(readiness.clone(), lifecycle, web.is_none())
        .merge(health_and_reflection(lifecycle).await?)
        .merge(edge)
        .merge(from_s3)
        .fallback(move |request| answer(forward.clone(), web.clone(), request))
        .layer(cors(&settings.web_origins)?);
    lifecycle.spawn("gateway", serve(listener, routes, lifecycle.clone()));
    let stopping = lifecycle.stopping();
    lifecycle.spawn("limits", async move {
        stopping.run_until_cancelled(limits.forget()).await;
    });
    latch.ready();
    Ok(())
}

fn edge_routes(parts: Parts) -> Router {
    let edge = Arc::new(Edge::new(parts));
    let answer = move |request: Request| {
        let edge = edge.clone();
        // The body is left unread: what is asked stands in the head.
        async move { edge.answer(request.into_parts().0).await }
    };
    Router::new().route("/u/{*path}", any(answer))
}

/// gRPC goes on as it is; gRPC-web is translated first, and its answer back. All else is the web app's.
async fn answer(forward: Forward, web: Option<Web>, request: Request) -> Response {
    let content_type = request.headers().get(header::CONTENT_TYPE);
    let content_type = content_type.map_or(&b""[..], HeaderValue::as_bytes);
    let request_body = |request: Request| request.map(Body::new);
    let answered = if content_type.starts_with(b"application/grpc-web") {
        let translated = GrpcWebLayer::new().layer(forward);
        translated.oneshot(request_body(request)).await
    } else if content_type.starts_with(b"application/grpc") {
        forward.oneshot(request_body(request)).await
    } else if let Some(web) = web {
        return web.answer(request).await;
    } else {
        let nothing = "there is nothing here; programs speak gRPC or gRPC-web\n";
        return (StatusCode::NOT_FOUND, nothing).into_response();
    };
    match answered {
        Ok(response) => response.map(HttpBody::new),
        Err(never) => match never {},
    }
}

async fn health_and_reflection(lifecycle: &Lifecycle) -> anyhow::Result<Router> {
    let (reporter, health) = tonic_health::server::health_reporter();
    reporter
        .set_service_status("", ServingStatus::Serving)
        .await;
    let stopping = lifecycle.stopping();
    lifecycle.spawn("health", async move {
        stopping.cancelled().await;
        reporter
            .set_service_status("", ServingStatus::NotServing)
            .await;
    });
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
        .allow_methods([http::Method::POST, http::Method::GET, http::Method::HEAD])
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers(
            [
                "grpc-status",
                "grpc-message",
                "grpc-status-details-bin",
                "accept-ranges",
                "content-disposition",
                "content-length",
                "content-range",
                "etag",
            ]
            .map(HeaderName::from_static),
        )
        .max_age(Duration::from_hours(1)))
}

fn channel(url: &str) -> anyhow::Result<Channel> {
    let mut endpoint =
        Endpoint::from_shared(url.to_owned()).with_context(|| format!("{url} is no URL"))?;
    if url.starts_with("https:") {
        endpoint = endpoint.tls_config(ClientTlsConfig::new().with_enabled_roots())?;
    }
    Ok(endpoint
        .connect_timeout(CONNECT_TIMEOUT)
        .tcp_nodelay(true)
        .http2_keep_alive_interval(KEEPALIVE)
        .keep_alive_timeout(KEEPALIVE)
        .keep_alive_while_idle(true)
        .connect_lazy())
}
