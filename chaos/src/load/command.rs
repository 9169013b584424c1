//! The commands of the load: how each is sent, and which events it must leave.

use std::time::Duration;

use picup_proto::{
    commands::v1::{
        AbandonUploadRequest, ChangeDisplayNameRequest, CompleteUploadRequest, CreateAlbumRequest,
        DeleteAlbumRequest, DeleteMediaRequest, PresignedPut, RenameAlbumRequest,
        RestoreMediaRequest, RevokeShareRequest, ShareAlbumRequest, StartUploadRequest,
        TrashMediaRequest, account_commands_client::AccountCommandsClient,
        album_commands_client::AlbumCommandsClient, media_commands_client::MediaCommandsClient,
    },
    types::v1::ConsistencyToken,
};
use time::OffsetDateTime;
use tonic::{Request, Status, transport::Channel};
use uuid::Uuid;

/// A picture that is to be uploaded.
#[derive(Clone, Debug)]
pub struct Picture {
    pub bytes: Vec<u8>,
    pub sha256: Vec<u8>,
}

/// Something that a person asks for.
#[derive(Clone, Debug)]
pub enum Command {
    CreateAlbum { title: String },
    RenameAlbum { album: String, title: String },
    ShareAlbum { album: String },
    RevokeShare { album: String, share: String },
    DeleteAlbum { album: String },
    StartUpload { album: String, picture: Picture },
    CompleteUpload { media: String },
    AbandonUpload { media: String },
    TrashMedia { media: String },
    RestoreMedia { media: String },
    DeleteMedia { media: String },
    ChangeDisplayName { name: String },
}

/// What comes back.
#[derive(Debug, Default)]
pub struct Reply {
    pub token: ConsistencyToken,
    /// Of what was made.
    pub id: String,
    pub upload: Option<PresignedPut>,
}

impl Reply {
    fn new(id: String, token: Option<ConsistencyToken>) -> Self {
        let token = token.unwrap_or_default();
        Self {
            token,
            id,
            upload: None,
        }
    }
}

impl Command {
    /// Its name, and the types of the events that it leaves.
    pub fn leaves(&self) -> (&'static str, &'static [&'static str]) {
        match self {
            Self::CreateAlbum { .. } => ("CreateAlbum", &["album.AlbumCreated"]),
            Self::RenameAlbum { .. } => ("RenameAlbum", &["album.AlbumRenamed"]),
            Self::ShareAlbum { .. } => ("ShareAlbum", &["album.AlbumShared"]),
            Self::RevokeShare { .. } => ("RevokeShare", &["album.AlbumShareRevoked"]),
            Self::DeleteAlbum { .. } => ("DeleteAlbum", &["album.AlbumDeleted"]),
            Self::StartUpload { .. } => (
                "StartUpload",
                &["ledger.BytesReserved", "media.UploadStarted"],
            ),
            Self::CompleteUpload { .. } => (
                "CompleteUpload",
                &["ledger.BytesStored", "media.UploadCompleted"],
            ),
            Self::AbandonUpload { .. } => ("AbandonUpload", &["media.UploadAbandoned"]),
            Self::TrashMedia { .. } => ("TrashMedia", &["media.MediaTrashed"]),
            Self::RestoreMedia { .. } => ("RestoreMedia", &["media.MediaRestored"]),
            Self::DeleteMedia { .. } => ("DeleteMedia", &["media.MediaDeleted"]),
            Self::ChangeDisplayName { .. } => {
                ("ChangeDisplayName", &["account.DisplayNameChanged"])
            }
        }
    }

    /// Sends it once.
    pub async fn send(self, channel: Channel, bearer: String, id: Uuid) -> Result<Reply, Status> {
        let command_id = id.to_string();
        match self {
            Self::CreateAlbum { .. }
            | Self::RenameAlbum { .. }
            | Self::ShareAlbum { .. }
            | Self::RevokeShare { .. }
            | Self::DeleteAlbum { .. } => {
                self.send_album(AlbumCommandsClient::new(channel), &bearer, command_id)
                    .await
            }
            Self::ChangeDisplayName { name: display_name } => {
                let request = ChangeDisplayNameRequest {
                    command_id,
                    display_name,
                };
                let mut client = AccountCommandsClient::new(channel);
                let answer = client
                    .change_display_name(authorized(request, &bearer)?)
                    .await?
                    .into_inner();
                Ok(Reply::new(String::new(), answer.token))
            }
            _ => {
                self.send_media(MediaCommandsClient::new(channel), &bearer, command_id)
                    .await
            }
        }
    }

    async fn send_album(
        self,
        mut client: AlbumCommandsClient<Channel>,
        bearer: &str,
        command_id: String,
    ) -> Result<Reply, Status> {
        match self {
            Self::CreateAlbum { title } => {
                let request = authorized(CreateAlbumRequest { command_id, title }, bearer)?;
                let answer = client.create_album(request).await?.into_inner();
                Ok(Reply::new(answer.album_id, answer.token))
            }
            Self::RenameAlbum {
                album: album_id,
                title,
            } => {
                let request = RenameAlbumRequest {
                    command_id,
                    album_id,
                    title,
                };
                let answer = client
                    .rename_album(authorized(request, bearer)?)
                    .await?
                    .into_inner();
                Ok(Reply::new(String::new(), answer.token))
            }
            Self::ShareAlbum { album: album_id } => {
                let request = ShareAlbumRequest {
                    command_id,
                    album_id,
                    expires_at_micros: tomorrow(),
                    password: "a pass word".to_owned(),
                    ..ShareAlbumRequest::default()
                };
                let answer = client
                    .share_album(authorized(request, bearer)?)
                    .await?
                    .into_inner();
                Ok(Reply::new(answer.share_id, answer.token))
            }
            Self::RevokeShare {
                album: album_id,
                share: share_id,
            } => {
                let request = RevokeShareRequest {
                    command_id,
                    album_id,
                    share_id,
                };
                let answer = client
                    .revoke_share(authorized(request, bearer)?)
                    .await?
                    .into_inner();
                Ok(Reply::new(String::new(), answer.token))
            }
            Self::DeleteAlbum { album: album_id } => {
                let request = DeleteAlbumRequest {
                    command_id,
                    album_id,
                };
                let answer = client
                    .delete_album(authorized(request, bearer)?)
                    .await?
                    .into_inner();
                Ok(Reply::new(String::new(), answer.token))
            }
            _ => Err(Status::internal("no command of albums")),
        }
    }

    async fn send_media(
        self,
        mut client: MediaCommandsClient<Channel>,
        bearer: &str,
        command_id: String,
    ) -> Result<Reply, Status> {
        let nothing = String::new();
        Ok(match self {
            Self::StartUpload {
                album: album_id,
                picture,
            } => {
                let request = StartUploadRequest {
                    command_id,
                    album_id,
                    file_name: "picture.jpg".to_owned(),
                    content_type: "image/jpeg".to_owned(),
                    bytes: picture.bytes.len() as u64,
                    sha256: picture.sha256,
                    keep_duplicate: true,
                };
                let answer = client
                    .start_upload(authorized(request, bearer)?)
                    .await?
                    .into_inner();
                Reply {
                    upload: answer.upload,
                    ..Reply::new(answer.media_id, answer.token)
                }
            }
            Self::CompleteUpload { media: media_id } => {
                let request = CompleteUploadRequest {
                    command_id,
                    media_id,
                };
                let answer = client.complete_upload(authorized(request, bearer)?).await?;
                Reply::new(nothing, answer.into_inner().token)
            }
            Self::AbandonUpload { media: media_id } => {
                let reason = "changed their mind".to_owned();
                let request = AbandonUploadRequest {
                    command_id,
                    media_id,
                    reason,
                };
                let answer = client.abandon_upload(authorized(request, bearer)?).await?;
                Reply::new(nothing, answer.into_inner().token)
            }
            Self::TrashMedia { media: media_id } => {
                let request = TrashMediaRequest {
                    command_id,
                    media_id,
                };
                let answer = client.trash_media(authorized(request, bearer)?).await?;
                Reply::new(nothing, answer.into_inner().token)
            }
            Self::RestoreMedia { media: media_id } => {
                let request = RestoreMediaRequest {
                    command_id,
                    media_id,
                };
                let answer = client.restore_media(authorized(request, bearer)?).await?;
                Reply::new(nothing, answer.into_inner().token)
            }
            Self::DeleteMedia { media: media_id } => {
                let request = DeleteMediaRequest {
                    command_id,
                    media_id,
                };
                let answer = client.delete_media(authorized(request, bearer)?).await?;
                Reply::new(nothing, answer.into_inner().token)
            }
            _ => return Err(Status::internal("no command of media")),
        })
    }
}

/// A request in somebody's name.
pub fn authorized<T>(message: T, bearer: &str) -> Result<Request<T>, Status> {
    let mut request = Request::new(message);
    let bearer = bearer.parse().map_err(|_| Status::internal("no token"))?;
    request.metadata_mut().insert("authorization", bearer);
    Ok(request)
}

/// In microseconds since 1970.
fn tomorrow() -> i64 {
    let then = OffsetDateTime::now_utc() + Duration::from_hours(24);
    i64::try_from(then.unix_timestamp_nanos() / 1000).unwrap_or(i64::MAX)
}
