use picup_domain::{Part, PartPlan, Phase, Refusal, Upload};
use picup_objects::{HeldPart, MultipartError, SignedPut};
use picup_service::errors::{ErrorCode, Fault};
use uuid::Uuid;

use super::{Uploads, original, refused, s3_fault};
use crate::grpc::fault;

/// What S3 holds of an upload in parts.
#[derive(Debug)]
pub enum Held {
    /// These parts, and whether there are more after them.
    Parts(Vec<HeldPart>, bool),
    /// The whole object: it has been put together.
    Whole,
}

impl Uploads {
    /// The plan of an upload that goes up in parts and awaits them.
    pub fn plan(phase: Phase, upload: &Upload) -> Result<PartPlan, Fault> {
        match phase {
            Phase::Uploading => {}
            Phase::Stored | Phase::Trashed => return Err(fault(Refusal::UploadComplete.into())),
            Phase::Absent | Phase::Abandoned | Phase::Deleted | Phase::Purged => {
                return Err(fault(Refusal::UploadOver.into()));
            }
        }
        PartPlan::of(upload.bytes).ok_or_else(|| {
            let message = "this original goes up in one piece: put it where StartUpload says";
            refused(message, "NO_PARTS")
        })
    }

    /// Signs PUTs of parts, opening the upload with S3 where it is not open yet.
    pub async fn sign_parts(
        &self,
        media: Uuid,
        upload: &Upload,
        parts: &[(Part, &[u8])],
    ) -> Result<Vec<SignedPut>, Fault> {
        let upload_id = self.open(media, upload).await?;
        // Parts are about to change, so what was found out about the old ones no longer counts.
        self.verifications.forget(media).await;
        let mut signed = Vec::with_capacity(parts.len());
        for (part, sha256) in parts {
            let put = self.objects.presign_part(
                upload.account,
                media,
                &upload_id,
                (part.number, part.bytes),
                sha256,
            );
            let put = put.await;
            signed.push(put.map_err(|error| Fault::new(ErrorCode::Internal, error.to_string()))?);
        }
        Ok(signed)
    }

    /// S3's id of an upload that is open, or is opened now: once, however many ask at the same time, because S3
    /// would open one for each, and parts that went to another would be missing.
    async fn open(&self, media: Uuid, upload: &Upload) -> Result<String, Fault> {
        let opened = self
            .open
            .try_get_with(media, Box::pin(self.open_now(media, upload)));
        opened.await.map_err(|fault| Fault::clone(&fault))
    }

    async fn open_now(&self, media: Uuid, upload: &Upload) -> Result<String, Fault> {
        let opened = self
            .objects
            .open_multipart(upload.account, media, &upload.content_type)
            .await
            .map_err(|error| s3_fault(&error))?;
        // It may have been abandoned, and even purged, while S3 was asked: then nothing may be left open.
        let (phase, upload) = self.item(media).await?;
        if phase != Phase::Uploading {
            let aborted = self.objects.abort_multiparts(upload.account, media).await;
            aborted.map_err(|error| s3_fault(&error))?;
            return Err(fault(Refusal::UploadOver.into()));
        }
        Ok(opened)
    }

    /// What S3 holds of an upload, after a part.
    pub async fn list_parts(
        &self,
        media: Uuid,
        upload: &Upload,
        after: u32,
    ) -> Result<Held, Fault> {
        let account = upload.account;
        let found = self.objects.find_multipart(account, media).await;
        let listed = match found.map_err(|error| s3_fault(&error))? {
            Some(upload_id) => {
                self.open.insert(media, upload_id.clone()).await;
                let listed = self.objects.list_parts(account, media, &upload_id, after);
                listed.await
            }
            None => Err(MultipartError::Gone),
        };
        match listed {
            Ok((parts, more)) => return Ok(Held::Parts(parts, more)),
            Err(MultipartError::Gone) => self.open.invalidate(&media).await,
            Err(MultipartError::Objects(error)) => return Err(s3_fault(&error)),
            Err(MultipartError::Refused(why)) => {
                return Err(Fault::new(ErrorCode::Internal, why));
            }
        }
        let whole = self.objects.find_original(account, media).await;
        let whole = whole.map_err(|error| s3_fault(&error))?;
        Ok(match whole {
            Some(found) if found.must_be(&original(upload)).is_ok() => Held::Whole,
            _ => Held::Parts(Vec::new(), false),
        })
    }
}
