//! The little that the gateway says over plain HTTP.

use axum::{
    Router,
    http::{StatusCode, header},
    response::IntoResponse,
    routing::get,
};
use picup_service::{health::Readiness, lifecycle::Lifecycle};

const HOME: &str = include_str!("home.html");

/// Health, and a first page where the web app is not served. Whoever stops is not ready: balancers ask this, and
/// then send others the work.
pub fn pages(readiness: Readiness, lifecycle: &Lifecycle, with_home: bool) -> Router {
    let stopping = lifecycle.stopping();
    let ready = move || async move {
        let waiting = readiness.waiting_for();
        if stopping.is_cancelled() {
            (StatusCode::SERVICE_UNAVAILABLE, "stopping\n".to_owned())
        } else if waiting.is_empty() {
            (StatusCode::OK, "ready\n".to_owned())
        } else {
            (
                StatusCode::SERVICE_UNAVAILABLE,
                format!("waiting for {}\n", waiting.join(", ")),
            )
        }
    };
    let home = if with_home {
        Router::new().route("/", get(home))
    } else {
        Router::new()
    };
    home.route("/health/live", get(async || "alive\n"))
        .route("/health/ready", get(ready))
}

async fn home() -> impl IntoResponse {
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'self'",
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, HOME)
}
