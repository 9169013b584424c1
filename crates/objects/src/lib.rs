//! The objects of media items in S3: their keys, presigned URLs, verification and removal.
//!
//! It never decides what may be stored or removed; it does what it is told and says exactly what it found.
//! Bytes of uploads do not pass through it: clients use the URLs it signs. Start reading at
//! [`Objects`].

mod connect;
mod fetch;
mod key;
mod list;
mod multipart;
mod presign;
mod read;
mod remove;
mod store;
mod verify;

use std::time::Duration;

use aws_sdk_s3::{config::http::HttpResponse, error::SdkError};
use thiserror::Error;

pub use connect::{Objects, Settings};
pub use fetch::{Described, FetchError, Fetched, ObjectBytes};
pub use key::{ObjectName, account_of_key, account_prefix, media_prefix, original_key, parse_key};
pub use list::ListedObject;
pub use multipart::{HeldPart, MultipartError, OpenMultipart};
pub use presign::SignedPut;
pub use remove::RemovedObject;
pub use store::Content;
pub use verify::{Found, Original, VerifyError, composite_sha256};

/// How long a presigned URL works unless it is set otherwise. Long enough for the longest part over a slow
/// line; an upload that is queued longer asks for a fresh one.
pub const URL_LIFETIME: Duration = Duration::from_hours(1);

/// S3 did not do what it was asked.
#[derive(Clone, Debug, Error)]
#[error("S3 cannot {what}: {why}")]
pub struct ObjectsError {
    what: &'static str,
    why: String,
    outage: bool,
}

impl ObjectsError {
    /// Whether S3 could not be reached or failed inside, so that trying later may help.
    pub fn is_outage(&self) -> bool {
        self.outage
    }

    fn answered<E>(what: &'static str, error: &SdkError<E, HttpResponse>) -> Self
    where
        E: std::error::Error + 'static,
    {
        let outage = match error {
            SdkError::ConstructionFailure(_) => false,
            SdkError::ServiceError(service) => {
                let status = service.raw().status().as_u16();
                status >= 500 || status == 429
            }
            // Time-outs, broken connections, answers that are none.
            _ => true,
        };
        Self {
            what,
            why: chain(error),
            outage,
        }
    }

    fn broken_off(what: &'static str, error: &(dyn std::error::Error + 'static)) -> Self {
        Self {
            what,
            why: chain(error),
            outage: true,
        }
    }

    fn cut_short(what: &'static str) -> Self {
        Self {
            what,
            why: "it ends too early".to_owned(),
            outage: true,
        }
    }

    fn of_key(what: &'static str, why: String, outage: bool) -> Self {
        Self { what, why, outage }
    }

    fn refused(what: &'static str, why: String) -> Self {
        Self {
            what,
            why,
            outage: false,
        }
    }

    fn endless(what: &'static str) -> Self {
        Self::refused(what, "new ones keep appearing".to_owned())
    }

    fn mistaken(what: &'static str, error: &(dyn std::error::Error + 'static)) -> Self {
        Self {
            what,
            why: chain(error),
            outage: false,
        }
    }
}

/// An error with its causes, since the SDK's outermost message says next to nothing.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
