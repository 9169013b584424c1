//! Which multipart uploads are open: what `s3s-fs` writes down without being able to list it. One small file
//! an upload, in a folder of their own, so that listing them does not depend on how many objects there are.

use std::io;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use s3s::dto::{
    ChecksumAlgorithm, ChecksumType, ListMultipartUploadsInput, ListMultipartUploadsOutput,
    MultipartUpload, Timestamp,
};
use s3s::{S3Error, S3Result};
use serde::{Deserialize, Serialize};
use tokio::fs;
use uuid::Uuid;

use super::sidecar::{remove_if_there, write_whole};

const MOST_UPLOADS: i32 = 1000;

/// An upload that has been opened and is neither completed nor aborted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct UploadRecord {
    pub(super) key: String,
    pub(super) bucket: String,
    pub(super) upload: Uuid,
    /// Since 1970.
    pub(super) initiated_millis: u64,
    pub(super) sha256: bool,
}

impl UploadRecord {
    pub(super) fn now(bucket: &str, key: &str, upload: Uuid, sha256: bool) -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        let millis = since.unwrap_or_default().as_millis();
        Self {
            key: key.to_owned(),
            bucket: bucket.to_owned(),
            upload,
            initiated_millis: u64::try_from(millis).unwrap_or(u64::MAX),
            sha256,
        }
    }

    pub(super) async fn save(&self, root: &Path) -> io::Result<()> {
        fs::create_dir_all(folder(root)).await?;
        write_whole(&file(root, self.upload), &serde_json::to_vec(self)?).await
    }

    pub(super) async fn load(root: &Path, upload: Uuid) -> io::Result<Option<Self>> {
        match fs::read(file(root, upload)).await {
            Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes)?)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub(super) async fn remove(root: &Path, upload: Uuid) -> io::Result<()> {
        remove_if_there(&file(root, upload)).await
    }

    fn shown(self) -> MultipartUpload {
        let millis = std::time::Duration::from_millis(self.initiated_millis);
        let name = |sha256: bool| sha256.then_some(ChecksumAlgorithm::SHA256);
        MultipartUpload {
            checksum_algorithm: name(self.sha256).map(ChecksumAlgorithm::from_static),
            checksum_type: name(self.sha256)
                .map(|_| ChecksumType::from_static(ChecksumType::COMPOSITE)),
            initiated: Some(Timestamp::from(UNIX_EPOCH + millis)),
            key: Some(self.key),
            upload_id: Some(self.upload.to_string()),
            ..Default::default()
        }
    }
}

fn folder(root: &Path) -> PathBuf {
    root.join(".picup-uploads")
}

fn file(root: &Path, upload: Uuid) -> PathBuf {
    folder(root).join(format!("{upload}.json"))
}

/// Lists open uploads in the order of their keys, and of one key in the order of their ids.
pub(super) async fn list_uploads(
    root: &Path,
    input: ListMultipartUploadsInput,
) -> S3Result<ListMultipartUploadsOutput> {
    let all = read_all(root).await.map_err(S3Error::internal_error)?;
    let prefix = input.prefix.clone().unwrap_or_default();
    let after_key = input.key_marker.clone().unwrap_or_default();
    let after_upload = input.upload_id_marker.clone().unwrap_or_default();
    let is_after = |record: &UploadRecord| {
        record.key > after_key
            || (record.key == after_key
                && !after_upload.is_empty()
                && record.upload.to_string() > after_upload)
    };
    let mut found: Vec<UploadRecord> = all
        .into_iter()
        .filter(|record| record.bucket == input.bucket && record.key.starts_with(&prefix))
        .filter(is_after)
        .collect();
    found.sort_by(|one, other| (&one.key, one.upload).cmp(&(&other.key, other.upload)));
    let most = input
        .max_uploads
        .unwrap_or(MOST_UPLOADS)
        .clamp(0, MOST_UPLOADS);
    let limit = usize::try_from(most).unwrap_or_default();
    let truncated = found.len() > limit;
    found.truncate(limit);
    let last = found.last().filter(|_| truncated).cloned();
    let uploads: Vec<MultipartUpload> = found.into_iter().map(UploadRecord::shown).collect();
    Ok(ListMultipartUploadsOutput {
        is_truncated: Some(truncated),
        next_key_marker: last.as_ref().map(|record| record.key.clone()),
        next_upload_id_marker: last.map(|record| record.upload.to_string()),
        max_uploads: Some(most),
        bucket: Some(input.bucket),
        prefix: input.prefix,
        key_marker: input.key_marker,
        upload_id_marker: input.upload_id_marker,
        encoding_type: input.encoding_type,
        uploads: (!uploads.is_empty()).then_some(uploads),
        ..Default::default()
    })
}

async fn read_all(root: &Path) -> io::Result<Vec<UploadRecord>> {
    let mut entries = match fs::read_dir(folder(root)).await {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut all = Vec::new();
    while let Some(entry) = entries.next_entry().await? {
        if entry
            .path()
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            match fs::read(entry.path()).await {
                Ok(bytes) => all.push(serde_json::from_slice(&bytes)?),
                // Completed or aborted in the meantime.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(all)
}
