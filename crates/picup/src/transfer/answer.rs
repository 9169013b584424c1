use std::time::Duration;

use bytes::Bytes;
use http::{Response, StatusCode};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use tokio::time::timeout;

use super::STALLED_AFTER;

const READ_REFUSAL_WITHIN: Duration = Duration::from_secs(10);
const LONGEST_REFUSAL: usize = 16 * 1024;

/// Why a transfer came to nothing. None of it holds the URL: a presigned URL is a secret.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// The connection failed or stalled, or S3 had trouble: worth another try.
    #[error("{0}")]
    Transient(String),
    /// S3 did not accept the URL; most likely it has expired, and a fresh one helps.
    #[error("S3 did not accept the signed address: {0}")]
    Forbidden(String),
    /// There is no such object or upload.
    #[error("S3 does not know it: {0}")]
    Missing(String),
    /// S3 refused for good, in its own words.
    #[error("S3 refused it: {0}")]
    Refused(String),
    /// The file could not be read.
    #[error("the file cannot be read: {0}")]
    Unreadable(String),
}

/// An answer that says yes, or what it says instead.
pub(super) async fn accepted(
    answer: Result<Response<Incoming>, hyper_util::client::legacy::Error>,
) -> Result<Response<Incoming>, TransferError> {
    let response = answer.map_err(|error| TransferError::Transient(chain(&error)))?;
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let body = Limited::new(response.into_body(), LONGEST_REFUSAL).collect();
    let body = match timeout(READ_REFUSAL_WITHIN, body).await {
        Ok(Ok(body)) => body.to_bytes(),
        _ => Bytes::new(),
    };
    let said = match element(&String::from_utf8_lossy(&body), "Message") {
        Some(message) => format!("{message} ({status})"),
        None => status.to_string(),
    };
    Err(match status {
        StatusCode::FORBIDDEN => TransferError::Forbidden(said),
        StatusCode::NOT_FOUND => TransferError::Missing(said),
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => {
            TransferError::Transient(said)
        }
        _ if status.is_server_error() => TransferError::Transient(said),
        _ => TransferError::Refused(said),
    })
}

/// The text of an element of S3's error document.
fn element(document: &str, name: &str) -> Option<String> {
    let (_, after) = document.split_once(&format!("<{name}>"))?;
    let (text, _) = after.split_once(&format!("</{name}>"))?;
    Some(
        text.chars()
            .filter(|character| !character.is_control())
            .take(200)
            .collect(),
    )
}

pub(super) fn malformed() -> TransferError {
    TransferError::Refused("the server gave an address or header that cannot be used".to_owned())
}

pub(super) fn stalled() -> TransferError {
    TransferError::Transient(format!(
        "nothing moved for {} seconds",
        STALLED_AFTER.as_secs()
    ))
}

/// An error with its causes: the outermost one alone says little.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
