//! Serving gRPC with limits, and stopping within a deadline.

use std::time::Duration;

use tokio::net::TcpListener;
use tonic::{
    service::Routes,
    transport::{Server, server::TcpIncoming},
};

use crate::lifecycle::Lifecycle;

/// The longest that a request may take: also one whose client has set no deadline.
const DEADLINE: Duration = Duration::from_secs(30);
/// Streams on one connection. The gateway brings many callers over one.
const STREAMS: u32 = 1024;
/// Requests under way on one connection; more wait.
const AT_ONCE: usize = 512;
/// How long a connection may stay silent before it is asked for a sign of life.
const KEEPALIVE: Duration = Duration::from_secs(30);

/// Serves until the process stops. A client that does not let go cannot hold up the end: the lifecycle's
/// own deadline drops what is left.
pub fn serve(routes: Routes, listener: TcpListener, lifecycle: &Lifecycle) {
    let stopped = lifecycle.stopping().cancelled_owned();
    let server = Server::builder()
        .timeout(DEADLINE)
        .http2_keepalive_interval(Some(KEEPALIVE))
        .max_concurrent_streams(STREAMS)
        .concurrency_limit_per_connection(AT_ONCE)
        .add_routes(routes);
    lifecycle.spawn("grpc", async move {
        // The builder's own `tcp_nodelay` is not heeded for connections that are handed to it.
        let connections = TcpIncoming::from(listener).with_nodelay(Some(true));
        if let Err(error) = server
            .serve_with_incoming_shutdown(connections, stopped)
            .await
        {
            tracing::error!(%error, "the gRPC server ended");
        }
    });
}
