use aws_sdk_s3::presigning::PresigningConfig;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use uuid::Uuid;

use crate::{Objects, ObjectsError, Original, URL_LIFETIME, original_key};

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
            .presigned(lifetime()?)
            .await
            .map_err(|error| ObjectsError::answered("sign an upload", &error))?;
        let headers = request.headers();
        Ok(SignedPut {
            url: request.uri().to_owned(),
            headers: headers
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
        })
    }

    /// Signs a GET of one original.
    pub async fn presign_get(&self, account: Uuid, media: Uuid) -> Result<String, ObjectsError> {
        let request = self
            .client
            .get_object()
            .bucket(&self.bucket)
            .key(original_key(account, media))
            .presigned(lifetime()?)
            .await
            .map_err(|error| ObjectsError::answered("sign a download", &error))?;
        Ok(request.uri().to_owned())
    }
}

fn lifetime() -> Result<PresigningConfig, ObjectsError> {
    PresigningConfig::expires_in(URL_LIFETIME)
        .map_err(|error| ObjectsError::mistaken("sign a URL", &error))
}
