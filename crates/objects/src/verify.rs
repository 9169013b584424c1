use aws_sdk_s3::{error::SdkError, types::ChecksumMode};
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

impl Objects {
    /// Asks S3 itself whether an original is there with the announced length, type and checksum, and
    /// answers its first bytes, at most `first`.
    pub async fn verify(
        &self,
        account: Uuid,
        media: Uuid,
        original: &Original,
        first: u64,
    ) -> Result<Vec<u8>, VerifyError> {
        let key = original_key(account, media);
        let head = self
            .client
            .head_object()
            .bucket(&self.bucket)
            .key(&key)
            .checksum_mode(ChecksumMode::Enabled)
            .send()
            .await
            .map_err(|error| match error.as_service_error() {
                Some(service) if service.is_not_found() => VerifyError::Missing,
                _ => VerifyError::Unavailable(ObjectsError::answered("look at an upload", &error)),
            })?;
        let length = head
            .content_length()
            .and_then(|length| u64::try_from(length).ok());
        if length != Some(original.bytes) {
            return Err(VerifyError::Mismatch("length"));
        }
        if head.content_type() != Some(original.content_type.as_str()) {
            return Err(VerifyError::Mismatch("content type"));
        }
        if head.checksum_sha256() != Some(BASE64_STANDARD.encode(&original.sha256).as_str()) {
            return Err(VerifyError::Mismatch("checksum"));
        }
        self.first_bytes(&key, first.min(original.bytes)).await
    }

    async fn first_bytes(&self, key: &str, count: u64) -> Result<Vec<u8>, VerifyError> {
        let object = self
            .client
            .get_object()
            .bucket(&self.bucket)
            .key(key)
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
