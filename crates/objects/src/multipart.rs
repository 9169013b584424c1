//! Originals that go up in parts. S3 itself remembers which uploads are open and which parts there are, so
//! no record of ours can disagree with it: an upload is found again by its key.

use aws_sdk_s3::{
    error::SdkError,
    types::{ChecksumAlgorithm, ChecksumType, CompletedMultipartUpload, CompletedPart},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use uuid::Uuid;

use crate::{Objects, ObjectsError, SignedPut, media_prefix, original_key};

/// The most uploads or parts that S3 lists at once.
const PAGE: i32 = 1000;
/// Rounds of listing and aborting before giving up for now: something keeps opening uploads.
const ROUNDS: u32 = 10;

/// An upload in parts that is neither completed nor aborted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenMultipart {
    /// The key that its object will have.
    pub key: String,
    /// S3's id of it.
    pub upload_id: String,
    /// When it was opened, in seconds since 1970; 0 where S3 does not tell.
    pub initiated_at: i64,
}

/// A part that S3 holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldPart {
    /// Its number, from 1.
    pub number: u32,
    /// Its length.
    pub bytes: u64,
    /// Its SHA-256; empty where it came without one.
    pub sha256: Vec<u8>,
    e_tag: String,
}

/// Why an upload in parts cannot go on.
#[derive(Clone, Debug, thiserror::Error)]
pub enum MultipartError {
    /// Completed or aborted by somebody else.
    #[error("S3 knows no such upload any more")]
    Gone,
    /// The parts do not make an object: one of them is missing, too short or another than was named.
    #[error("S3 does not make an object of these parts: {0}")]
    Refused(String),
    /// S3 did not do what it was asked.
    #[error(transparent)]
    Objects(#[from] ObjectsError),
}

impl Objects {
    /// The open upload of an original, opening one where there is none. Two that ask at once get the same,
    /// unless S3 opened two in the same second; what the other got is then sent again.
    pub async fn open_multipart(
        &self,
        account: Uuid,
        media: Uuid,
        content_type: &str,
    ) -> Result<String, ObjectsError> {
        if let Some(open) = self.find_multipart(account, media).await? {
            return Ok(open);
        }
        let created = self
            .client
            .create_multipart_upload()
            .bucket(&self.bucket)
            .key(original_key(account, media))
            .content_type(content_type)
            .checksum_algorithm(ChecksumAlgorithm::Sha256)
            .checksum_type(ChecksumType::Composite)
            .send()
            .await
            .map_err(|error| ObjectsError::answered("open an upload in parts", &error))?;
        let mine = created.upload_id().unwrap_or_default().to_owned();
        // Somebody may have opened one at the same time: everybody takes the first.
        Ok(self.find_multipart(account, media).await?.unwrap_or(mine))
    }

    /// The upload of an original that is open: the first, should there be several.
    pub async fn find_multipart(
        &self,
        account: Uuid,
        media: Uuid,
    ) -> Result<Option<String>, ObjectsError> {
        let key = original_key(account, media);
        let mut open = self.list_multiparts(&key, None).await?;
        open.retain(|upload| upload.key == key);
        let first = open.into_iter().min_by(|one, other| {
            let order = one.initiated_at.cmp(&other.initiated_at);
            order.then_with(|| one.upload_id.cmp(&other.upload_id))
        });
        Ok(first.map(|upload| upload.upload_id))
    }

    /// Open uploads whose keys begin with a prefix, at most 1000, in the order of their keys; those after
    /// one, where it is given.
    pub async fn list_multiparts(
        &self,
        prefix: &str,
        after: Option<&OpenMultipart>,
    ) -> Result<Vec<OpenMultipart>, ObjectsError> {
        let page = self
            .client
            .list_multipart_uploads()
            .bucket(&self.bucket)
            .prefix(prefix)
            .max_uploads(PAGE)
            .set_key_marker(after.map(|upload| upload.key.clone()))
            .set_upload_id_marker(after.map(|upload| upload.upload_id.clone()))
            .send()
            .await
            .map_err(|error| ObjectsError::answered("list uploads in parts", &error))?;
        let open = page.uploads().iter().filter_map(|upload| {
            Some(OpenMultipart {
                key: upload.key()?.to_owned(),
                upload_id: upload.upload_id()?.to_owned(),
                initiated_at: upload
                    .initiated()
                    .map_or(0, aws_sdk_s3::primitives::DateTime::secs),
            })
        });
        Ok(open.collect())
    }

    /// Signs a PUT of one part, bound to its length and checksum: S3 refuses any other bytes.
    pub async fn presign_part(
        &self,
        account: Uuid,
        media: Uuid,
        upload_id: &str,
        part: (u32, u64),
        sha256: &[u8],
    ) -> Result<SignedPut, ObjectsError> {
        let (number, bytes) = part;
        let request = self
            .client
            .upload_part()
            .bucket(&self.bucket)
            .key(original_key(account, media))
            .upload_id(upload_id)
            .part_number(i32::try_from(number).unwrap_or(i32::MAX))
            .content_length(i64::try_from(bytes).unwrap_or(i64::MAX))
            .checksum_sha256(BASE64_STANDARD.encode(sha256))
            .presigned(self.lifetime()?)
            .await
            .map_err(|error| ObjectsError::answered("sign a part", &error))?;
        Ok(SignedPut::of(&request))
    }

    /// The parts after a number that S3 holds, at most 1000, and whether there are more.
    pub async fn list_parts(
        &self,
        account: Uuid,
        media: Uuid,
        upload_id: &str,
        after: u32,
    ) -> Result<(Vec<HeldPart>, bool), MultipartError> {
        let marker = (after > 0).then(|| after.to_string());
        let page = self
            .client
            .list_parts()
            .bucket(&self.bucket)
            .key(original_key(account, media))
            .upload_id(upload_id)
            .set_part_number_marker(marker)
            .max_parts(PAGE)
            .send()
            .await
            .map_err(|error| failure("list parts", &error))?;
        let parts = page.parts().iter().filter_map(|part| {
            let sha256 = part.checksum_sha256().unwrap_or_default();
            Some(HeldPart {
                number: u32::try_from(part.part_number()?).ok()?,
                bytes: u64::try_from(part.size()?).ok()?,
                sha256: BASE64_STANDARD.decode(sha256).unwrap_or_default(),
                e_tag: part.e_tag()?.to_owned(),
            })
        });
        Ok((parts.collect(), page.is_truncated().unwrap_or(false)))
    }

    /// All parts that S3 holds, in the order of their numbers; never more than 10,000.
    pub async fn list_all_parts(
        &self,
        account: Uuid,
        media: Uuid,
        upload_id: &str,
    ) -> Result<Vec<HeldPart>, MultipartError> {
        let mut parts: Vec<HeldPart> = Vec::new();
        loop {
            let after = parts.last().map_or(0, |part| part.number);
            let (page, more) = self.list_parts(account, media, upload_id, after).await?;
            let advanced = page.last().is_some_and(|part| part.number > after);
            parts.extend(page);
            if !more || !advanced {
                return Ok(parts);
            }
        }
    }

    /// Makes the object of its parts.
    pub async fn complete_multipart(
        &self,
        account: Uuid,
        media: Uuid,
        upload_id: &str,
        parts: &[HeldPart],
    ) -> Result<(), MultipartError> {
        let parts = parts.iter().map(|part| {
            CompletedPart::builder()
                .part_number(i32::try_from(part.number).unwrap_or(i32::MAX))
                .e_tag(&part.e_tag)
                .checksum_sha256(BASE64_STANDARD.encode(&part.sha256))
                .build()
        });
        let parts = CompletedMultipartUpload::builder()
            .set_parts(Some(parts.collect()))
            .build();
        self.client
            .complete_multipart_upload()
            .bucket(&self.bucket)
            .key(original_key(account, media))
            .upload_id(upload_id)
            .multipart_upload(parts)
            .send()
            .await
            .map_err(|error| failure("put parts together", &error))?;
        Ok(())
    }

    /// Aborts every open upload of a media item, with all its parts, and answers how many there were, once a
    /// listing has shown that none is left. S3 may take in a part that was on its way, so it looks again.
    pub async fn abort_multiparts(&self, account: Uuid, media: Uuid) -> Result<u32, ObjectsError> {
        let prefix = media_prefix(account, media);
        let mut aborted = 0;
        for _ in 0..ROUNDS {
            let open = self.list_multiparts(&prefix, None).await?;
            if open.is_empty() {
                return Ok(aborted);
            }
            for upload in &open {
                self.abort_multipart(upload).await?;
                aborted += 1;
            }
        }
        Err(ObjectsError::endless("abort uploads in parts"))
    }

    /// Aborts one open upload with all its parts; it is fine if it is gone already.
    pub async fn abort_multipart(&self, upload: &OpenMultipart) -> Result<(), ObjectsError> {
        let aborted = self
            .client
            .abort_multipart_upload()
            .bucket(&self.bucket)
            .key(&upload.key)
            .upload_id(&upload.upload_id)
            .send()
            .await;
        match aborted.map_err(|error| failure("abort an upload in parts", &error)) {
            Ok(_) | Err(MultipartError::Gone) => Ok(()),
            Err(MultipartError::Objects(error)) => Err(error),
            Err(MultipartError::Refused(why)) => {
                Err(ObjectsError::refused("abort an upload in parts", why))
            }
        }
    }
}

/// Tells an upload that is over, and parts that do not fit, from trouble.
fn failure<E>(
    what: &'static str,
    error: &SdkError<E, aws_sdk_s3::config::http::HttpResponse>,
) -> MultipartError
where
    E: std::error::Error + aws_sdk_s3::error::ProvideErrorMetadata + 'static,
{
    let code = error.as_service_error().and_then(|service| service.code());
    match code {
        Some("NoSuchUpload") => MultipartError::Gone,
        Some("InvalidPart" | "InvalidPartOrder" | "EntityTooSmall" | "BadDigest") => {
            let service = error.as_service_error();
            let said = service.and_then(|service| service.message());
            MultipartError::Refused(said.or(code).unwrap_or_default().to_owned())
        }
        _ => MultipartError::Objects(ObjectsError::answered(what, error)),
    }
}
