use picup_proto::{
    commands::v1::{
        RevokeShareRequest, ShareAlbumRequest, ShareAlbumResponse,
        album_commands_client::AlbumCommandsClient,
    },
    queries::v1::{ListSharesRequest, Share, album_queries_client::AlbumQueriesClient},
};

use super::Client;
use crate::Result;

impl Client {
    /// Makes a link to an album.
    pub async fn share_album(&self, wanted: ShareAlbumRequest) -> Result<ShareAlbumResponse> {
        let response = self
            .call(wanted, |channel, request| async move {
                AlbumCommandsClient::new(channel).share_album(request).await
            })
            .await?;
        self.session().see(response.token.as_ref());
        Ok(response)
    }

    /// Ends a link for good.
    pub async fn revoke_share(&self, album_id: &str, share_id: &str) -> Result<()> {
        let message = RevokeShareRequest {
            command_id: super::new_command_id(),
            album_id: album_id.to_owned(),
            share_id: share_id.to_owned(),
        };
        let response = self
            .call(message, |channel, request| async move {
                AlbumCommandsClient::new(channel)
                    .revoke_share(request)
                    .await
            })
            .await?;
        self.session().see(response.token.as_ref());
        Ok(())
    }

    /// The links of an album, the newest first.
    pub async fn shares(&self, album_id: &str) -> Result<Vec<Share>> {
        let message = ListSharesRequest {
            token: self.session().token(),
            album_id: album_id.to_owned(),
        };
        let response = self
            .call(message, |channel, request| async move {
                AlbumQueriesClient::new(channel).list_shares(request).await
            })
            .await?;
        Ok(response.shares)
    }
}
