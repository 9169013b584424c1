use std::sync::Arc;

use picup_domain::{
    Media, State,
    commands::{EraseAccount, FollowAlbum, RecordPurge, RemovalCause as Cause, RemoveMedia},
};
use picup_event_types::StreamId;
use picup_proto::internal::v1::{
    EraseAccountRequest, EraseAccountResponse, FollowAlbumRequest, FollowAlbumResponse,
    GetUploadRequest, GetUploadResponse, RecordPurgeRequest, RecordPurgeResponse,
    RecordRenditionsRequest, RecordRenditionsResponse, RemovalCause, RemoveMediaRequest,
    RemoveMediaResponse, reactions_server::Reactions,
};
use picup_service::errors::{ErrorCode, Fault};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{Shared, answer};
use crate::{credentials::ErasedAccountRows, handle::Effect, receipt, removal::Confirmed};

/// What the purger calls itself in the log.
const PURGER: &str = "purger";

pub struct Service(pub Arc<Shared>);

#[tonic::async_trait]
impl Reactions for Service {
    async fn record_purge(
        &self,
        request: Request<RecordPurgeRequest>,
    ) -> Result<Response<RecordPurgeResponse>, Status> {
        let (metadata, _, request) = request.into_parts();
        let command_id = &request.command_id;
        let context = self.0.authenticate_service(&metadata, command_id, PURGER)?;
        let account = answer::id("account_id", &request.account_id)?;
        let media = answer::id("media_id", &request.media_id)?;
        let receipt = request
            .receipt
            .ok_or_else(|| Fault::invalid("receipt", "the receipt"))?;
        let item = self.0.item(media).await?;
        let command = RecordPurge {
            account,
            media,
            receipt: receipt::complete(receipt, account, media, &item),
        };
        let handled = self.0.handle(&context, &command).await?;
        Ok(Response::new(RecordPurgeResponse {
            token: Some(answer::token(&handled)),
        }))
    }

    async fn follow_album(
        &self,
        request: Request<FollowAlbumRequest>,
    ) -> Result<Response<FollowAlbumResponse>, Status> {
        let (metadata, _, request) = request.into_parts();
        let command_id = &request.command_id;
        let context = self.0.authenticate_service(&metadata, command_id, PURGER)?;
        let media = answer::id("media_id", &request.media_id)?;
        let album = self.0.album_of(media).await?;
        let handled = self
            .0
            .handle(&context, &FollowAlbum { media, album })
            .await?;
        Ok(Response::new(FollowAlbumResponse {
            token: Some(answer::token(&handled)),
        }))
    }

    async fn remove_media(
        &self,
        request: Request<RemoveMediaRequest>,
    ) -> Result<Response<RemoveMediaResponse>, Status> {
        let (metadata, _, request) = request.into_parts();
        let command_id = &request.command_id;
        let context = self.0.authenticate_service(&metadata, command_id, PURGER)?;
        let media = answer::id("media_id", &request.media_id)?;
        let cause = cause(request.cause())?;
        let removal = self.0.removals.confirm(media, cause).await?;
        let Some(Confirmed {
            account,
            album,
            version,
        }) = removal
        else {
            return Ok(Response::new(RemoveMediaResponse::default()));
        };
        let command = RemoveMedia {
            account,
            album,
            media,
            version,
            cause,
        };
        let handled = self.0.handle(&context, &command).await?;
        Ok(Response::new(RemoveMediaResponse {
            removed: handled.effect != Effect::Nothing,
            token: Some(answer::token(&handled)),
        }))
    }

    async fn erase_account(
        &self,
        request: Request<EraseAccountRequest>,
    ) -> Result<Response<EraseAccountResponse>, Status> {
        let (metadata, _, request) = request.into_parts();
        let command_id = &request.command_id;
        let context = self.0.authenticate_service(&metadata, command_id, PURGER)?;
        let account = answer::id("account_id", &request.account_id)?;
        let rows = Arc::new(ErasedAccountRows { account });
        let handled = self
            .0
            .handler
            .handle_alongside(&context, &EraseAccount { account }, rows)
            .await
            .map_err(answer::fault)?;
        Ok(Response::new(EraseAccountResponse {
            token: Some(answer::token(&handled)),
        }))
    }

    async fn get_upload(
        &self,
        request: Request<GetUploadRequest>,
    ) -> Result<Response<GetUploadResponse>, Status> {
        self.0.service_key.check(request.metadata())?;
        let media = answer::id("media_id", &request.get_ref().media_id)?;
        Ok(Response::new(self.0.upload(media).await?))
    }

    async fn record_renditions(
        &self,
        request: Request<RecordRenditionsRequest>,
    ) -> Result<Response<RecordRenditionsResponse>, Status> {
        let (metadata, _, request) = request.into_parts();
        let command_id = &request.command_id;
        let context = self
            .0
            .authenticate_service(&metadata, command_id, "thumbnailer")?;
        let recorded = self.0.record_renditions(&context, request).await?;
        Ok(Response::new(recorded))
    }
}

impl Shared {
    /// The album that an item was started in, whosever it is.
    pub(super) async fn album_of(&self, media: Uuid) -> Result<Uuid, Fault> {
        let item = self.item(media).await?;
        let upload = item.upload();
        Ok(upload
            .map_err(|refusal| answer::fault(refusal.into()))?
            .album)
    }

    /// What there is to make renditions from.
    async fn upload(&self, media: Uuid) -> Result<GetUploadResponse, Fault> {
        let item = self.item(media).await?;
        let upload = item
            .upload()
            .map_err(|refusal| answer::fault(refusal.into()))?;
        Ok(GetUploadResponse {
            account_id: upload.account.to_string(),
            content_type: upload.content_type.clone(),
            bytes: upload.bytes,
            gone: item.is_gone(),
        })
    }

    pub(super) async fn item(&self, media: Uuid) -> Result<Media, Fault> {
        let loaded = self.handler.load(StreamId::media(media)).await;
        match loaded.map_err(answer::fault)?.state {
            State::Media(item) => Ok(item),
            State::Account(_) | State::Album(_) | State::Ledger(_) => {
                let message = "a media stream holds something else";
                Err(Fault::new(ErrorCode::Internal, message))
            }
        }
    }
}

fn cause(cause: RemovalCause) -> Result<Cause, Fault> {
    match cause {
        RemovalCause::TrashExpired => Ok(Cause::TrashExpired),
        RemovalCause::TrashEmptied => Ok(Cause::TrashEmptied),
        RemovalCause::AccountClosed => Ok(Cause::AccountClosed),
        RemovalCause::UploadExpired => Ok(Cause::UploadExpired),
        RemovalCause::Unspecified => Err(Fault::invalid("cause", "a cause")),
    }
}
