//! Real gRPC servers that stand behind the gateway and say what reached them.

use std::{
    convert::Infallible,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{body::Body, routing::post};
use bytes::Bytes;
use picup_proto::{
    access::v1::{
        CloseAccountRequest, CloseAccountResponse, EndSessionRequest, EndSessionResponse,
        ListSessionsRequest, ListSessionsResponse, OpenAccountRequest, OpenAccountResponse,
        OpenShareRequest, OpenShareResponse, RefreshRequest, RefreshResponse, SignInRequest,
        SignInResponse, SignOutRequest, SignOutResponse,
        access_server::{Access, AccessServer},
    },
    commands::v1::{
        ChooseCoverRequest, ChooseCoverResponse, CreateAlbumRequest, CreateAlbumResponse,
        DeleteAlbumRequest, DeleteAlbumResponse, RenameAlbumRequest, RenameAlbumResponse,
        RestoreAlbumRequest, RestoreAlbumResponse, RevokeShareRequest, RevokeShareResponse,
        ShareAlbumRequest, ShareAlbumResponse,
        album_commands_server::{AlbumCommands, AlbumCommandsServer},
    },
    internal::v1::{
        CountUnappliedRequest, CountUnappliedResponse, GetReachedRequest, GetReachedResponse,
        ListLeftoversRequest, ListLeftoversResponse, ListOriginalsRequest, ListOriginalsResponse,
        ListUsageRequest, ListUsageResponse, SkipEventRequest, SkipEventResponse,
        upkeep_server::{Upkeep, UpkeepServer},
    },
    queries::v1::{
        GetAccountRequest, GetAccountResponse, GetUsageRequest, GetUsageResponse,
        account_queries_server::{AccountQueries, AccountQueriesServer},
    },
};
use picup_service::{
    errors::{ErrorCode, Fault},
    lifecycle::Lifecycle,
    server,
};
use tokio::{net::TcpListener, runtime::Runtime, sync::Semaphore};
use tonic::{Request, Response, Status, metadata::MetadataMap, service::Routes};

/// The title of an album that is never created: its command waits until it is dropped.
pub const NEVER: &str = "never";
/// The title of an album that does not fit.
pub const TOO_MUCH: &str = "too much";

/// What reached the services.
#[derive(Clone)]
pub struct Seen {
    metadata: Arc<Mutex<Vec<MetadataMap>>>,
    waiting: Arc<Semaphore>,
    dropped: Arc<Semaphore>,
}

impl Seen {
    pub fn last(&self) -> MetadataMap {
        let seen = self.metadata.lock().unwrap();
        seen.last().expect("a request reached the service").clone()
    }

    pub fn count(&self) -> usize {
        self.metadata.lock().unwrap().len()
    }

    /// Waits until a command waits for ever.
    pub async fn one_waits(&self) {
        bounded(self.waiting.acquire()).await.unwrap().forget();
    }

    /// Waits until a command that waited for ever was dropped.
    pub async fn one_was_dropped(&self) {
        bounded(self.dropped.acquire()).await.unwrap().forget();
    }

    fn note<T>(&self, request: Request<T>) -> T {
        let (metadata, _, message) = request.into_parts();
        self.metadata.lock().unwrap().push(metadata);
        message
    }
}

/// No wait in a test is longer than this.
pub async fn bounded<T>(future: impl Future<Output = T>) -> T {
    let ended = tokio::time::timeout(Duration::from_secs(10), future).await;
    ended.expect("it does not take 10 seconds")
}

/// An answer that begins and never goes on.
fn begin_and_stop(waiting: &Semaphore) -> ([(&'static str, &'static str); 1], Body) {
    waiting.add_permits(1);
    let nothing = tokio_stream::pending::<Result<Bytes, Infallible>>();
    let headers = [("content-type", "application/grpc")];
    (headers, Body::from_stream(nothing))
}

struct CountDrop(Arc<Semaphore>);

impl Drop for CountDrop {
    fn drop(&mut self) {
        self.0.add_permits(1);
    }
}

#[tonic::async_trait]
impl AlbumCommands for Seen {
    async fn create_album(
        &self,
        request: Request<CreateAlbumRequest>,
    ) -> Result<Response<CreateAlbumResponse>, Status> {
        let title = self.note(request).title;
        match title.as_str() {
            TOO_MUCH => Err(Fault::new(ErrorCode::QuotaExceeded, "no room: é")
                .with_metadata("free_bytes", "7")
                .into()),
            NEVER => {
                let _dropped = CountDrop(self.dropped.clone());
                self.waiting.add_permits(1);
                std::future::pending().await
            }
            _ => {
                let mut response = Response::new(CreateAlbumResponse {
                    album_id: title,
                    token: None,
                });
                let value = "42".parse().unwrap();
                response.metadata_mut().insert("x-answer", value);
                Ok(response)
            }
        }
    }

    async fn rename_album(
        &self,
        _: Request<RenameAlbumRequest>,
    ) -> Result<Response<RenameAlbumResponse>, Status> {
        Err(Status::unimplemented("no test renames"))
    }

    async fn choose_cover(
        &self,
        _: Request<ChooseCoverRequest>,
    ) -> Result<Response<ChooseCoverResponse>, Status> {
        Err(Status::unimplemented("no test chooses a cover"))
    }

    async fn delete_album(
        &self,
        _: Request<DeleteAlbumRequest>,
    ) -> Result<Response<DeleteAlbumResponse>, Status> {
        Err(Status::unimplemented("no test deletes"))
    }

    async fn restore_album(
        &self,
        _: Request<RestoreAlbumRequest>,
    ) -> Result<Response<RestoreAlbumResponse>, Status> {
        Err(Status::unimplemented("no test restores"))
    }

    async fn share_album(
        &self,
        _: Request<ShareAlbumRequest>,
    ) -> Result<Response<ShareAlbumResponse>, Status> {
        Err(Status::unimplemented("no test shares"))
    }

    async fn revoke_share(
        &self,
        _: Request<RevokeShareRequest>,
    ) -> Result<Response<RevokeShareResponse>, Status> {
        Err(Status::unimplemented("no test revokes"))
    }
}

#[tonic::async_trait]
impl Access for Seen {
    async fn open_account(
        &self,
        _: Request<OpenAccountRequest>,
    ) -> Result<Response<OpenAccountResponse>, Status> {
        Err(Status::unimplemented("no test opens an account"))
    }

    async fn sign_in(
        &self,
        request: Request<SignInRequest>,
    ) -> Result<Response<SignInResponse>, Status> {
        let account_id = self.note(request).email;
        Ok(Response::new(SignInResponse {
            account_id,
            session: None,
        }))
    }

    async fn refresh(
        &self,
        _: Request<RefreshRequest>,
    ) -> Result<Response<RefreshResponse>, Status> {
        Err(Status::unimplemented("no test refreshes"))
    }

    async fn sign_out(
        &self,
        _: Request<SignOutRequest>,
    ) -> Result<Response<SignOutResponse>, Status> {
        Err(Status::unimplemented("no test signs out"))
    }

    async fn close_account(
        &self,
        _: Request<CloseAccountRequest>,
    ) -> Result<Response<CloseAccountResponse>, Status> {
        Err(Status::unimplemented("no test closes an account"))
    }

    async fn list_sessions(
        &self,
        _: Request<ListSessionsRequest>,
    ) -> Result<Response<ListSessionsResponse>, Status> {
        Err(Status::unimplemented("no test lists sessions"))
    }

    async fn end_session(
        &self,
        _: Request<EndSessionRequest>,
    ) -> Result<Response<EndSessionResponse>, Status> {
        Err(Status::unimplemented("no test ends a session"))
    }

    async fn open_share(
        &self,
        _: Request<OpenShareRequest>,
    ) -> Result<Response<OpenShareResponse>, Status> {
        Err(Status::unimplemented("no test opens a share"))
    }
}

#[tonic::async_trait]
impl Upkeep for Seen {
    async fn list_leftovers(
        &self,
        request: Request<ListLeftoversRequest>,
    ) -> Result<Response<ListLeftoversResponse>, Status> {
        self.note(request);
        Ok(Response::new(ListLeftoversResponse::default()))
    }

    async fn skip_event(
        &self,
        _: Request<SkipEventRequest>,
    ) -> Result<Response<SkipEventResponse>, Status> {
        Err(Status::unimplemented("no test skips an event"))
    }

    async fn list_usage(
        &self,
        _: Request<ListUsageRequest>,
    ) -> Result<Response<ListUsageResponse>, Status> {
        Err(Status::unimplemented("no test audits"))
    }

    async fn get_reached(
        &self,
        _: Request<GetReachedRequest>,
    ) -> Result<Response<GetReachedResponse>, Status> {
        Err(Status::unimplemented("no test audits"))
    }

    async fn list_originals(
        &self,
        _: Request<ListOriginalsRequest>,
    ) -> Result<Response<ListOriginalsResponse>, Status> {
        Err(Status::unimplemented("no test lists originals"))
    }

    async fn count_unapplied(
        &self,
        _: Request<CountUnappliedRequest>,
    ) -> Result<Response<CountUnappliedResponse>, Status> {
        Err(Status::unimplemented("no test audits"))
    }
}

#[tonic::async_trait]
impl AccountQueries for Seen {
    async fn get_usage(
        &self,
        request: Request<GetUsageRequest>,
    ) -> Result<Response<GetUsageResponse>, Status> {
        self.note(request);
        Ok(Response::new(GetUsageResponse::default()))
    }

    async fn get_account(
        &self,
        _: Request<GetAccountRequest>,
    ) -> Result<Response<GetAccountResponse>, Status> {
        Err(Status::unimplemented("no test asks for an account"))
    }
}

/// One process that answers for command-svc, or for projection-svc.
pub struct Upstream {
    pub address: SocketAddr,
    pub seen: Seen,
    runtime: Option<Runtime>,
}

impl Upstream {
    pub fn commands() -> Self {
        Self::start(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), |seen| {
            // Larger than the gateway's own limit, so that the gateway's is what is tested.
            let albums = AlbumCommandsServer::new(seen.clone());
            Routes::new(albums.max_decoding_message_size(64 * 1024 * 1024))
                .add_service(AccessServer::new(seen.clone()))
                .add_service(UpkeepServer::new(seen))
        })
    }

    pub fn queries() -> Self {
        Self::start(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), |seen| {
            let waiting = seen.waiting.clone();
            Routes::new(AccountQueriesServer::new(seen))
                .into_axum_router()
                .route(
                    "/picup.queries.v1.AlbumQueries/ListAlbums",
                    post(move || std::future::ready(begin_and_stop(&waiting))),
                )
                .into()
        })
    }

    /// Another process takes the place of one that was killed.
    pub fn commands_again(address: SocketAddr) -> Self {
        Self::start(address, |seen| Routes::new(AlbumCommandsServer::new(seen)))
    }

    fn start(address: SocketAddr, routes: impl FnOnce(Seen) -> Routes) -> Self {
        let seen = Seen {
            metadata: Arc::default(),
            waiting: Arc::new(Semaphore::new(0)),
            dropped: Arc::new(Semaphore::new(0)),
        };
        let routes = routes(seen.clone());
        // A runtime of its own, so that it can be killed with its connections, as a process is.
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let serving = runtime.handle().clone();
        let serve = std::thread::spawn(move || {
            serving.block_on(async move {
                let listener = TcpListener::bind(address).await.unwrap();
                let address = listener.local_addr().unwrap();
                server::serve(routes, listener, &Lifecycle::new());
                address
            })
        });
        Self {
            address: serve.join().unwrap(),
            seen,
            runtime: Some(runtime),
        }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Ends it wherever it is.
    pub fn kill(mut self) -> SocketAddr {
        self.end();
        self.address
    }

    fn end(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.end();
    }
}
