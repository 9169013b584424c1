//! Health for those who run the process: `/live`, `/ready`, and `/metrics` for Prometheus.

use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::Context as _;
use axum::{Router, http::StatusCode, routing::get};
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::net::TcpListener;

use crate::lifecycle::Lifecycle;

/// Whether the process may be sent work: all of its parts are ready.
#[derive(Clone, Debug, Default)]
pub struct Readiness(Arc<Mutex<BTreeMap<&'static str, bool>>>);

impl Readiness {
    /// Nothing to wait for yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a part that is not ready yet.
    pub fn part(&self, name: &'static str) -> Latch {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(name, false);
        Latch {
            readiness: self.clone(),
            name,
        }
    }

    /// The parts that are not ready.
    pub fn waiting_for(&self) -> Vec<&'static str> {
        let parts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        parts
            .iter()
            .filter(|(_, ready)| !**ready)
            .map(|(name, _)| *name)
            .collect()
    }
}

/// One part of a process that becomes ready.
#[derive(Debug)]
pub struct Latch {
    readiness: Readiness,
    name: &'static str,
}

impl Latch {
    /// It is ready now.
    pub fn ready(self) {
        let mut parts = self
            .readiness
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        parts.insert(self.name, true);
    }
}

/// Loopback, on any free port.
pub(crate) fn default_address() -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, 0))
}

/// Serves health and metrics until the process has ended: also while it drains, so that everybody can see that
/// it does. Answers where.
pub(crate) async fn serve(
    address: SocketAddr,
    readiness: Readiness,
    metrics: PrometheusHandle,
    lifecycle: &Lifecycle,
) -> anyhow::Result<SocketAddr> {
    let listener = TcpListener::bind(address).await;
    let listener =
        listener.with_context(|| format!("PICUP_ADMIN_ADDRESS: cannot listen on {address}"))?;
    let address = listener.local_addr()?;
    tracing::info!(%address, "health and metrics");
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
    let routes = Router::new()
        .route("/live", get(async || "alive\n"))
        .route("/ready", get(ready))
        .route(
            "/metrics",
            get(move || std::future::ready(metrics.render())),
        );
    // Not one of the lifecycle's tasks: those are waited for.
    tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, routes).await {
            tracing::error!(%error, "health and metrics ended");
        }
    });
    Ok(address)
}

#[cfg(test)]
mod tests {
    use metrics_exporter_prometheus::PrometheusBuilder;
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpStream,
    };

    use super::*;

    async fn get(address: SocketAddr, path: &str) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn a_process_is_seen_to_wait_to_be_ready_and_to_stop() {
        let (readiness, lifecycle) = (Readiness::new(), Lifecycle::new());
        let latch = readiness.part("database");
        let metrics = PrometheusBuilder::new().build_recorder().handle();
        let address = serve(default_address(), readiness, metrics, &lifecycle).await;
        let address = address.unwrap();

        let answer = get(address, "/ready").await;
        assert!(answer.starts_with("HTTP/1.1 503") && answer.ends_with("waiting for database\n"));
        latch.ready();
        assert!(get(address, "/ready").await.starts_with("HTTP/1.1 200"));

        lifecycle.request_stop();
        assert!(get(address, "/ready").await.ends_with("stopping\n"));
        assert!(get(address, "/live").await.starts_with("HTTP/1.1 200"));
        assert!(get(address, "/metrics").await.starts_with("HTTP/1.1 200"));
    }

    #[test]
    fn a_process_is_ready_when_its_last_part_is() {
        let readiness = Readiness::new();
        let (first, second) = (readiness.part("first"), readiness.part("second"));
        first.ready();
        assert_eq!(readiness.waiting_for(), ["second"]);
        second.ready();
        assert!(readiness.waiting_for().is_empty());
    }
}
