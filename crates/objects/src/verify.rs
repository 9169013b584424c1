use aws_lc_rs::digest::{Context, SHA256};
use aws_sdk_s3::{error::SdkError, operation::head_object::HeadObjectError, types::ChecksumMode};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use thiserror::Error;
use uuid::Uuid;

use crate::{Objects, ObjectsError, original_key};

/// What an original was announced as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Original {
    /// Its length.
    pub bytes: u64,
    /// For example `image/jpeg`.
    pub content_type: String,
    /// Its SHA-256.
    pub sha256: Vec<u8>,
}

/// Why an upload cannot be completed.
#[derive(Clone, Debug, Error)]
pub enum VerifyError {
    /// Nothing is there yet.
    #[error("S3 does not hold the file yet: upload it first")]
    Missing,
    /// What is there is something else.
    #[error("what S3 holds has another {0} than was announced")]
    Mismatch(&'static str),
    /// S3 did not answer.
    #[error(transparent)]
    Unavailable(#[from] ObjectsError),
}

/// An original that S3 holds, as S3 describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its length.
    pub bytes: u64,
    /// Its `ETag`.
    pub e_tag: String,
    /// Its SHA-256 in base64; for one that came in parts, that of its parts' checksums and their number.
    pub sha256: String,
    content_type: String,
}

/// What S3 answers as the SHA-256 of an object that came in parts: the checksum of the parts' checksums, and
/// how many they were.
pub fn composite_sha256<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut context = Context::new(&SHA256);
    let mut count = 0;
    for sha256 in parts {
        context.update(sha256);
        count += 1;
    }
    format!("{}-{count}", BASE64_STANDARD.encode(context.finish()))
}

impl Objects {
    /// What S3 says of an original; `None` where there is none.
    pub async fn find_original(
        &self,
        account: Uuid,
        media: Uuid,
    ) -> Result<Option<Found>, ObjectsError> {
        let head = self
            .client
            .head_object()
            .bucket(&self.bucket)
            .key(original_key(account, media))
            .checksum_mode(ChecksumMode::Enabled)
            .send()
            .await;
        let head = match head {
            Ok(head) => head,
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(HeadObjectError::is_not_found) =>
            {
                return Ok(None);
            }
            Err(error) => return Err(ObjectsError::answered("look at an upload", &error)),
        };
        let length = head.content_length().unwrap_or(0);
        Ok(Some(Found {
            bytes: u64::try_from(length).unwrap_or(0),
            e_tag: head.e_tag().unwrap_or_default().to_owned(),
            sha256: head.checksum_sha256().unwrap_or_default().to_owned(),
            content_type: head.content_type().unwrap_or_default().to_owned(),
        }))
    }

    /// Asks S3 itself whether an original that was put at once is there with the announced length, type and
    /// checksum, and answers its first bytes, at most `first`.
    pub async fn verify(
        &self,
        account: Uuid,
        media: Uuid,
        original: &Original,
        first: u64,
    ) -> Result<Vec<u8>, VerifyError> {
        let found = self.find_original(account, media).await?;
        let found = found.ok_or(VerifyError::Missing)?;
        found.must_be(original)?;
        if found.sha256 != BASE64_STANDARD.encode(&original.sha256) {
            return Err(VerifyError::Mismatch("checksum"));
        }
        self.first_bytes(account, media, first.min(original.bytes))
            .await
    }

    /// The first bytes of an original.
    pub async fn first_bytes(
        &self,
        account: Uuid,
        media: Uuid,
        count: u64,
    ) -> Result<Vec<u8>, VerifyError> {
        let key = original_key(account, media);
        let object = self
            .client
            .get_object()
            .bucket(&self.bucket)
            .key(&key)
            .range(format!("bytes=0-{}", count.saturating_sub(1)))
            .send()
            .await
            .map_err(|error| match &error {
                SdkError::ServiceError(service) if service.err().is_no_such_key() => {
                    VerifyError::Missing
                }
                _ => VerifyError::Unavailable(ObjectsError::answered("read an upload", &error)),
            })?;
        let bytes = object
            .body
            .collect()
            .await
            .map_err(|error| ObjectsError::broken_off("read an upload", &error))?;
        Ok(bytes.to_vec())
    }
}

impl Found {
    /// Refuses an object of another length or type than was announced.
    pub fn must_be(&self, original: &Original) -> Result<(), VerifyError> {
        if self.bytes != original.bytes {
            return Err(VerifyError::Mismatch("length"));
        }
        if self.content_type != original.content_type {
            return Err(VerifyError::Mismatch("content type"));
        }
        Ok(())
    }
}
