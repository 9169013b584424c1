//! Bytes to and from S3.

mod answer;
mod body;

use std::{
    io,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use bytes::Bytes;
use http::{
    HeaderName, HeaderValue, Method, Request,
    header::{AUTHORIZATION, CONTENT_LENGTH},
    request::Builder,
};
use http_body_util::{BodyExt as _, Empty, combinators::BoxBody};
use hyper::body::Incoming;
use hyper_rustls::{ConfigBuilderExt as _, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use picup_proto::commands::v1::Header;
use rustls::{ClientConfig, RootCertStore, crypto::aws_lc_rs};
use tokio::{
    fs::File,
    time::{Instant, interval, timeout},
};

pub use self::answer::TransferError;
use self::{
    answer::{accepted, chain, malformed, stalled},
    body::{FileBody, Watch},
};
use crate::{Error, ErrorKind, Result};

const CONNECT_WITHIN: Duration = Duration::from_secs(10);
/// A transfer that moves nothing for so long is given up.
const STALLED_AFTER: Duration = Duration::from_mins(2);
const REPORT_EVERY: Duration = Duration::from_millis(200);

type Outgoing = BoxBody<Bytes, io::Error>;

/// Moves originals to and from S3 by presigned URLs, without ever holding one in memory.
#[derive(Clone, Debug)]
pub struct Transfer {
    client: Client<HttpsConnector<HttpConnector>, Outgoing>,
}

impl Transfer {
    /// Speaks HTTP and, with the certificates that this machine trusts, HTTPS.
    pub fn new() -> Result<Self> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| Error::new(ErrorKind::Failed, format!("TLS: {error}")))?;
        let tls = match builder.clone().with_native_roots() {
            Ok(trusting) => trusting.with_no_client_auth(),
            // A machine without certificates can still use an S3 that speaks plain HTTP.
            Err(_) => builder
                .with_root_certificates(RootCertStore::empty())
                .with_no_client_auth(),
        };
        let mut connector = HttpConnector::new();
        connector.enforce_http(false);
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(CONNECT_WITHIN));
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .enable_http1()
            .wrap_connector(connector);
        Ok(Self {
            client: Client::builder(TokioExecutor::new()).build(connector),
        })
    }

    /// Puts `length` bytes of a file, with exactly these headers. `on_sent` is told what has gone out.
    pub async fn put(
        &self,
        url: &str,
        headers: &[Header],
        file: File,
        length: u64,
        on_sent: &(dyn Fn(u64) + Sync),
    ) -> Result<(), TransferError> {
        let watch = Arc::new(Watch::default());
        let mut request = Request::builder().method(Method::PUT).uri(url);
        for header in headers {
            request = request.header(name(&header.name)?, value(&header.value)?);
        }
        let body = FileBody::new(file, length, Arc::clone(&watch));
        let request = request.body(body.boxed()).map_err(|_| malformed())?;

        let answer = self.client.request(request);
        tokio::pin!(answer);
        let mut ticks = interval(REPORT_EVERY);
        let (mut reported, mut moved_at) = (0, Instant::now());
        let answer = loop {
            let answer = tokio::select! {
                answer = &mut answer => Some(answer),
                _ = ticks.tick() => None,
            };
            let sent = watch.sent.load(Ordering::Relaxed);
            if sent > reported {
                on_sent(sent - reported);
                (reported, moved_at) = (sent, Instant::now());
            }
            match answer {
                Some(answer) => break answer,
                None if moved_at.elapsed() > STALLED_AFTER => return Err(stalled()),
                None => {}
            }
        };
        if let Some(error) = watch.unreadable.get() {
            return Err(TransferError::Unreadable(error.clone()));
        }
        accepted(answer).await.map(drop)
    }

    /// Starts to get what a URL gives.
    pub async fn get(&self, url: &str) -> Result<Download, TransferError> {
        self.start(Request::builder().uri(url)).await
    }

    /// Starts to get what a URL of our own server gives to whom it knows.
    pub async fn get_with_token(&self, url: &str, token: &str) -> Result<Download, TransferError> {
        let mut bearer = value(&format!("Bearer {token}"))?;
        bearer.set_sensitive(true);
        let request = Request::builder().uri(url).header(AUTHORIZATION, bearer);
        self.start(request).await
    }

    async fn start(&self, request: Builder) -> Result<Download, TransferError> {
        let body = Empty::new().map_err(|never| match never {}).boxed();
        let request = request.body(body).map_err(|_| malformed())?;
        let answer = timeout(STALLED_AFTER, self.client.request(request));
        let answer = answer.await.map_err(|_| stalled())?;
        let answer = accepted(answer).await?;
        let length = answer.headers().get(CONTENT_LENGTH);
        let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
        let body = answer.into_body();
        Ok(Download { body, length })
    }
}

/// Bytes on their way in.
#[derive(Debug)]
pub struct Download {
    body: Incoming,
    length: Option<u64>,
}

impl Download {
    /// How long it will be, if that was told.
    pub fn length(&self) -> Option<u64> {
        self.length
    }

    /// The next bytes, or `None` at the end.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, TransferError> {
        loop {
            let frame = timeout(STALLED_AFTER, self.body.frame())
                .await
                .map_err(|_| stalled())?;
            match frame {
                None => return Ok(None),
                Some(Err(error)) => return Err(TransferError::Transient(chain(&error))),
                Some(Ok(frame)) => {
                    if let Ok(data) = frame.into_data() {
                        return Ok(Some(data));
                    }
                }
            }
        }
    }
}

fn name(name: &str) -> Result<HeaderName, TransferError> {
    HeaderName::try_from(name).map_err(|_| malformed())
}

fn value(value: &str) -> Result<HeaderValue, TransferError> {
    HeaderValue::try_from(value).map_err(|_| malformed())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU64;

    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpListener,
    };

    use super::*;

    /// Answers one request as given and returns what was asked.
    async fn answering(answer: &'static str) -> (String, tokio::task::JoinHandle<Vec<u8>>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!(
            "http://{}/bucket/key?signature=secret",
            listener.local_addr().unwrap()
        );
        let served = tokio::spawn(async move {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut asked = vec![0; 4096];
            let mut length = 0;
            while !asked[..length].ends_with(b"12345") && !asked[..length].starts_with(b"GET") {
                length += socket.read(&mut asked[length..]).await.unwrap();
            }
            socket.write_all(answer.as_bytes()).await.unwrap();
            asked.truncate(length);
            asked
        });
        (url, served)
    }

    async fn put(url: &str, text: &str, length: u64) -> Result<u64, TransferError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, text).unwrap();
        let sent = AtomicU64::new(0);
        let headers = [Header {
            name: "x-amz-checksum-sha256".to_owned(),
            value: "c2hh".to_owned(),
        }];
        let file = File::open(&path).await.unwrap();
        Transfer::new()
            .unwrap()
            .put(url, &headers, file, length, &|bytes| {
                sent.fetch_add(bytes, Ordering::Relaxed);
            })
            .await?;
        Ok(sent.into_inner())
    }

    #[tokio::test]
    async fn a_put_carries_its_length_and_the_signed_headers_and_no_byte_more() {
        let (url, served) = answering("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
        assert_eq!(
            put(&url, "12345 and what was added since", 5)
                .await
                .unwrap(),
            5
        );
        let asked = String::from_utf8(served.await.unwrap()).unwrap();
        assert!(
            asked.starts_with("PUT /bucket/key?signature=secret HTTP/1.1\r\n"),
            "{asked}"
        );
        assert!(asked.contains("\r\ncontent-length: 5\r\n"), "{asked}");
        assert!(
            asked.contains("\r\nx-amz-checksum-sha256: c2hh\r\n"),
            "{asked}"
        );
        assert!(!asked.contains("transfer-encoding"), "{asked}");
        assert!(asked.ends_with("\r\n\r\n12345"), "{asked}");
    }

    #[tokio::test]
    async fn a_file_that_shrinks_is_said_to_have() {
        let (url, _served) = answering("").await;
        let error = put(&url, "123", 5).await.unwrap_err();
        assert!(matches!(error, TransferError::Unreadable(_)), "{error}");
        assert!(error.to_string().contains("shorter"), "{error}");
    }

    #[tokio::test]
    async fn refusals_are_sorted_and_quote_s3_but_never_the_url() {
        let expired = "HTTP/1.1 403 Forbidden\r\ncontent-length: 77\r\n\r\n\
            <Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>";
        let (url, _served) = answering(expired).await;
        let error = put(&url, "12345", 5).await.unwrap_err();
        assert!(matches!(error, TransferError::Forbidden(_)), "{error}");
        assert!(error.to_string().contains("Request has expired"), "{error}");
        assert!(!error.to_string().contains("secret"));

        let (url, _served) = answering("HTTP/1.1 503 Slow Down\r\ncontent-length: 0\r\n\r\n").await;
        let error = put(&url, "12345", 5).await.unwrap_err();
        assert!(matches!(error, TransferError::Transient(_)), "{error}");

        let (url, _served) =
            answering("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n").await;
        let error = put(&url, "12345", 5).await.unwrap_err();
        assert!(matches!(error, TransferError::Refused(_)), "{error}");
    }

    #[tokio::test]
    async fn a_download_that_breaks_off_is_no_whole_file() {
        let (url, _served) = answering("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n123").await;
        let mut download = Transfer::new().unwrap().get(&url).await.unwrap();
        assert_eq!(download.chunk().await.unwrap().unwrap(), "123");
        assert!(matches!(
            download.chunk().await,
            Err(TransferError::Transient(_))
        ));
    }
}
