use aws_sdk_s3::presigning::{PresignedRequest, PresigningConfig};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use uuid::Uuid;

use crate::{Objects, ObjectsError, Original, original_key};

/// One HTTP PUT that S3 will accept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedPut {
    /// Where to put the bytes.
    pub url: String,
    /// Headers that are signed: exactly these must be sent.
    pub headers: Vec<(String, String)>,
}

impl Objects {
    /// Signs a PUT of one original, bound to its length, type and checksum: S3 refuses any other bytes.
    pub async fn presign_put(
        &self,
        account: Uuid,
        media: Uuid,
        original: &Original,
    ) -> Result<SignedPut, ObjectsError> {
        let length = i64::try_from(original.bytes).unwrap_or(i64::MAX);
        let request = self
            .client
            .put_object()
            .bucket(&self.bucket)
            .key(original_key(account, media))
            .content_length(length)
            .content_type(&original.content_type)
            .checksum_sha256(BASE64_STANDARD.encode(&original.sha256))
            .presigned(self.lifetime()?)
            .await
            .map_err(|error| ObjectsError::answered("sign an upload", &error))?;
        Ok(SignedPut::of(&request))
    }

    pub(crate) fn lifetime(&self) -> Result<PresigningConfig, ObjectsError> {
        PresigningConfig::expires_in(self.url_lifetime())
            .map_err(|error| ObjectsError::mistaken("sign a URL", &error))
    }
}

impl SignedPut {
    pub(crate) fn of(request: &PresignedRequest) -> Self {
        let headers = request.headers();
        Self {
            url: request.uri().to_owned(),
            headers: headers
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
        }
    }
}
