//! The gateway's port: anybody may connect, so every wait for a client has a bound.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, body::Body, extract::ConnectInfo};
use http::Request;
use hyper::body::Incoming;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{
        conn::auto::Builder,
        graceful::{GracefulShutdown, Watcher},
    },
    service::TowerToHyperService,
};
use picup_service::lifecycle::Lifecycle;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    time::{sleep, timeout},
};
use tower::ServiceExt as _;

/// Connections at once; more wait to be accepted.
const CONNECTIONS: usize = 10_000;
/// Streams on one connection.
const STREAMS: u32 = 256;
/// How long a client may take to show which protocol it speaks.
const GREETING: Duration = Duration::from_secs(5);
/// How long it may then take over HTTP/1.1 until it has sent the headers of the next request: longer than
/// balancers keep an idle connection, so that it is they who close it.
const NEXT_REQUEST: Duration = Duration::from_secs(75);
/// How long an HTTP/2 connection may stay silent before it is asked for a sign of life, and then to give it.
const KEEPALIVE: Duration = Duration::from_secs(20);
/// How long to wait when a connection cannot be accepted, most likely because too many files are open.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// What every HTTP/2 client sends first (RFC 9113, 3.4).
const HTTP2_GREETING: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Accepts connections until the process stops, then waits for the requests under way.
pub async fn serve(listener: TcpListener, routes: Router, lifecycle: Lifecycle) {
    let connections = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let stopping = lifecycle.stopping();
    loop {
        let accepted = async {
            let place = places.clone().acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            accepted = accepted => accepted,
            () = stopping.cancelled() => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                let (routes, watcher) = (routes.clone(), connections.watcher());
                let lifecycle = lifecycle.clone();
                tokio::spawn(async move {
                    let _place = place;
                    if has_greeted(&stream, &lifecycle).await {
                        let conversation = converse(stream, peer, routes, watcher);
                        let killing = lifecycle.killing();
                        killing.run_until_cancelled(conversation).await;
                    }
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a connection was not accepted");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    connections.shutdown().await;
}

/// Waits until a client has shown which protocol it speaks. The HTTP server has bounds for all that comes
/// after it, but none for this.
async fn has_greeted(stream: &TcpStream, lifecycle: &Lifecycle) -> bool {
    let stopping = lifecycle.stopping();
    let greeted = stopping.run_until_cancelled(timeout(GREETING, greeting(stream)));
    matches!(greeted.await, Some(Ok(Ok(()))))
}

async fn greeting(stream: &TcpStream) -> io::Result<()> {
    let mut start = [0; HTTP2_GREETING.len()];
    loop {
        let length = stream.peek(&mut start).await?;
        if length == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if length == start.len() || start[..length] != HTTP2_GREETING[..length] {
            return Ok(());
        }
        // Half of it is there, and while it is, looking again would not wait.
        sleep(Duration::from_millis(20)).await;
    }
}

/// Answers one client until it leaves, or is asked to.
async fn converse(stream: TcpStream, peer: SocketAddr, routes: Router, watcher: Watcher) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection stays slow");
    }
    let service = routes.map_request(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        request.map(Body::new)
    });
    let builder = http_builder();
    let connection =
        builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%peer, %error, "a connection broke");
    }
}

fn http_builder() -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(NEXT_REQUEST);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS)
        .keep_alive_interval(KEEPALIVE)
        .keep_alive_timeout(KEEPALIVE);
    builder
}
