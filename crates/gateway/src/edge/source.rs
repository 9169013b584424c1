//! An object's bytes from S3, read on from where they broke off.

use std::time::Duration;

use bytes::Bytes;
use picup_objects::{FetchError, ObjectBytes, Objects};
use tokio::time::{sleep, timeout};

/// How long S3 may be silent in the middle of an object.
const STALLED: Duration = Duration::from_secs(20);
/// How often it is asked again without a byte between.
const ATTEMPTS: u32 = 5;
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// The bytes of one object, from one place to another.
pub struct Source {
    objects: Objects,
    key: String,
    next: u64,
    end: u64,
    e_tag: Option<String>,
    body: Option<ObjectBytes>,
    failures: u32,
}

impl Source {
    /// Those from `begin` up to `end`, which is left out, of the object with this tag.
    pub fn new(objects: Objects, key: String, begin: u64, end: u64, e_tag: Option<String>) -> Self {
        Self {
            objects,
            key,
            next: begin,
            end,
            e_tag,
            body: None,
            failures: 0,
        }
    }

    /// The same, where S3 has begun to answer.
    pub fn with_body(mut self, body: ObjectBytes) -> Self {
        self.body = Some(body);
        self
    }

    /// The next bytes, or `None` when all have come. Never one too many.
    pub async fn next(&mut self) -> Result<Option<Bytes>, FetchError> {
        while self.next < self.end {
            match self.try_next().await {
                Ok(Some(mut bytes)) => {
                    let left = usize::try_from(self.end - self.next).unwrap_or(usize::MAX);
                    bytes.truncate(left);
                    self.next += bytes.len() as u64;
                    self.failures = 0;
                    return Ok(Some(bytes));
                }
                Ok(None) => self.body = None,
                Err(FetchError::Failed(error)) if error.is_outage() && self.failures < ATTEMPTS => {
                    tracing::debug!(%error, "asking S3 again");
                    self.body = None;
                }
                Err(error) => return Err(error),
            }
            self.failures += 1;
            if self.failures > ATTEMPTS {
                return Err(FetchError::BrokenOff);
            }
            sleep(FIRST_PAUSE * 2_u32.pow(self.failures.min(5))).await;
        }
        Ok(None)
    }

    /// Bytes; `None` where the answer ended too early, or took too long.
    async fn try_next(&mut self) -> Result<Option<Bytes>, FetchError> {
        if self.body.is_none() {
            let tag = self.e_tag.as_deref();
            let fetched = self
                .objects
                .fetch(&self.key, self.next, Some(self.end), tag)
                .await?;
            self.body = Some(fetched.body);
        }
        let Some(body) = &mut self.body else {
            return Ok(None);
        };
        match timeout(STALLED, body.next()).await {
            Ok(Some(bytes)) => Ok(Some(bytes?)),
            Ok(None) | Err(_) => Ok(None),
        }
    }
}
