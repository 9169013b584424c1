use picup_proto::{
    commands::v1::{
        DeleteMediaRequest, EmptyTrashRequest, RestoreAlbumRequest, RestoreMediaRequest,
        TrashMediaRequest, album_commands_client::AlbumCommandsClient,
        media_commands_client::MediaCommandsClient,
    },
    queries::v1::{
        Album, ListDeletedAlbumsRequest, ListTrashRequest, Media,
        album_queries_client::AlbumQueriesClient,
    },
};

use super::{Client, new_command_id};
use crate::Result;

const PAGE: u32 = 500;

impl Client {
    /// All that is in the trash, the latest first.
    pub async fn trash(&self) -> Result<Vec<Media>> {
        let (mut media, mut cursor) = (Vec::new(), String::new());
        loop {
            let message = ListTrashRequest {
                token: self.session().token(),
                page_size: PAGE,
                cursor,
            };
            let page = self
                .call(message, |channel, request| async move {
                    AlbumQueriesClient::new(channel).list_trash(request).await
                })
                .await?;
            media.extend(page.media);
            if page.next_cursor.is_empty() {
                return Ok(media);
            }
            cursor = page.next_cursor;
        }
    }

    /// All deleted albums that can still be brought back with something in them, the latest first.
    pub async fn deleted_albums(&self) -> Result<Vec<Album>> {
        let (mut albums, mut cursor) = (Vec::new(), String::new());
        loop {
            let message = ListDeletedAlbumsRequest {
                token: self.session().token(),
                page_size: PAGE,
                cursor,
            };
            let page = self
                .call(message, |channel, request| async move {
                    AlbumQueriesClient::new(channel)
                        .list_deleted_albums(request)
                        .await
                })
                .await?;
            albums.extend(page.albums);
            if page.next_cursor.is_empty() {
                return Ok(albums);
            }
            cursor = page.next_cursor;
        }
    }

    /// Has all that is in the trash deleted for good.
    pub async fn empty_trash(&self) -> Result<()> {
        let message = EmptyTrashRequest {
            command_id: new_command_id(),
        };
        let response = self
            .call(message, |channel, request| async move {
                MediaCommandsClient::new(channel).empty_trash(request).await
            })
            .await?;
        self.session().see(response.token.as_ref());
        Ok(())
    }

    /// Brings a deleted album back and, in the background, all that went to the trash with it.
    pub async fn restore_album(&self, album_id: &str) -> Result<()> {
        let message = RestoreAlbumRequest {
            command_id: new_command_id(),
            album_id: album_id.to_owned(),
        };
        let response = self
            .call(message, |channel, request| async move {
                AlbumCommandsClient::new(channel)
                    .restore_album(request)
                    .await
            })
            .await?;
        self.session().see(response.token.as_ref());
        Ok(())
    }

    /// Moves a media item to the trash, where it still counts.
    pub async fn trash_media(&self, media_id: &str) -> Result<()> {
        let message = TrashMediaRequest {
            command_id: new_command_id(),
            media_id: media_id.to_owned(),
        };
        let response = self
            .call(message, |channel, request| async move {
                MediaCommandsClient::new(channel).trash_media(request).await
            })
            .await?;
        self.session().see(response.token.as_ref());
        Ok(())
    }

    /// Brings a media item back from the trash.
    pub async fn restore_media(&self, media_id: &str) -> Result<()> {
        let message = RestoreMediaRequest {
            command_id: new_command_id(),
            media_id: media_id.to_owned(),
        };
        let response = self
            .call(message, |channel, request| async move {
                MediaCommandsClient::new(channel)
                    .restore_media(request)
                    .await
            })
            .await?;
        self.session().see(response.token.as_ref());
        Ok(())
    }

    /// Deletes a media item for good.
    pub async fn delete_media(&self, media_id: &str) -> Result<()> {
        let message = DeleteMediaRequest {
            command_id: new_command_id(),
            media_id: media_id.to_owned(),
        };
        let response = self
            .call(message, |channel, request| async move {
                MediaCommandsClient::new(channel)
                    .delete_media(request)
                    .await
            })
            .await?;
        self.session().see(response.token.as_ref());
        Ok(())
    }
}
