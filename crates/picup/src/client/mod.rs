//! The client of one server: requests with their token, their deadline and their retries. It is made of
//! this file, and of one for each noun.

mod account;
mod album;
mod audit;
mod history;
mod media;
mod operations;
mod projection;
mod share;
mod streams;
mod trash;

use std::{fmt, sync::Arc, time::Duration};

use picup_proto::access::v1::{RefreshRequest, access_client::AccessClient};
use tonic::{
    Code, Request, Response, Status,
    metadata::MetadataValue,
    transport::{Channel, ClientTlsConfig, Endpoint},
};
use uuid::Uuid;

use crate::{
    Error, ErrorKind, Result,
    error::{is_transient, retry_delay},
    retry::Patience,
    session::{Credentials, Session, expiry},
    transfer::Transfer,
};

/// Where a server is looked for unless something else is said.
pub const DEFAULT_SERVER: &str = "http://127.0.0.1:8080";

/// What the list of signed-in devices shows.
const USER_AGENT: &str = concat!("picup/", env!("CARGO_PKG_VERSION"));

const CONNECT_WITHIN: Duration = Duration::from_secs(5);
const ANSWER_WITHIN: Duration = Duration::from_secs(20);
/// An access token that expires sooner than this is exchanged before it is used.
const EXPIRY_MARGIN_SECONDS: u32 = 30;

/// A signed-in (or not yet signed-in) client of one server. Cloning it is cheap.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
    patience: Patience,
}

impl fmt::Debug for Client {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Client")
            .field("server", &self.inner.server)
            .finish_non_exhaustive()
    }
}

struct Inner {
    server: String,
    channel: Channel,
    session: Session,
    transfer: Transfer,
}

impl Client {
    /// A client of the server at a URL. It connects with the first request. Called within a Tokio runtime.
    pub fn new(server: &str, session: Session) -> Result<Self> {
        let server = server.trim_end_matches('/').to_owned();
        let wrong = |error: tonic::transport::Error| {
            let message =
                format!("{server} is no server address such as {DEFAULT_SERVER}: {error}");
            Error::new(ErrorKind::Usage, message)
        };
        let mut endpoint = Endpoint::from_shared(server.clone())
            .map_err(wrong)?
            .connect_timeout(CONNECT_WITHIN)
            .http2_keep_alive_interval(Duration::from_secs(30))
            .keep_alive_timeout(Duration::from_secs(10))
            .tcp_nodelay(true)
            .user_agent(USER_AGENT)
            .map_err(wrong)?;
        match endpoint.uri().scheme_str() {
            Some("http") => {}
            Some("https") => {
                let tls = ClientTlsConfig::new().with_native_roots();
                endpoint = endpoint.tls_config(tls).map_err(wrong)?;
            }
            _ => {
                let message = format!("{server} is no server address such as {DEFAULT_SERVER}");
                return Err(Error::new(ErrorKind::Usage, message));
            }
        }
        let channel = endpoint.connect_lazy();
        let transfer = Transfer::new()?;
        let inner = Arc::new(Inner {
            server,
            channel,
            session,
            transfer,
        });
        Ok(Self {
            inner,
            patience: Patience::SHORT,
        })
    }

    /// The same client, trying again as long as this.
    #[must_use]
    pub fn with_patience(&self, patience: Patience) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
            patience,
        }
    }

    /// How long this client tries again.
    pub fn patience(&self) -> Patience {
        self.patience
    }

    /// The server's address.
    pub fn server(&self) -> &str {
        &self.inner.server
    }

    /// Who is signed in.
    pub fn session(&self) -> &Session {
        &self.inner.session
    }

    /// What moves bytes to and from S3.
    pub fn transfer(&self) -> &Transfer {
        &self.inner.transfer
    }

    /// The credentials for this server, or the advice to sign in.
    fn credentials(&self) -> Result<Credentials> {
        let credentials = self.session().credentials();
        let advice = match &credentials {
            Some(credentials) if credentials.server == self.inner.server => {
                return Ok(credentials.clone());
            }
            Some(other) => format!(
                "you are signed in at {}, not at {}",
                other.server, self.inner.server
            ),
            None => "you are not signed in".to_owned(),
        };
        let message = format!(
            "{advice}: use `picup account sign-in --email …`, or `picup account open` for a new account"
        );
        Err(Error::new(ErrorKind::NotSignedIn, message))
    }

    /// Calls with an access token. Refused, it is exchanged for a new one, once.
    async fn call<Q, A, F>(
        &self,
        message: Q,
        rpc: impl Fn(Channel, Request<Q>) -> F + Send + Sync,
    ) -> Result<A>
    where
        Q: Clone + Send + Sync,
        F: Future<Output = Result<Response<A>, Status>> + Send,
    {
        let token = self.access_token(None).await?;
        let mut result = self.attempt(&message, Some(&token), &rpc).await;
        if result
            .as_ref()
            .is_err_and(|status| status.code() == Code::Unauthenticated)
        {
            let token = self.access_token(Some(&token)).await?;
            result = self.attempt(&message, Some(&token), &rpc).await;
        }
        result.map_err(|status| self.error(&status))
    }

    /// Calls without an access token.
    async fn call_openly<Q, A, F>(
        &self,
        message: Q,
        rpc: impl Fn(Channel, Request<Q>) -> F + Send + Sync,
    ) -> Result<A>
    where
        Q: Clone + Send + Sync,
        F: Future<Output = Result<Response<A>, Status>> + Send,
    {
        self.attempt(&message, None, &rpc)
            .await
            .map_err(|status| self.error(&status))
    }

    /// Calls, and again while the failure may pass. Every request is safe to repeat: queries change
    /// nothing, and commands carry their id.
    async fn attempt<Q, A, F>(
        &self,
        message: &Q,
        token: Option<&str>,
        rpc: &(impl Fn(Channel, Request<Q>) -> F + Send + Sync),
    ) -> Result<A, Status>
    where
        Q: Clone + Send + Sync,
        F: Future<Output = Result<Response<A>, Status>> + Send,
    {
        let mut attempt = 0;
        loop {
            let mut request = Request::new(message.clone());
            request.set_timeout(ANSWER_WITHIN);
            if let Some(token) = token {
                let mut value = MetadataValue::try_from(format!("Bearer {token}"))
                    .map_err(|_| Status::unauthenticated("the access token is damaged"))?;
                value.set_sensitive(true);
                request.metadata_mut().insert("authorization", value);
            }
            let status = match rpc(self.inner.channel.clone(), request).await {
                Ok(response) => return Ok(response.into_inner()),
                Err(status) => status,
            };
            let pause = self.patience.pause(attempt, retry_delay(&status));
            match pause {
                Some(pause) if is_transient(&status) => tokio::time::sleep(pause).await,
                _ => return Err(status),
            }
            attempt += 1;
        }
    }

    /// An access token that is good for a while and is not the one that was refused.
    async fn access_token(&self, refused: Option<&str>) -> Result<String> {
        let good = |credentials: &Credentials| {
            credentials.expires_at > expiry(EXPIRY_MARGIN_SECONDS)
                && refused != Some(credentials.access_token.as_str())
        };
        let credentials = self.credentials()?;
        if good(&credentials) {
            return Ok(credentials.access_token);
        }
        let turn = self.session().turn().await?;
        // Somebody else may have exchanged it while this one waited for its turn.
        let credentials = self.credentials()?;
        if good(&credentials) {
            return Ok(credentials.access_token);
        }
        let message = RefreshRequest {
            refresh_token: credentials.refresh_token.clone(),
        };
        let refreshed = self
            .call_openly(message, |channel, request| async move {
                AccessClient::new(channel).refresh(request).await
            })
            .await;
        match refreshed {
            Ok(response) => {
                let session = response.session.unwrap_or_default();
                let next = Credentials {
                    access_token: session.access_token.clone(),
                    expires_at: expiry(session.access_token_seconds),
                    refresh_token: session.refresh_token,
                    ..credentials
                };
                turn.store(Some(next))?;
                Ok(session.access_token)
            }
            Err(error) if error.kind() == ErrorKind::NotSignedIn => {
                turn.store(None)?;
                Err(error)
            }
            Err(error) => Err(error),
        }
    }

    fn error(&self, status: &Status) -> Error {
        Error::from_status(&self.inner.server, status)
    }
}

/// The id of a command that is sent by hand: new each time, the same through its retries.
pub(crate) fn new_command_id() -> String {
    Uuid::new_v4().to_string()
}
