use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, HeaderValue, ORIGIN, VARY,
};
use http::{HeaderMap, Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use s3s::service::S3Service;
use s3s::{Body, HttpError, HttpResponse};

const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, PUT, POST, DELETE");
const EXPOSED: HeaderValue = HeaderValue::from_static(
    "ETag, Content-Length, Content-Range, Accept-Ranges, x-amz-checksum-sha256, \
     x-amz-checksum-type, x-amz-request-id",
);
const MAX_AGE: HeaderValue = HeaderValue::from_static("600");

/// The web origins whose pages may use the service.
pub(super) struct AllowedOrigins(Vec<String>);

impl AllowedOrigins {
    pub(super) fn new(patterns: &[String]) -> Self {
        Self(patterns.to_vec())
    }

    /// As in a bucket's CORS rules, one `*` stands for any characters.
    fn allow(&self, origin: &HeaderValue) -> bool {
        let Ok(origin) = origin.to_str() else {
            return false;
        };
        self.0.iter().any(|pattern| match pattern.split_once('*') {
            None => pattern == origin,
            Some((start, end)) => {
                origin.len() >= start.len() + end.len()
                    && origin.starts_with(start)
                    && origin.ends_with(end)
            }
        })
    }
}

/// S3 with the CORS rules that a bucket would have: it answers preflights itself, because they
/// are never signed, and marks the answers that a page of an allowed origin may read.
#[derive(Clone)]
pub(super) struct WithCors {
    inner: S3Service,
    allowed: Arc<AllowedOrigins>,
}

impl WithCors {
    pub(super) fn around(inner: S3Service, allowed: AllowedOrigins) -> Self {
        Self {
            inner,
            allowed: Arc::new(allowed),
        }
    }
}

impl hyper::service::Service<Request<Incoming>> for WithCors {
    type Response = HttpResponse;
    type Error = HttpError;
    type Future = BoxFuture<'static, Result<HttpResponse, HttpError>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let origin = request.headers().get(ORIGIN);
        let allowed = origin.filter(|origin| self.allowed.allow(origin)).cloned();
        if request.method() == Method::OPTIONS
            && request
                .headers()
                .contains_key(ACCESS_CONTROL_REQUEST_METHOD)
        {
            let answer = preflight(allowed, request.headers());
            return std::future::ready(Ok(answer)).boxed();
        }
        let inner = self.inner.clone();
        async move {
            let mut answer = inner.call(request.map(Body::from)).await?;
            answer
                .headers_mut()
                .append(VARY, HeaderValue::from_static("Origin"));
            if let Some(origin) = allowed {
                answer
                    .headers_mut()
                    .insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
                answer
                    .headers_mut()
                    .insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
            }
            Ok(answer)
        }
        .boxed()
    }
}

fn preflight(allowed: Option<HeaderValue>, asked: &HeaderMap) -> HttpResponse {
    let mut answer = Response::new(Body::empty());
    let Some(origin) = allowed else {
        *answer.status_mut() = StatusCode::FORBIDDEN;
        return answer;
    };
    let headers = answer.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, METHODS);
    if let Some(names) = asked.get(ACCESS_CONTROL_REQUEST_HEADERS) {
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, names.clone());
    }
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    headers.insert(ACCESS_CONTROL_MAX_AGE, MAX_AGE);
    headers.insert(VARY, HeaderValue::from_static("Origin"));
    answer
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::S3Options;

    #[test]
    fn only_origins_on_this_machine_are_allowed_by_default() {
        let allowed = AllowedOrigins::new(&S3Options::default().allowed_origins);
        let allows = |origin: &'static str| allowed.allow(&HeaderValue::from_static(origin));
        assert!(allows("http://localhost"));
        assert!(allows("http://localhost:5173"));
        assert!(allows("http://127.0.0.1:8080"));
        assert!(!allows("https://localhost:5173"));
        assert!(!allows("http://localhost.example.org"));
        assert!(!allows("http://example.org"));
        assert!(!allows("null"));
    }
}
