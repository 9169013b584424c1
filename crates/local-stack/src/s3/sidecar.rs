use std::io;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use tokio::fs;
use uuid::Uuid;

/// What `s3s-fs` keeps beside an object: attributes and checksums in files whose names it makes
/// of bucket and key. It leaves them behind when the object goes, and would give an old object's
/// checksum to a new one of the same name.
pub(super) struct Sidecar {
    attributes: PathBuf,
    checksums: PathBuf,
}

impl Sidecar {
    pub(super) fn of(root: &Path, bucket: &str, key: &str) -> Self {
        let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let name = format!(".bucket-{}.object-{}", encode(bucket), encode(key));
        Self {
            attributes: root.join(format!("{name}.metadata.json")),
            checksums: root.join(format!("{name}.internal.json")),
        }
    }

    pub(super) fn files(&self) -> [&Path; 2] {
        [&self.attributes, &self.checksums]
    }

    pub(super) async fn remove(&self) -> io::Result<()> {
        remove_if_there(&self.attributes).await?;
        remove_if_there(&self.checksums).await
    }

    /// Says what the checksum of the whole object is, and nothing else.
    pub(super) async fn write(&self, e_tag: &str, sha256: Option<&str>) -> io::Result<()> {
        let mut content = serde_json::json!({ "e_tag": e_tag });
        if let Some(sha256) = sha256 {
            content["checksum_sha256"] = sha256.into();
        }
        write_whole(&self.checksums, content.to_string().as_bytes()).await
    }
}

/// What is remembered of one part of a multipart upload until that is completed or given up.
#[derive(Serialize, Deserialize)]
pub(super) struct PartRecord {
    pub(super) e_tag: String,
    pub(super) size: i64,
    pub(super) sha256: Option<String>,
}

impl PartRecord {
    fn file(root: &Path, upload: Uuid, number: i32) -> PathBuf {
        root.join(format!(".picup-part.{upload}.{number}.json"))
    }

    pub(super) async fn save(&self, root: &Path, upload: Uuid, number: i32) -> io::Result<()> {
        write_whole(
            &Self::file(root, upload, number),
            &serde_json::to_vec(self)?,
        )
        .await
    }

    pub(super) async fn load(root: &Path, upload: Uuid, number: i32) -> io::Result<Option<Self>> {
        match fs::read(Self::file(root, upload, number)).await {
            Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes)?)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Forgets every part of `upload`.
    pub(super) async fn remove_all(root: &Path, upload: Uuid) -> io::Result<()> {
        let start = format!(".picup-part.{upload}.");
        let mut entries = fs::read_dir(root).await?;
        while let Some(entry) = entries.next_entry().await? {
            if entry.file_name().to_string_lossy().starts_with(&start) {
                remove_if_there(&entry.path()).await?;
            }
        }
        Ok(())
    }
}

pub(super) async fn remove_if_there(file: &Path) -> io::Result<()> {
    match fs::remove_file(file).await {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

pub(super) async fn write_whole(file: &Path, content: &[u8]) -> io::Result<()> {
    let half = file.with_extension(format!("{}.tmp", Uuid::new_v4().simple()));
    fs::write(&half, content).await?;
    fs::rename(&half, file).await
}
