use picup_proto::{
    commands::v1::{
        AbandonUploadRequest, CompleteUploadRequest, DeleteMediaRequest, RestoreMediaRequest,
        StartUploadRequest, StartUploadResponse, TrashMediaRequest,
        media_commands_client::MediaCommandsClient,
    },
    queries::v1::{
        FindMediaRequest, GetMediaRequest, GetOriginalRequest, GetOriginalResponse,
        ListMediaRequest, Media, album_queries_client::AlbumQueriesClient,
    },
};

use super::{Client, new_command_id};
use crate::{Error, ErrorKind, Result};

const PAGE: u32 = 500;

impl Client {
    /// All media items of an album, newest first; what is in the trash is left out.
    pub async fn media_of(&self, album_id: &str) -> Result<Vec<Media>> {
        let mut media = Vec::new();
        let mut cursor = String::new();
        loop {
            let message = ListMediaRequest {
                token: self.session().token(),
                album_id: album_id.to_owned(),
                page_size: PAGE,
                cursor,
            };
            let page = self
                .call(message, |channel, request| async move {
                    AlbumQueriesClient::new(channel).list_media(request).await
                })
                .await?;
            media.extend(page.media);
            if page.next_cursor.is_empty() {
                return Ok(media);
            }
            cursor = page.next_cursor;
        }
    }

    /// One media item.
    pub async fn media(&self, media_id: &str) -> Result<Media> {
        let message = GetMediaRequest {
            token: self.session().token(),
            media_id: media_id.to_owned(),
        };
        let response = self
            .call(message, |channel, request| async move {
                AlbumQueriesClient::new(channel).get_media(request).await
            })
            .await?;
        response.media.ok_or_else(|| {
            Error::new(
                ErrorKind::NotFound,
                format!("there is no media item {media_id}"),
            )
        })
    }

    /// Which of at most 500 checksums the account already stores.
    pub async fn find_media(&self, sha256: Vec<Vec<u8>>) -> Result<Vec<Media>> {
        let message = FindMediaRequest {
            token: self.session().token(),
            sha256,
        };
        let response = self
            .call(message, |channel, request| async move {
                AlbumQueriesClient::new(channel).find_media(request).await
            })
            .await?;
        Ok(response.media)
    }

    /// A URL that gives the original's bytes for a while.
    pub async fn original(&self, media_id: &str) -> Result<GetOriginalResponse> {
        let message = GetOriginalRequest {
            token: self.session().token(),
            media_id: media_id.to_owned(),
        };
        self.call(message, |channel, request| async move {
            AlbumQueriesClient::new(channel).get_original(request).await
        })
        .await
    }

    /// Announces an original. The same command id continues the same upload.
    pub async fn start_upload(&self, message: StartUploadRequest) -> Result<StartUploadResponse> {
        let response = self
            .call(message, |channel, request| async move {
                MediaCommandsClient::new(channel)
                    .start_upload(request)
                    .await
            })
            .await?;
        self.session().see(response.token.as_ref());
        Ok(response)
    }

    /// Stores an original that has been put to S3.
    pub async fn complete_upload(&self, command_id: String, media_id: &str) -> Result<()> {
        let message = CompleteUploadRequest {
            command_id,
            media_id: media_id.to_owned(),
        };
        let response = self
            .call(message, |channel, request| async move {
                MediaCommandsClient::new(channel)
                    .complete_upload(request)
                    .await
            })
            .await?;
        self.session().see(response.token.as_ref());
        Ok(())
    }

    /// Gives an upload up, which frees its bytes.
    pub async fn abandon_upload(
        &self,
        command_id: String,
        media_id: &str,
        reason: String,
    ) -> Result<()> {
        let message = AbandonUploadRequest {
            command_id,
            media_id: media_id.to_owned(),
            reason,
        };
        let response = self
            .call(message, |channel, request| async move {
                MediaCommandsClient::new(channel)
                    .abandon_upload(request)
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
