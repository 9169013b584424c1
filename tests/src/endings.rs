//! How people get rid of things, and get them back.

use picup_proto::{
    access::v1::{CloseAccountRequest, access_client::AccessClient},
    commands::v1::{
        DeleteAlbumRequest, DeleteMediaRequest, EmptyTrashRequest, RestoreAlbumRequest,
        RestoreMediaRequest, TrashMediaRequest,
    },
    queries::v1::{Album, ListDeletedAlbumsRequest, ListTrashRequest, Media},
    types::v1::ConsistencyToken,
};
use tonic::Status;
use uuid::Uuid;

use crate::Person;

fn new_command_id() -> String {
    Uuid::new_v4().to_string()
}

impl Person {
    /// Deletes a media item for good.
    pub async fn delete_media(&self, media_id: &str) -> Result<ConsistencyToken, Status> {
        let request = self.request(DeleteMediaRequest {
            command_id: Uuid::new_v4().to_string(),
            media_id: media_id.to_owned(),
        });
        let deleted = self
            .media_commands()
            .delete_media(request)
            .await?
            .into_inner();
        Ok(deleted.token.expect("a token"))
    }

    /// Moves a media item to the trash.
    pub async fn trash_media(&self, media_id: &str) -> Result<ConsistencyToken, Status> {
        let request = self.request(TrashMediaRequest {
            command_id: new_command_id(),
            media_id: media_id.to_owned(),
        });
        let trashed = self.media_commands().trash_media(request).await?;
        Ok(trashed.into_inner().token.expect("a token"))
    }

    /// Brings a media item back from the trash.
    pub async fn restore_media(&self, media_id: &str) -> Result<ConsistencyToken, Status> {
        let request = self.request(RestoreMediaRequest {
            command_id: new_command_id(),
            media_id: media_id.to_owned(),
        });
        let restored = self.media_commands().restore_media(request).await?;
        Ok(restored.into_inner().token.expect("a token"))
    }

    /// Empties the trash.
    pub async fn empty_trash(&self) -> Result<ConsistencyToken, Status> {
        let request = self.request(EmptyTrashRequest {
            command_id: new_command_id(),
        });
        let emptied = self.media_commands().empty_trash(request).await?;
        Ok(emptied.into_inner().token.expect("a token"))
    }

    /// Deletes an album.
    pub async fn delete_album(&self, album_id: &str) -> Result<ConsistencyToken, Status> {
        let request = self.request(DeleteAlbumRequest {
            command_id: new_command_id(),
            album_id: album_id.to_owned(),
        });
        let deleted = self.album_commands().delete_album(request).await?;
        Ok(deleted.into_inner().token.expect("a token"))
    }

    /// Brings a deleted album back.
    pub async fn restore_album(&self, album_id: &str) -> Result<ConsistencyToken, Status> {
        let request = self.request(RestoreAlbumRequest {
            command_id: new_command_id(),
            album_id: album_id.to_owned(),
        });
        let restored = self.album_commands().restore_album(request).await?;
        Ok(restored.into_inner().token.expect("a token"))
    }

    /// Closes the account, sent under this command id.
    pub async fn close_account(
        &self,
        command_id: Uuid,
        password: &str,
    ) -> Result<ConsistencyToken, Status> {
        let request = self.request(CloseAccountRequest {
            command_id: command_id.to_string(),
            password: password.to_owned(),
        });
        let closed = AccessClient::new(self.channel())
            .close_account(request)
            .await?;
        Ok(closed.into_inner().token.expect("a token"))
    }

    /// What is in the trash, page by page.
    pub async fn list_trash(
        &self,
        page_size: u32,
        token: Option<ConsistencyToken>,
    ) -> Result<Vec<Media>, Status> {
        let (mut media, mut cursor) = (Vec::new(), String::new());
        loop {
            let request = self.request(ListTrashRequest {
                token: token.clone(),
                page_size,
                cursor,
            });
            let page = self.album_queries().list_trash(request).await?.into_inner();
            media.extend(page.media);
            cursor = page.next_cursor;
            if cursor.is_empty() {
                return Ok(media);
            }
        }
    }

    /// Deleted albums that still have something in the trash: the first page.
    pub async fn list_deleted_albums(
        &self,
        token: Option<ConsistencyToken>,
    ) -> Result<Vec<Album>, Status> {
        let request = self.request(ListDeletedAlbumsRequest {
            token,
            ..ListDeletedAlbumsRequest::default()
        });
        let listed = self.album_queries().list_deleted_albums(request).await?;
        Ok(listed.into_inner().albums)
    }
}
