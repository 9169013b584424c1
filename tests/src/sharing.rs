//! Links to albums, and guests who come by them.

use std::time::{Duration, SystemTime};

use picup_proto::{
    access::v1::{OpenShareRequest, OpenShareResponse, access_client::AccessClient},
    commands::v1::{RevokeShareRequest, ShareAlbumRequest, ShareAlbumResponse},
    queries::v1::share_queries_client::ShareQueriesClient,
    types::v1::ConsistencyToken,
};
use tonic::{Status, transport::Channel};
use uuid::Uuid;

use crate::{Person, System};

/// So long from now, as the contract carries times.
pub fn in_micros(duration: Duration) -> i64 {
    let then = SystemTime::now() + duration;
    let then = then.duration_since(SystemTime::UNIX_EPOCH);
    i64::try_from(then.expect("after 1970").as_micros()).expect("before the sun dies")
}

/// A link for a day, through which guests may only look.
pub fn link_to(album_id: &str) -> ShareAlbumRequest {
    ShareAlbumRequest {
        command_id: Uuid::new_v4().to_string(),
        album_id: album_id.to_owned(),
        expires_at_micros: in_micros(Duration::from_hours(24)),
        ..ShareAlbumRequest::default()
    }
}

/// Opens a link.
pub async fn open_share(
    system: &System,
    key: &str,
    password: &str,
) -> Result<OpenShareResponse, Status> {
    let channel = Channel::from_shared(system.url());
    let request = OpenShareRequest {
        key: key.to_owned(),
        password: password.to_owned(),
    };
    let mut access = AccessClient::new(channel.expect("a URL").connect_lazy());
    Ok(access.open_share(request).await?.into_inner())
}

impl Person {
    /// Makes a link.
    pub async fn share(&self, wanted: ShareAlbumRequest) -> Result<ShareAlbumResponse, Status> {
        let request = self.request(wanted);
        let shared = self.album_commands().share_album(request).await?;
        Ok(shared.into_inner())
    }

    /// Takes a link back.
    pub async fn revoke(&self, album_id: &str, share_id: &str) -> Result<ConsistencyToken, Status> {
        let request = self.request(RevokeShareRequest {
            command_id: Uuid::new_v4().to_string(),
            album_id: album_id.to_owned(),
            share_id: share_id.to_owned(),
        });
        let revoked = self.album_commands().revoke_share(request).await?;
        Ok(revoked.into_inner().token.expect("a token"))
    }

    /// A guest who has opened a link: somebody without an account of their own.
    pub async fn guest(system: &System, key: &str, password: &str) -> Self {
        let opened = open_share(system, key, password).await;
        let opened = opened.expect("the link opens");
        let account = opened.account_id.parse().expect("an id");
        let token = opened.token.expect("a token");
        Self::with_token(system, account, token, opened.access_token)
    }

    /// What guests ask.
    pub fn share_queries(&self) -> ShareQueriesClient<Channel> {
        ShareQueriesClient::new(self.channel())
    }
}
