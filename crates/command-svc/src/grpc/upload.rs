use std::collections::HashSet;

use picup_domain::{PartPlan, Phase, Refusal, Upload, commands::StartUpload};
use picup_event_types::{Category, PersonalField};
use picup_objects::SignedPut;
use picup_proto::commands::v1::{
    Header, ListPartsRequest, ListPartsResponse, PartPlan as PartPlanMessage, PresignedPut,
    SignPartsRequest, SignPartsResponse, SignedPart, StartUploadRequest, StartUploadResponse,
    StoredPart, UploadState,
};
use picup_service::{
    auth::Uploader,
    errors::{ErrorCode, Fault},
};
use uuid::Uuid;

use super::{answer, media::Service, sharing::guest_upload};
use crate::{
    handle::{Context, Effect, HandleError},
    text,
    uploads::{Held, Uploads, original},
};

/// Parts that are signed at once, at most: what a client sends next, and not a queue in which they expire.
const SIGNED_AT_ONCE: usize = 100;

impl Service {
    /// Starts an upload, or offers the item that has these very bytes already. Sent again, it answers for the
    /// item that the first sending started, as that item is now.
    pub(super) async fn start(
        &self,
        uploader: &Uploader,
        context: &Context,
        request: StartUploadRequest,
    ) -> Result<StartUploadResponse, Fault> {
        let (uploads, account) = (&self.0.uploads, uploader.account);
        let album = album_of(uploader, &request.album_id)?;
        let file_name = text::line("file_name", &request.file_name, 255)?;
        let is_checksum = request.sha256.len() == 32;
        if !request.keep_duplicate
            && is_checksum
            && let Some(duplicate) = uploads.duplicate(uploader, &request.sha256).await
        {
            let repeated = self.0.handler.repeated::<StartUpload>(context).await;
            if repeated.map_err(answer::fault)?.is_none() {
                return Ok(StartUploadResponse {
                    state: UploadState::Duplicate.into(),
                    duplicate_of: duplicate.media.to_string(),
                    duplicate_in_trash: duplicate.in_trash,
                    ..StartUploadResponse::default()
                });
            }
        }
        let field = PersonalField::FileName;
        let command = StartUpload {
            account,
            guest: uploader.guest.map(guest_upload),
            album,
            media: Uuid::now_v7(),
            file_name_sealed: text::seal(&self.0.keys, account, field, &file_name).await?,
            content_type: request.content_type,
            bytes: request.bytes,
            sha256: request.sha256,
        };
        let handled = self.0.handler.handle(context, &command).await;
        let handled = handled.map_err(|error| match error {
            HandleError::Refused(Refusal::QuotaExceeded { .. }) if uploader.guest.is_some() => {
                // How much the owner has is not the guest's business.
                Fault::new(
                    ErrorCode::QuotaExceeded,
                    "the album's owner has no room for it",
                )
            }
            error => answer::fault(error),
        })?;
        let stream = handled.stream(Category::Media);
        let media = stream.map_or(command.media, |stream| stream.id);
        if handled.effect == Effect::Appended
            && let Err(error) = uploads
                .originals
                .hint(account, &command.sha256, media)
                .await
        {
            tracing::warn!(%error, "this original will not be offered as a duplicate");
        }
        let (phase, upload) = uploads.item_of(uploader, media).await?;
        let (upload_to, parts) = match phase {
            Phase::Uploading => self.way_in(media, &upload).await?,
            _ => (None, None),
        };
        Ok(StartUploadResponse {
            media_id: media.to_string(),
            token: Some(answer::token(&handled)),
            state: state(phase).into(),
            upload: upload_to,
            parts,
            ..StartUploadResponse::default()
        })
    }

    /// Signs PUTs of parts.
    pub(super) async fn sign(
        &self,
        uploader: &Uploader,
        request: SignPartsRequest,
    ) -> Result<SignPartsResponse, Fault> {
        let media = answer::id("media_id", &request.media_id)?;
        if request.parts.is_empty() || request.parts.len() > SIGNED_AT_ONCE {
            return Err(Fault::invalid("parts", "1 to 100 parts"));
        }
        let (phase, upload) = self.0.uploads.item_of(uploader, media).await?;
        let plan = Uploads::plan(phase, &upload)?;
        let mut numbers = HashSet::new();
        let mut parts = Vec::with_capacity(request.parts.len());
        for asked in &request.parts {
            let part = plan.part(asked.number).ok_or_else(|| {
                let expected = format!("numbers from 1 to {}", plan.count());
                Fault::invalid("parts.number", expected)
            })?;
            if !numbers.insert(asked.number) {
                return Err(Fault::invalid("parts.number", "each number once"));
            }
            if asked.sha256.len() != 32 {
                return Err(Fault::invalid("parts.sha256", "the 32 bytes of a SHA-256"));
            }
            parts.push((part, asked.sha256.as_slice()));
        }
        let signed = self.0.uploads.sign_parts(media, &upload, &parts).await?;
        let signed = parts.iter().zip(signed).map(|((part, _), put)| SignedPart {
            number: part.number,
            upload: Some(self.presigned(put)),
        });
        Ok(SignPartsResponse {
            parts: signed.collect(),
        })
    }

    /// Which parts S3 holds, and everything else that a client needs to go on.
    pub(super) async fn list(
        &self,
        uploader: &Uploader,
        request: ListPartsRequest,
    ) -> Result<ListPartsResponse, Fault> {
        let media = answer::id("media_id", &request.media_id)?;
        let uploads = &self.0.uploads;
        let (phase, upload) = uploads.item_of(uploader, media).await?;
        let mut answer = ListPartsResponse {
            state: state(phase).into(),
            bytes: upload.bytes,
            content_type: upload.content_type.clone(),
            sha256: upload.sha256.clone(),
            plan: PartPlan::of(upload.bytes).map(plan_message),
            ..ListPartsResponse::default()
        };
        if phase != Phase::Uploading {
            if uploader.guest.is_some() {
                // Other guests have come by the same link, and may have added it.
                answer.sha256.clear();
            }
            return Ok(answer);
        }
        if answer.plan.is_none() {
            (answer.upload, _) = self.way_in(media, &upload).await?;
            return Ok(answer);
        }
        match uploads.list_parts(media, &upload, request.after).await? {
            Held::Whole => answer.state = UploadState::Verifying.into(),
            Held::Parts(parts, more) => {
                let last = parts.last().map_or(0, |part| part.number);
                answer.next_after = if more { last } else { 0 };
                let parts = parts.into_iter().map(|part| StoredPart {
                    number: part.number,
                    bytes: part.bytes,
                    sha256: part.sha256,
                });
                answer.parts = parts.collect();
            }
        }
        Ok(answer)
    }

    /// Where the bytes go: one PUT for a short original, a plan for a long one.
    async fn way_in(
        &self,
        media: Uuid,
        upload: &Upload,
    ) -> Result<(Option<PresignedPut>, Option<PartPlanMessage>), Fault> {
        if let Some(plan) = PartPlan::of(upload.bytes) {
            return Ok((None, Some(plan_message(plan))));
        }
        let objects = &self.0.uploads.objects;
        let signed = objects
            .presign_put(upload.account, media, &original(upload))
            .await;
        let put = signed.map_err(|error| Fault::new(ErrorCode::Internal, error.to_string()))?;
        Ok((Some(self.presigned(put)), None))
    }

    fn presigned(&self, SignedPut { url, headers }: SignedPut) -> PresignedPut {
        let headers = headers.into_iter();
        let lifetime = self.0.uploads.objects.url_lifetime().as_secs();
        PresignedPut {
            url,
            headers: headers
                .map(|(name, value)| Header { name, value })
                .collect(),
            expires_in_seconds: u32::try_from(lifetime).unwrap_or(u32::MAX),
        }
    }
}

/// The album that something is to go into. For a guest there is but one.
fn album_of(uploader: &Uploader, album_id: &str) -> Result<Uuid, Fault> {
    let album = answer::id("album_id", album_id)?;
    match uploader.guest {
        Some(guest) if guest.album != album => {
            Err(answer::fault(Refusal::NotFound("album").into()))
        }
        _ => Ok(album),
    }
}

fn state(phase: Phase) -> UploadState {
    match phase {
        Phase::Uploading => UploadState::Started,
        Phase::Stored | Phase::Trashed => UploadState::Completed,
        Phase::Absent | Phase::Abandoned | Phase::Deleted | Phase::Purged => UploadState::Gone,
    }
}

fn plan_message(plan: PartPlan) -> PartPlanMessage {
    PartPlanMessage {
        part_bytes: plan.part_bytes(),
        count: plan.count(),
    }
}
