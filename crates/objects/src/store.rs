use std::{path::PathBuf, time::Duration};

use aws_sdk_s3::{config::timeout::TimeoutConfig, primitives::ByteStream};
use uuid::Uuid;

use crate::{Objects, ObjectsError, media_prefix};

/// How long putting one object may take: for a video of some gigabytes over a slow line.
const PATIENCE: Duration = Duration::from_mins(20);

/// What is put beside an original.
#[derive(Debug)]
pub enum Content {
    /// Bytes at hand.
    InMemory(Vec<u8>),
    /// A file.
    InFile(PathBuf),
}

impl Objects {
    /// Puts an object beside an original; one of the same name is replaced. Answers its length in bytes.
    pub async fn store_rendition(
        &self,
        account: Uuid,
        media: Uuid,
        (name, content_type): (&str, &str),
        content: Content,
    ) -> Result<u64, ObjectsError> {
        let (bytes, body) = match content {
            Content::InMemory(bytes) => (bytes.len() as u64, ByteStream::from(bytes)),
            Content::InFile(path) => {
                let unreadable = |error: &(dyn std::error::Error + 'static)| {
                    ObjectsError::mistaken("read a rendition", error)
                };
                let file = tokio::fs::metadata(&path).await;
                let file = file.map_err(|error| unreadable(&error))?;
                let body = ByteStream::from_path(&path).await;
                (file.len(), body.map_err(|error| unreadable(&error))?)
            }
        };
        let patient = TimeoutConfig::builder()
            .operation_attempt_timeout(PATIENCE)
            .operation_timeout(PATIENCE)
            .build();
        self.client
            .put_object()
            .bucket(&self.bucket)
            .key(media_prefix(account, media) + name)
            .content_type(content_type)
            .body(body)
            .customize()
            .config_override(aws_sdk_s3::Config::builder().timeout_config(patient))
            .send()
            .await
            .map_err(|error| ObjectsError::answered("store a rendition", &error))?;
        Ok(bytes)
    }
}
