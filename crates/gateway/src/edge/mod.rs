//! The edge: delivers objects, and whole albums, to whoever shows a URL that is signed for them. It verifies
//! just what CloudFront verifies, so that the same URLs work at either.
//!
//! Start reading at [`Edge::answer`], then `place.rs`, `wanted.rs`, `object.rs`; for albums at `album.rs`.

mod album;
mod object;
mod originals;
mod place;
mod source;
mod stream;
mod wanted;

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use axum::{body::Body, extract::ConnectInfo, response::Response};
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header, request::Parts as Head,
};
use picup_delivery::{EdgeSettings, Granted, Invalid, LONGEST_URL, Visitor};
use picup_objects::Objects;
use picup_service::{
    auth::{ServiceKey, TokenVerifier},
    errors::{ErrorCode, Fault},
};
use tokio::sync::Semaphore;
use tonic::{metadata::MetadataMap, transport::Channel};
use uuid::Uuid;

use crate::{headers::client_address, limits::Limits};
use place::Place;

/// Objects on their way at once; more are refused. Each takes some hundred kilobytes at most.
const OBJECTS_AT_ONCE: usize = 256;
/// Archives on their way at once. Each knows the names of its files.
const ALBUMS_AT_ONCE: usize = 8;

/// Delivers what signed URLs name.
pub struct Edge {
    pub settings: EdgeSettings,
    pub objects: Objects,
    pub limits: Arc<Limits>,
    pub trusted_hops: usize,
    pub tokens: TokenVerifier,
    pub projections: Channel,
    pub service_key: ServiceKey,
    object_places: Arc<Semaphore>,
    album_places: Arc<Semaphore>,
}

/// What the edge is made of.
pub struct Parts {
    pub settings: EdgeSettings,
    pub objects: Objects,
    pub limits: Arc<Limits>,
    pub trusted_hops: usize,
    pub tokens: TokenVerifier,
    pub projections: Channel,
    pub service_key: ServiceKey,
}

impl Edge {
    pub fn new(parts: Parts) -> Self {
        let Parts {
            settings,
            objects,
            limits,
            trusted_hops,
            tokens,
            projections,
            service_key,
        } = parts;
        Self {
            settings,
            objects,
            limits,
            trusted_hops,
            tokens,
            projections,
            service_key,
            object_places: Arc::new(Semaphore::new(OBJECTS_AT_ONCE)),
            album_places: Arc::new(Semaphore::new(ALBUMS_AT_ONCE)),
        }
    }

    /// Answers any request below `/u/`.
    pub async fn answer(&self, request: Head) -> Response {
        let (outcome, mut response) = match self.deliver(&request).await {
            Ok(response) => (response.status().as_u16().to_string(), response),
            Err(refusal) => {
                let outcome = refusal.reason.to_owned();
                (outcome, refusal.into_response(&request.method))
            }
        };
        metrics::counter!("picup_edge_requests_total", "outcome" => outcome).increment(1);
        protect(response.headers_mut());
        response
    }

    async fn deliver(&self, request: &Head) -> Result<Response, Refusal> {
        if !matches!(request.method, Method::GET | Method::HEAD) {
            let refusal = Refusal::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "METHOD",
                "only GET and HEAD",
            );
            return Err(refusal);
        }
        if !is_short(&request.uri) {
            return Err(Refusal::of_invalid(&Invalid::TooLong));
        }
        let place = Place::of(&request.uri).ok_or_else(Refusal::nothing_here)?;
        match place {
            Place::Object { key, media } => {
                let granted = self.granted(request)?;
                self.object(request, &granted, &key, media).await
            }
            Place::Album { account, album } => {
                self.may_take_album(request, account)?;
                self.album(request, account, album).await
            }
        }
    }

    /// A URL that is signed for this, shown from where and when it may be.
    fn granted(&self, request: &Head) -> Result<Granted, Refusal> {
        let address = self.address(request);
        let path = request
            .uri
            .path_and_query()
            .map_or("/", http::uri::PathAndQuery::as_str);
        let url = format!("{}{path}", self.settings.base_url);
        let visitor = Visitor {
            address: Some(address),
            now: now(),
        };
        self.settings
            .verifier
            .verify(&url, visitor)
            .map_err(|invalid| {
                // Guessing signatures costs as much as guessing tokens. A page whose URLs are over is no guess.
                if invalid == Invalid::WrongSignature
                    && let Err(fault) = self.limits.address(address)
                {
                    return Refusal::of_fault(&fault);
                }
                Refusal::of_invalid(&invalid)
            })
    }

    /// An album goes to its owner, and to whoever shows a URL that is signed for all of its owner's.
    fn may_take_album(&self, request: &Head, account: Uuid) -> Result<(), Refusal> {
        let Some(value) = request.headers.get(header::AUTHORIZATION) else {
            return self.granted(request).map(drop);
        };
        let mut authorization = HeaderMap::new();
        authorization.insert(header::AUTHORIZATION, value.clone());
        match self
            .tokens
            .caller(&MetadataMap::from_headers(authorization))
        {
            Ok(caller) if caller.account == account => {
                let allowed = self.limits.account(account);
                allowed.map_err(|fault| Refusal::of_fault(&fault))
            }
            Ok(_) => Err(Refusal::nothing_here()),
            Err(fault) => {
                let limited = self.limits.address(self.address(request)).err();
                Err(Refusal::of_fault(&limited.unwrap_or(fault)))
            }
        }
    }

    fn address(&self, request: &Head) -> IpAddr {
        let peer = request.extensions.get::<ConnectInfo<SocketAddr>>();
        let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |info| info.0.ip());
        client_address(&request.headers, peer, self.trusted_hops)
    }
}

/// Nothing that is delivered may run, be taken for another type, be framed, or tell another site the URL: what
/// people upload is not ours to trust.
fn protect(headers: &mut HeaderMap) {
    let policy = "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; \
                  frame-ancestors 'none'; sandbox";
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::REFERRER_POLICY, "no-referrer"),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "cross-origin",
        ),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

/// Why something is not delivered, in our own words: S3's stay here.
#[derive(Debug)]
pub struct Refusal {
    status: StatusCode,
    reason: &'static str,
    message: String,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Refusal {
    fn new(status: StatusCode, reason: &'static str, message: impl Into<String>) -> Self {
        let (message, headers) = (message.into(), Vec::new());
        Self {
            status,
            reason,
            message,
            headers,
        }
    }

    fn with(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.push((name, value));
        }
        self
    }

    fn nothing_here() -> Self {
        Self::new(StatusCode::NOT_FOUND, "NOT_FOUND", "there is nothing here")
    }

    fn not_now(why: &str) -> Self {
        tracing::warn!(why, "not delivered");
        let message = "what you asked for cannot be fetched at the moment; try again";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE", message)
            .with(header::RETRY_AFTER, "5")
    }

    fn busy() -> Self {
        let message = "too much is on its way at once; try again in a moment";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "BUSY", message).with(header::RETRY_AFTER, "2")
    }

    fn of_invalid(invalid: &Invalid) -> Self {
        let status = match invalid {
            Invalid::TooLong => StatusCode::URI_TOO_LONG,
            _ => StatusCode::FORBIDDEN,
        };
        Self::new(status, invalid.reason(), invalid.to_string())
    }

    fn of_fault(fault: &Fault) -> Self {
        let status = match fault.code() {
            ErrorCode::Unauthenticated => StatusCode::UNAUTHORIZED,
            ErrorCode::PermissionDenied => StatusCode::FORBIDDEN,
            ErrorCode::NotFound => return Self::nothing_here(),
            ErrorCode::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
            _ => return Self::not_now(&fault.to_string()),
        };
        Self::new(status, "REFUSED", fault.to_string())
    }

    fn into_response(self, method: &Method) -> Response {
        let text = format!("{}\n", self.message);
        let length = text.len();
        let body = if *method == Method::HEAD {
            String::new()
        } else {
            text
        };
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.extend(self.headers);
        let plain = HeaderValue::from_static("text/plain; charset=utf-8");
        headers.insert(header::CONTENT_TYPE, plain);
        headers.insert(header::CONTENT_LENGTH, length.into());
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if self.status == StatusCode::METHOD_NOT_ALLOWED {
            headers.insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
        }
        response
    }
}

/// Whether a request's URL is one that could be ours at all.
fn is_short(uri: &http::Uri) -> bool {
    uri.path_and_query()
        .is_none_or(|path| path.as_str().len() <= LONGEST_URL)
}

/// Seconds since 1970.
fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |passed| passed.as_secs())
}
