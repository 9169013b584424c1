use picup_proto::{
    commands::v1::{
        AbandonUploadRequest, CompleteUploadRequest, ListPartsRequest, ListPartsResponse,
        MoveMediaRequest, PartToSign, PresignedPut, RequestRenditionsRequest, SignPartsRequest,
        StartUploadRequest, StartUploadResponse, UploadState,
        media_commands_client::MediaCommandsClient,
    },
    queries::v1::{
        CheckUrlRequest, CheckUrlResponse, FindMediaRequest, GetMediaRequest, GetOriginalRequest,
        GetOriginalResponse, ListMediaRequest, Media, album_queries_client::AlbumQueriesClient,
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

    /// Whether a signed URL is valid, shown from an address (or from any, where it is empty).
    pub async fn check_url(&self, url: &str, address: String) -> Result<CheckUrlResponse> {
        let message = CheckUrlRequest {
            url: url.to_owned(),
            address,
        };
        self.call(message, |channel, request| async move {
            AlbumQueriesClient::new(channel).check_url(request).await
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

    /// A URL for one part of an original, bound to its checksum.
    pub async fn sign_part(
        &self,
        media_id: &str,
        number: u32,
        sha256: [u8; 32],
    ) -> Result<PresignedPut> {
        let sha256 = sha256.to_vec();
        let message = SignPartsRequest {
            media_id: media_id.to_owned(),
            parts: vec![PartToSign { number, sha256 }],
        };
        let response = self
            .call(message, |channel, request| async move {
                MediaCommandsClient::new(channel).sign_parts(request).await
            })
            .await?;
        let signed = response.parts.into_iter().next();
        signed.and_then(|part| part.upload).ok_or_else(|| {
            let message = "the server gave no address to put a part to";
            Error::new(ErrorKind::Failed, message)
        })
    }

    /// What S3 holds of an upload, after a part.
    pub async fn list_parts(&self, media_id: &str, after: u32) -> Result<ListPartsResponse> {
        let message = ListPartsRequest {
            media_id: media_id.to_owned(),
            after,
        };
        self.call(message, |channel, request| async move {
            MediaCommandsClient::new(channel).list_parts(request).await
        })
        .await
    }

    /// Stores an original that has been put to S3. `None` when it is stored, otherwise how many of its bytes
    /// have been checked so far: ask again.
    pub async fn complete_upload(&self, command_id: String, media_id: &str) -> Result<Option<u64>> {
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
        let verifying = response.state() == UploadState::Verifying;
        Ok(verifying.then_some(response.verified_bytes))
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

    /// Puts a media item into another album.
    pub async fn move_media(&self, media_id: &str, album_id: &str) -> Result<()> {
        let message = MoveMediaRequest {
            command_id: new_command_id(),
            media_id: media_id.to_owned(),
            album_id: album_id.to_owned(),
        };
        let response = self
            .call(message, |channel, request| async move {
                MediaCommandsClient::new(channel).move_media(request).await
            })
            .await?;
        self.session().see(response.token.as_ref());
        Ok(())
    }

    /// Has renditions of a media item made again.
    pub async fn request_renditions(&self, media_id: &str) -> Result<()> {
        let message = RequestRenditionsRequest {
            command_id: new_command_id(),
            media_id: media_id.to_owned(),
        };
        let response = self
            .call(message, |channel, request| async move {
                MediaCommandsClient::new(channel)
                    .request_renditions(request)
                    .await
            })
            .await?;
        self.session().see(response.token.as_ref());
        Ok(())
    }
}
