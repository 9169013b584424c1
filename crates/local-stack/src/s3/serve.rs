use std::net::TcpListener;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use s3s::auth::SimpleAuth;
use s3s::config::{S3Config, StaticConfigProvider};
use s3s::service::S3ServiceBuilder;
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, oneshot};
use tracing::instrument::WithSubscriber as _;
use tracing::subscriber::NoSubscriber;

use super::S3Endpoint;
use super::checked::CheckedFiles;
use super::cors::{AllowedOrigins, WithCors};
use crate::Error;

/// What answers requests: CORS around S3's protocol around checked files.
pub(super) type Service = WithCors;

impl Service {
    pub(super) fn new(
        objects: CheckedFiles,
        endpoint: &S3Endpoint,
        allowed_origins: &[String],
    ) -> Self {
        let mut config = S3Config::default();
        // A form upload is gathered in memory.
        config.post_object_max_file_size = 64 * 1024 * 1024;
        let mut builder = S3ServiceBuilder::new(objects);
        builder.set_auth(SimpleAuth::from_single(
            endpoint.access_key.clone(),
            endpoint.secret_key.clone(),
        ));
        builder.set_config(Arc::new(StaticConfigProvider::new(Arc::new(config))));
        Self::around(builder.build(), AllowedOrigins::new(allowed_origins))
    }
}

const CONNECTIONS: usize = 1024;
const HEADER_LIMIT: Duration = Duration::from_mins(1);
const STOP_LIMIT: Duration = Duration::from_secs(5);
const PAUSE_AFTER_FAILED_ACCEPT: Duration = Duration::from_millis(50);

/// The thread that serves. Dropping it closes the port and every connection.
pub(super) struct Running {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    pub(super) fn start(listener: TcpListener, service: Service) -> Result<Self, Error> {
        let starting = || Error::io("starting the S3 server");
        listener.set_nonblocking(true).map_err(starting())?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("picup-s3")
            .enable_all()
            .build()
            .map_err(starting())?;
        let listener = {
            let _inside = runtime.enter();
            tokio::net::TcpListener::from_std(listener).map_err(starting())?
        };
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name("picup-s3".to_owned())
            .spawn(move || {
                runtime.block_on(async {
                    tokio::select! {
                        () = accept(listener, service) => {}
                        _ = stopped => {}
                    }
                });
                runtime.shutdown_timeout(STOP_LIMIT);
            })
            .map_err(starting())?;
        Ok(Self {
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::warn!("the S3 server's thread panicked");
        }
    }
}

async fn accept(listener: tokio::net::TcpListener, service: Service) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else {
            return;
        };
        match listener.accept().await {
            Ok((connection, _)) => {
                let answered = answer(connection, service.clone());
                // s3s puts whole requests, signatures and keys included, into its spans and
                // messages: they stay out of our logs.
                let answered = answered.with_subscriber(NoSubscriber::new());
                tokio::spawn(async move {
                    answered.await;
                    drop(place);
                });
            }
            // Out of file descriptors, most likely.
            Err(_) => tokio::time::sleep(PAUSE_AFTER_FAILED_ACCEPT).await,
        }
    }
}

async fn answer(connection: TcpStream, service: Service) {
    // Without it small answers wait for the client's acknowledgement: 30 a second instead of 667.
    if connection.set_nodelay(true).is_err() {
        return;
    }
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_LIMIT);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(HEADER_LIMIT);
    // A client that went away is its own business; nothing is left of what it had half sent.
    let _ = builder
        .serve_connection(TokioIo::new(connection), service)
        .await;
}
