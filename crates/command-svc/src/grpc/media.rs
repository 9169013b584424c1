use std::sync::Arc;

use picup_domain::{
    Decide,
    commands::{
        AbandonUpload, DeleteMedia, EmptyTrash, MoveMedia, RequestRenditions, RestoreMedia,
        TrashMedia,
    },
};
use picup_proto::{
    commands::v1::{
        AbandonUploadRequest, AbandonUploadResponse, CompleteUploadRequest, CompleteUploadResponse,
        DeleteMediaRequest, DeleteMediaResponse, EmptyTrashRequest, EmptyTrashResponse,
        ListPartsRequest, ListPartsResponse, MoveMediaRequest, MoveMediaResponse,
        RequestRenditionsRequest, RequestRenditionsResponse, RestoreMediaRequest,
        RestoreMediaResponse, SignPartsRequest, SignPartsResponse, StartUploadRequest,
        StartUploadResponse, TrashMediaRequest, TrashMediaResponse, UploadState,
        media_commands_server::MediaCommands,
    },
    types::v1::ConsistencyToken,
};
use tonic::{Request, Response, Status, metadata::MetadataMap};
use uuid::Uuid;

use super::{Shared, answer};
use crate::{text, uploads::Completion};

pub struct Service(pub Arc<Shared>);

#[tonic::async_trait]
impl MediaCommands for Service {
    async fn start_upload(
        &self,
        request: Request<StartUploadRequest>,
    ) -> Result<Response<StartUploadResponse>, Status> {
        let (metadata, _, request) = request.into_parts();
        let (uploader, context) = self
            .0
            .authenticate_uploader(&metadata, &request.command_id)
            .await?;
        let started = self.start(&uploader, &context, request).await?;
        Ok(Response::new(started))
    }

    async fn sign_parts(
        &self,
        request: Request<SignPartsRequest>,
    ) -> Result<Response<SignPartsResponse>, Status> {
        let uploader = self.0.uploader(request.metadata()).await?;
        let signed = self.sign(&uploader, request.into_inner()).await?;
        Ok(Response::new(signed))
    }

    async fn list_parts(
        &self,
        request: Request<ListPartsRequest>,
    ) -> Result<Response<ListPartsResponse>, Status> {
        let uploader = self.0.uploader(request.metadata()).await?;
        let listed = self.list(&uploader, request.into_inner()).await?;
        Ok(Response::new(listed))
    }

    async fn complete_upload(
        &self,
        request: Request<CompleteUploadRequest>,
    ) -> Result<Response<CompleteUploadResponse>, Status> {
        let (metadata, _, request) = request.into_parts();
        let (uploader, context) = self
            .0
            .authenticate_uploader(&metadata, &request.command_id)
            .await?;
        let media = answer::id("media_id", &request.media_id)?;
        let uploads = &self.0.uploads;
        let completion = uploads.complete(&context, &uploader, media).await?;
        Ok(Response::new(match completion {
            Completion::Done(handled) => CompleteUploadResponse {
                token: Some(answer::token(&handled)),
                state: UploadState::Completed.into(),
                verified_bytes: 0,
            },
            Completion::Verifying(verified_bytes) => CompleteUploadResponse {
                token: None,
                state: UploadState::Verifying.into(),
                verified_bytes,
            },
        }))
    }

    async fn abandon_upload(
        &self,
        request: Request<AbandonUploadRequest>,
    ) -> Result<Response<AbandonUploadResponse>, Status> {
        let (metadata, _, request) = request.into_parts();
        let (uploader, context) = self
            .0
            .authenticate_uploader(&metadata, &request.command_id)
            .await?;
        let reason = text::line("reason", &request.reason, 200)?;
        let media = answer::id("media_id", &request.media_id)?;
        self.0.uploads.item_of(&uploader, media).await?;
        let command = AbandonUpload {
            account: uploader.account,
            media,
            reason,
        };
        let handled = self.0.handle(&context, &command).await?;
        Ok(Response::new(AbandonUploadResponse {
            token: Some(answer::token(&handled)),
        }))
    }

    async fn move_media(
        &self,
        request: Request<MoveMediaRequest>,
    ) -> Result<Response<MoveMediaResponse>, Status> {
        let (metadata, _, request) = request.into_parts();
        let (caller, context) = self.0.authenticate(&metadata, &request.command_id)?;
        let command = MoveMedia {
            account: caller.account,
            media: answer::id("media_id", &request.media_id)?,
            album: answer::id("album_id", &request.album_id)?,
        };
        let handled = self.0.handle(&context, &command).await?;
        Ok(Response::new(MoveMediaResponse {
            token: Some(answer::token(&handled)),
        }))
    }

    async fn trash_media(
        &self,
        request: Request<TrashMediaRequest>,
    ) -> Result<Response<TrashMediaResponse>, Status> {
        let (metadata, _, request) = request.into_parts();
        let command = |account, media, album| TrashMedia {
            account,
            media,
            album,
        };
        let token = self
            .run_with_album(&metadata, &request.command_id, &request.media_id, command)
            .await?;
        Ok(Response::new(TrashMediaResponse { token: Some(token) }))
    }

    async fn restore_media(
        &self,
        request: Request<RestoreMediaRequest>,
    ) -> Result<Response<RestoreMediaResponse>, Status> {
        let (metadata, _, request) = request.into_parts();
        let command = |account, media, album| RestoreMedia {
            account,
            media,
            album,
        };
        let token = self
            .run_with_album(&metadata, &request.command_id, &request.media_id, command)
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

    async fn empty_trash(
        &self,
        request: Request<EmptyTrashRequest>,
    ) -> Result<Response<EmptyTrashResponse>, Status> {
        let (metadata, _, request) = request.into_parts();
        let (caller, context) = self.0.authenticate(&metadata, &request.command_id)?;
        let command = EmptyTrash {
            account: caller.account,
        };
        let handled = self.0.handle(&context, &command).await?;
        Ok(Response::new(EmptyTrashResponse {
            token: Some(answer::token(&handled)),
        }))
    }

    async fn request_renditions(
        &self,
        request: Request<RequestRenditionsRequest>,
    ) -> Result<Response<RequestRenditionsResponse>, Status> {
        let (metadata, _, request) = request.into_parts();
        let command = |account, media| RequestRenditions { account, media };
        let token = self
            .run(&metadata, &request.command_id, &request.media_id, command)
            .await?;
        Ok(Response::new(RequestRenditionsResponse {
            token: Some(token),
        }))
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
        let handled = self.0.handle(&context, &command).await?;
        Ok(answer::token(&handled))
    }

    /// The same for a command that also looks at the album that the item is in. It is asked for only to know which
    /// one that is: the decision itself looks at both again.
    async fn run_with_album<C: Decide>(
        &self,
        metadata: &MetadataMap,
        command_id: &str,
        media_id: &str,
        command: impl FnOnce(Uuid, Uuid, Uuid) -> C,
    ) -> Result<ConsistencyToken, Status> {
        let (caller, context) = self.0.authenticate(metadata, command_id)?;
        let media = answer::id("media_id", media_id)?;
        let album = self.0.album_of(media).await?;
        let command = command(caller.account, media, album);
        let handled = self.0.handle(&context, &command).await?;
        Ok(answer::token(&handled))
    }
}
