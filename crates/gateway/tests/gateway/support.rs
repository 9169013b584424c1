//! A running gateway, and people who may use it.

use std::{collections::HashMap, net::SocketAddr, time::Duration};

use aws_lc_rs::{
    encoding::AsDer as _,
    signature::{Ed25519KeyPair, KeyPair as _},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use picup_gateway::Settings;
use picup_proto::commands::v1::{
    CreateAlbumRequest, CreateAlbumResponse, album_commands_client::AlbumCommandsClient,
};
use picup_service::{
    auth::{ACCESS_TOKEN_AUDIENCE, Claims, Role},
    health::Readiness,
    lifecycle::Lifecycle,
};
use time::OffsetDateTime;
use tokio::net::TcpListener;
use tonic::{
    Request, Response, Status,
    transport::{Channel, Endpoint},
};
use uuid::Uuid;

use crate::upstream::{Upstream, bounded};

/// Signs access tokens, as command-svc does.
pub struct Keys {
    private: EncodingKey,
    pub public_pem: String,
}

impl Keys {
    pub fn generate() -> Self {
        let pair = Ed25519KeyPair::generate().unwrap();
        let private = pair.to_pkcs8v1().unwrap();
        let public = pair.public_key().as_der().unwrap();
        let public = STANDARD.encode(public.as_ref());
        Self {
            private: EncodingKey::from_ed_der(private.as_ref()),
            public_pem: format!("-----BEGIN PUBLIC KEY-----\n{public}\n-----END PUBLIC KEY-----\n"),
        }
    }

    /// A token that works for so many seconds from now.
    pub fn token(&self, seconds: i64) -> String {
        let now = OffsetDateTime::now_utc().unix_timestamp();
        let claims = Claims {
            sub: Uuid::from_u128(1),
            aud: ACCESS_TOKEN_AUDIENCE.to_owned(),
            iat: now,
            exp: now + seconds,
            role: Role::User,
            session: None,
            guest: None,
        };
        jsonwebtoken::encode(&Header::new(Algorithm::EdDSA), &claims, &self.private).unwrap()
    }
}

/// A gateway on a port of its own.
pub struct Gateway {
    pub address: SocketAddr,
    pub keys: Keys,
    pub lifecycle: Lifecycle,
}

impl Gateway {
    pub async fn before(commands: &Upstream, queries: &Upstream) -> Self {
        Self::with(commands, queries, &[]).await
    }

    pub async fn with(commands: &Upstream, queries: &Upstream, variables: &[(&str, &str)]) -> Self {
        let keys = Keys::generate();
        let mut source = HashMap::from([
            ("PICUP_COMMAND_URL".to_owned(), commands.url()),
            ("PICUP_PROJECTION_URL".to_owned(), queries.url()),
            ("PICUP_OPERATIONS_URL".to_owned(), queries.url()),
            ("PICUP_TOKEN_PUBLIC_KEY".to_owned(), keys.public_pem.clone()),
        ]);
        let more = variables.iter();
        source.extend(more.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let settings = Settings::read(&source).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (lifecycle, readiness) = (Lifecycle::new(), Readiness::new());
        picup_gateway::start(settings, listener, &lifecycle, &readiness)
            .await
            .unwrap();
        Self {
            address,
            keys,
            lifecycle,
        }
    }

    pub async fn channel(&self) -> Channel {
        let endpoint = Endpoint::from_shared(format!("http://{}", self.address)).unwrap();
        endpoint.connect().await.unwrap()
    }

    /// Creates an album with a token that works.
    pub async fn create_album(&self, title: &str) -> Result<Response<CreateAlbumResponse>, Status> {
        self.send(self.create_album_request(title)).await
    }

    pub fn create_album_request(&self, title: &str) -> Request<CreateAlbumRequest> {
        let mut request = request_without_token(title);
        authorize(&mut request, &self.keys.token(60));
        request
    }

    pub async fn send(
        &self,
        request: Request<CreateAlbumRequest>,
    ) -> Result<Response<CreateAlbumResponse>, Status> {
        let mut client = AlbumCommandsClient::new(self.channel().await);
        bounded(client.create_album(request)).await
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.lifecycle.request_stop();
        self.lifecycle.killing().cancel();
    }
}

pub fn request_without_token(title: &str) -> Request<CreateAlbumRequest> {
    Request::new(CreateAlbumRequest {
        command_id: String::new(),
        title: title.to_owned(),
    })
}

pub fn authorize<T>(request: &mut Request<T>, token: &str) {
    let bearer = format!("Bearer {token}").parse().unwrap();
    request.metadata_mut().insert("authorization", bearer);
}

/// Asks again until an answer is there, for as long as a test may wait.
pub async fn until<T>(mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    bounded(async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await
}
