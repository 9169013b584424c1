use std::time::{Duration, SystemTime};

use aws_sdk_s3::{
    config::http::HttpResponse,
    error::{ProvideErrorMetadata, SdkError},
    primitives::{ByteStream, DateTime},
};
use bytes::Bytes;
use thiserror::Error;

use crate::{Objects, ObjectsError};

/// What S3 says of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described {
    /// Its length.
    pub bytes: u64,
    /// The type that it was stored with.
    pub content_type: Option<String>,
    /// Its entity tag, in quotes.
    pub e_tag: Option<String>,
    /// When it was stored.
    pub modified_at: Option<SystemTime>,
}

/// An object, or a part of one, on its way here.
#[derive(Debug)]
pub struct Fetched {
    /// What S3 says of it; `bytes` are those of what was asked for.
    pub described: Described,
    /// Its bytes.
    pub body: ObjectBytes,
}

/// Bytes on their way from S3.
#[derive(Debug)]
pub struct ObjectBytes(ByteStream);

impl ObjectBytes {
    /// The next bytes, or `None` at the end. It may wait for ever: bound it.
    pub async fn next(&mut self) -> Option<Result<Bytes, ObjectsError>> {
        let next = self.0.next().await?;
        Some(next.map_err(|error| ObjectsError::broken_off("read an object", &error)))
    }
}

/// Why an object is not to be had.
#[derive(Clone, Debug, Error)]
pub enum FetchError {
    /// There is no such object.
    #[error("there is no such object")]
    Missing,
    /// It is not the object any more whose tag was given.
    #[error("the object is another one than before")]
    Changed,
    /// It broke off, or stood still, again and again.
    #[error("S3 broke off again and again")]
    BrokenOff,
    /// S3 did not do what it was asked.
    #[error(transparent)]
    Failed(#[from] ObjectsError),
}

impl Objects {
    /// What S3 says of an object.
    pub async fn describe(&self, key: &str) -> Result<Described, FetchError> {
        let answer = self.client.head_object().bucket(&self.bucket).key(key);
        let answer = answer.send().await.map_err(|error| refused(&error))?;
        Ok(Described {
            bytes: length(answer.content_length()),
            content_type: answer.content_type().map(str::to_owned),
            e_tag: answer.e_tag().map(str::to_owned),
            modified_at: answer.last_modified().and_then(moment),
        })
    }

    /// An object's bytes from `begin` on, up to `end` (which is left out), or to its end. Where a tag is given,
    /// only of the object that has it.
    pub async fn fetch(
        &self,
        key: &str,
        begin: u64,
        end: Option<u64>,
        e_tag: Option<&str>,
    ) -> Result<Fetched, FetchError> {
        let range = match end {
            None if begin == 0 => None,
            None => Some(format!("bytes={begin}-")),
            Some(end) => Some(format!("bytes={begin}-{}", end.saturating_sub(1))),
        };
        let answer = self
            .client
            .get_object()
            .bucket(&self.bucket)
            .key(key)
            .set_range(range)
            .set_if_match(e_tag.map(str::to_owned))
            .send()
            .await
            .map_err(|error| refused(&error))?;
        let described = Described {
            bytes: length(answer.content_length()),
            content_type: answer.content_type().map(str::to_owned),
            e_tag: answer.e_tag().map(str::to_owned),
            modified_at: answer.last_modified().and_then(moment),
        };
        // Not every server heeds If-Match.
        if e_tag.is_some() && described.e_tag.as_deref() != e_tag {
            return Err(FetchError::Changed);
        }
        let body = ObjectBytes(answer.body);
        Ok(Fetched { described, body })
    }
}

fn refused<E>(error: &SdkError<E, HttpResponse>) -> FetchError
where
    E: std::error::Error + ProvideErrorMetadata + 'static,
{
    let status = error.raw_response().map(|raw| raw.status().as_u16());
    match status {
        // Without the right to list, S3 says 403 of what is not there; but a key that is wrong is our own fault.
        Some(404) => FetchError::Missing,
        Some(412) => FetchError::Changed,
        _ => FetchError::Failed(ObjectsError::answered("read an object", error)),
    }
}

fn length(length: Option<i64>) -> u64 {
    length
        .and_then(|length| u64::try_from(length).ok())
        .unwrap_or(0)
}

fn moment(time: &DateTime) -> Option<SystemTime> {
    let seconds = u64::try_from(time.secs()).ok()?;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}
