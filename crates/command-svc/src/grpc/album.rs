use std::sync::Arc;

use picup_domain::commands::{
    ChooseCover, CreateAlbum, DeleteAlbum, RenameAlbum, RestoreAlbum, RevokeShare,
};
use picup_event_types::{Category, PersonalField};
use picup_proto::commands::v1::{
    ChooseCoverRequest, ChooseCoverResponse, CreateAlbumRequest, CreateAlbumResponse,
    DeleteAlbumRequest, DeleteAlbumResponse, RenameAlbumRequest, RenameAlbumResponse,
    RestoreAlbumRequest, RestoreAlbumResponse, RevokeShareRequest, RevokeShareResponse,
    ShareAlbumRequest, ShareAlbumResponse, album_commands_server::AlbumCommands,
};
use picup_service::errors::Fault;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{Shared, answer};
use crate::{credentials::EndedShares, text};

pub struct Service(pub Arc<Shared>);

#[tonic::async_trait]
impl AlbumCommands for Service {
    async fn create_album(
        &self,
        request: Request<CreateAlbumRequest>,
    ) -> Result<Response<CreateAlbumResponse>, Status> {
        let (metadata, _, request) = request.into_parts();
        let (caller, context) = self.0.authenticate(&metadata, &request.command_id)?;
        let title_sealed = self.seal_title(caller.account, &request.title).await?;
        let command = CreateAlbum {
            account: caller.account,
            album: Uuid::now_v7(),
            title_sealed,
        };
        let handled = self.0.handle(&context, &command).await?;
        let album = handled.stream(Category::Album).map(|stream| stream.id);
        Ok(Response::new(CreateAlbumResponse {
            album_id: album.unwrap_or(command.album).to_string(),
            token: Some(answer::token(&handled)),
        }))
    }

    async fn rename_album(
        &self,
        request: Request<RenameAlbumRequest>,
    ) -> Result<Response<RenameAlbumResponse>, Status> {
        let (metadata, _, request) = request.into_parts();
        let (caller, context) = self.0.authenticate(&metadata, &request.command_id)?;
        let command = RenameAlbum {
            account: caller.account,
            album: answer::id("album_id", &request.album_id)?,
            title_sealed: self.seal_title(caller.account, &request.title).await?,
        };
        let handled = self.0.handle(&context, &command).await?;
        Ok(Response::new(RenameAlbumResponse {
            token: Some(answer::token(&handled)),
        }))
    }

    async fn choose_cover(
        &self,
        request: Request<ChooseCoverRequest>,
    ) -> Result<Response<ChooseCoverResponse>, Status> {
        let (metadata, _, request) = request.into_parts();
        let (caller, context) = self.0.authenticate(&metadata, &request.command_id)?;
        let media = if request.media_id.is_empty() {
            None
        } else {
            Some(answer::id("media_id", &request.media_id)?)
        };
        let command = ChooseCover {
            account: caller.account,
            album: answer::id("album_id", &request.album_id)?,
            media,
        };
        let handled = self.0.handle(&context, &command).await?;
        Ok(Response::new(ChooseCoverResponse {
            token: Some(answer::token(&handled)),
        }))
    }

    async fn share_album(
        &self,
        request: Request<ShareAlbumRequest>,
    ) -> Result<Response<ShareAlbumResponse>, Status> {
        let (metadata, _, request) = request.into_parts();
        let (caller, context) = self.0.authenticate(&metadata, &request.command_id)?;
        let shared = self.0.share_album(caller.account, &context, request);
        Ok(Response::new(shared.await?))
    }

    async fn revoke_share(
        &self,
        request: Request<RevokeShareRequest>,
    ) -> Result<Response<RevokeShareResponse>, Status> {
        let (metadata, _, request) = request.into_parts();
        let (caller, context) = self.0.authenticate(&metadata, &request.command_id)?;
        let command = RevokeShare {
            account: caller.account,
            album: answer::id("album_id", &request.album_id)?,
            share: answer::id("share_id", &request.share_id)?,
        };
        let rows = Arc::new(EndedShares::One(command.share));
        let handled = self.0.handler.handle_alongside(&context, &command, rows);
        let handled = handled.await.map_err(answer::fault)?;
        Ok(Response::new(RevokeShareResponse {
            token: Some(answer::token(&handled)),
        }))
    }

    async fn delete_album(
        &self,
        request: Request<DeleteAlbumRequest>,
    ) -> Result<Response<DeleteAlbumResponse>, Status> {
        let (metadata, _, request) = request.into_parts();
        let (caller, context) = self.0.authenticate(&metadata, &request.command_id)?;
        let album = answer::id("album_id", &request.album_id)?;
        let command = DeleteAlbum {
            account: caller.account,
            album,
        };
        let rows = Arc::new(EndedShares::OfAlbum(album));
        let handled = self.0.handler.handle_alongside(&context, &command, rows);
        let handled = handled.await.map_err(answer::fault)?;
        Ok(Response::new(DeleteAlbumResponse {
            token: Some(answer::token(&handled)),
        }))
    }

    async fn restore_album(
        &self,
        request: Request<RestoreAlbumRequest>,
    ) -> Result<Response<RestoreAlbumResponse>, Status> {
        let (metadata, _, request) = request.into_parts();
        let (caller, context) = self.0.authenticate(&metadata, &request.command_id)?;
        let command = RestoreAlbum {
            account: caller.account,
            album: answer::id("album_id", &request.album_id)?,
        };
        let handled = self.0.handle(&context, &command).await?;
        Ok(Response::new(RestoreAlbumResponse {
            token: Some(answer::token(&handled)),
        }))
    }
}

impl Service {
    async fn seal_title(&self, account: Uuid, title: &str) -> Result<Vec<u8>, Fault> {
        let title = text::line("title", title, 200)?;
        text::seal(&self.0.keys, account, PersonalField::AlbumTitle, &title).await
    }
}
