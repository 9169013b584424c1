use std::sync::Arc;

use picup_domain::{
    Decide, Phase, SNIFF_LENGTH, State, Upload,
    commands::{AbandonUpload, CompleteUpload, DeleteMedia, RestoreMedia, StartUpload, TrashMedia},
    verify_content,
};
use picup_event_types::{Category, PersonalField, StreamId};
use picup_objects::{Original, SignedPut, URL_LIFETIME, VerifyError};
use picup_proto::{
    commands::v1::{
        AbandonUploadRequest, AbandonUploadResponse, CompleteUploadRequest, CompleteUploadResponse,
        DeleteMediaRequest, DeleteMediaResponse, Header, PresignedPut, RestoreMediaRequest,
        RestoreMediaResponse, StartUploadRequest, StartUploadResponse, TrashMediaRequest,
        TrashMediaResponse, UploadState, media_commands_server::MediaCommands,
    },
    types::v1::ConsistencyToken,
};
use picup_service::errors::{ErrorCode, Fault};
use tonic::{Request, Response, Status, metadata::MetadataMap};
use uuid::Uuid;

use super::{Shared, answer};
use crate::text;

pub struct Service(pub Arc<Shared>);

#[tonic::async_trait]
impl MediaCommands for Service {
    async fn start_upload(
        &self,
        request: Request<StartUploadRequest>,
    ) -> Result<Response<StartUploadResponse>, Status> {
        let (metadata, _, request) = request.into_parts();
        let (caller, context) = self.0.authenticate(&metadata, &request.command_id)?;
        let file_name = text::line("file_name", &request.file_name, 255)?;
        let field = PersonalField::FileName;
        let command = StartUpload {
            account: caller.account,
            album: answer::id("album_id", &request.album_id)?,
            media: Uuid::now_v7(),
            file_name_sealed: text::seal(&self.0.keys, caller.account, field, &file_name).await?,
            content_type: request.content_type,
            bytes: request.bytes,
            sha256: request.sha256,
        };
        let handled = self
            .0
            .handler
            .handle(&context, &command)
            .await
            .map_err(answer::fault)?;
        let media = handled
            .stream(Category::Media)
            .map_or(command.media, |stream| stream.id);
        // Sent again, it answers for the item that the first sending started, as that item is now.
        let (phase, upload) = self.media(media, caller.account).await?;
        let (state, put) = match phase {
            Phase::Uploading => {
                let put = self.presign(media, &upload).await?;
                (UploadState::Started, Some(put))
            }
            Phase::Stored | Phase::Trashed => (UploadState::Completed, None),
            Phase::Absent | Phase::Abandoned | Phase::Deleted | Phase::Purged => {
                (UploadState::Gone, None)
            }
        };
        Ok(Response::new(StartUploadResponse {
            media_id: media.to_string(),
            token: Some(answer::token(&handled)),
            state: state.into(),
            upload: put,
        }))
    }

    async fn complete_upload(
        &self,
        request: Request<CompleteUploadRequest>,
    ) -> Result<Response<CompleteUploadResponse>, Status> {
        let (metadata, _, request) = request.into_parts();
        let (caller, context) = self.0.authenticate(&metadata, &request.command_id)?;
        let media = answer::id("media_id", &request.media_id)?;
        let (phase, upload) = self.media(media, caller.account).await?;
        if phase == Phase::Uploading {
            self.verify(media, &upload).await?;
        }
        let command = CompleteUpload {
            account: caller.account,
            media,
            album: upload.album,
        };
        let handled = self
            .0
            .handler
            .handle(&context, &command)
            .await
            .map_err(answer::fault)?;
        Ok(Response::new(CompleteUploadResponse {
            token: Some(answer::token(&handled)),
        }))
    }

    async fn abandon_upload(
        &self,
        request: Request<AbandonUploadRequest>,
    ) -> Result<Response<AbandonUploadResponse>, Status> {
        let (metadata, _, request) = request.into_parts();
        let reason = text::line("reason", &request.reason, 200)?;
        let token = self
            .run(
                &metadata,
                &request.command_id,
                &request.media_id,
                |account, media| AbandonUpload {
                    account,
                    media,
                    reason,
                },
            )
            .await?;
        Ok(Response::new(AbandonUploadResponse { token: Some(token) }))
    }

    async fn trash_media(
        &self,
        request: Request<TrashMediaRequest>,
    ) -> Result<Response<TrashMediaResponse>, Status> {
        let (metadata, _, request) = request.into_parts();
        let command = |account, media| TrashMedia { account, media };
        let token = self
            .run(&metadata, &request.command_id, &request.media_id, command)
            .await?;
        Ok(Response::new(TrashMediaResponse { token: Some(token) }))
    }

    async fn restore_media(
        &self,
        request: Request<RestoreMediaRequest>,
    ) -> Result<Response<RestoreMediaResponse>, Status> {
        let (metadata, _, request) = request.into_parts();
        let command = |account, media| RestoreMedia { account, media };
        let token = self
            .run(&metadata, &request.command_id, &request.media_id, command)
            .await?;
        Ok(Response::new(RestoreMediaResponse { token: Some(token) }))
    }

    async fn delete_media(
        &self,
        request: Request<DeleteMediaRequest>,
    ) -> Result<Response<DeleteMediaResponse>, Status> {
        let (metadata, _, request) = request.into_parts();
        let command = |account, media| DeleteMedia { account, media };
        let token = self
            .run(&metadata, &request.command_id, &request.media_id, command)
            .await?;
        Ok(Response::new(DeleteMediaResponse { token: Some(token) }))
    }
}

impl Service {
    /// Authenticates and runs a command that names nothing but a media item.
    async fn run<C: Decide>(
        &self,
        metadata: &MetadataMap,
        command_id: &str,
        media_id: &str,
        command: impl FnOnce(Uuid, Uuid) -> C,
    ) -> Result<ConsistencyToken, Status> {
        let (caller, context) = self.0.authenticate(metadata, command_id)?;
        let media = answer::id("media_id", media_id)?;
        let command = command(caller.account, media);
        let handled = self
            .0
            .handler
            .handle(&context, &command)
            .await
            .map_err(answer::fault)?;
        Ok(answer::token(&handled))
    }

    /// An item of the caller's, as it is now.
    async fn media(&self, media: Uuid, account: Uuid) -> Result<(Phase, Upload), Fault> {
        let loaded = self
            .0
            .handler
            .load(StreamId::media(media))
            .await
            .map_err(answer::fault)?;
        let State::Media(item) = loaded.state else {
            return Err(Fault::new(
                ErrorCode::Internal,
                "a media stream holds something else",
            ));
        };
        let upload = item
            .upload_of(account)
            .map_err(|refusal| answer::fault(refusal.into()))?;
        Ok((item.phase(), upload.clone()))
    }

    async fn presign(&self, media: Uuid, upload: &Upload) -> Result<PresignedPut, Fault> {
        let signed = self
            .0
            .objects
            .presign_put(upload.account, media, &original(upload))
            .await;
        let SignedPut { url, headers } =
            signed.map_err(|error| Fault::new(ErrorCode::Internal, error.to_string()))?;
        let headers = headers
            .into_iter()
            .map(|(name, value)| Header { name, value })
            .collect();
        let expires_in_seconds = u32::try_from(URL_LIFETIME.as_secs()).unwrap_or(u32::MAX);
        Ok(PresignedPut {
            url,
            headers,
            expires_in_seconds,
        })
    }

    /// Asks S3 whether the original is there and is what was announced.
    async fn verify(&self, media: Uuid, upload: &Upload) -> Result<(), Fault> {
        let announced = original(upload);
        let found = self
            .0
            .objects
            .verify(upload.account, media, &announced, SNIFF_LENGTH)
            .await;
        let first_bytes = found.map_err(|error| {
            let code = match error {
                VerifyError::Unavailable(_) => ErrorCode::Unavailable,
                VerifyError::Missing | VerifyError::Mismatch(_) => ErrorCode::FailedPrecondition,
            };
            Fault::new(code, error.to_string()).with_reason(match error {
                VerifyError::Unavailable(_) => "S3_UNAVAILABLE",
                VerifyError::Missing => "UPLOAD_MISSING",
                VerifyError::Mismatch(_) => "UPLOAD_MISMATCH",
            })
        })?;
        verify_content(&upload.content_type, &first_bytes).map_err(|mismatch| {
            Fault::new(ErrorCode::FailedPrecondition, mismatch.to_string())
                .with_reason("CONTENT_MISMATCH")
        })
    }
}

fn original(upload: &Upload) -> Original {
    Original {
        bytes: upload.bytes,
        content_type: upload.content_type.clone(),
        sha256: upload.sha256.clone(),
    }
}
