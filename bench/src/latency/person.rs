use anyhow::Context as _;
use picup_event_types::StreamId;
use picup_proto::{
    access::v1::{OpenAccountRequest, access_client::AccessClient},
    commands::v1::{
        CreateAlbumRequest, RenameAlbumRequest, album_commands_client::AlbumCommandsClient,
    },
    types::v1::ConsistencyToken,
};
use tonic::{Request, metadata::AsciiMetadataValue, transport::Channel};
use uuid::Uuid;

/// Somebody with an account, who talks to the gateway.
#[derive(Clone)]
pub struct Person {
    channel: Channel,
    bearer: AsciiMetadataValue,
}

impl Person {
    /// Opens an account.
    pub async fn sign_up(url: &str) -> anyhow::Result<Self> {
        let channel = Channel::from_shared(url.to_owned())?.connect().await?;
        let request = OpenAccountRequest {
            command_id: Uuid::new_v4().to_string(),
            email: format!("{}@example.org", Uuid::new_v4()),
            display_name: "Mina".to_owned(),
            password: Uuid::new_v4().to_string(),
        };
        let opened = AccessClient::new(channel.clone())
            .open_account(request)
            .await?;
        let session = opened.into_inner().session.context("no session")?;
        Ok(Self {
            channel,
            bearer: format!("Bearer {}", session.access_token).parse()?,
        })
    }

    /// Creates an album and answers its id.
    pub async fn create_album(&self) -> anyhow::Result<String> {
        let request = self.request(CreateAlbumRequest {
            command_id: Uuid::new_v4().to_string(),
            title: "Jeju".to_owned(),
        });
        let created = AlbumCommandsClient::new(self.channel.clone())
            .create_album(request)
            .await?;
        Ok(created.into_inner().album_id)
    }

    /// Gives an album a new title and answers the stream and the version that the command has reached.
    pub async fn rename_album(&self, album_id: String) -> anyhow::Result<(StreamId, u64)> {
        let request = self.request(RenameAlbumRequest {
            command_id: Uuid::new_v4().to_string(),
            album_id,
            title: format!("Jeju {}", Uuid::new_v4()),
        });
        let renamed = AlbumCommandsClient::new(self.channel.clone())
            .rename_album(request)
            .await?;
        reached(renamed.into_inner().token.context("no token")?)
    }

    fn request<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        request
            .metadata_mut()
            .insert("authorization", self.bearer.clone());
        request
    }
}

fn reached(token: ConsistencyToken) -> anyhow::Result<(StreamId, u64)> {
    let entry = token.streams.into_iter().next();
    let entry = entry.context("the token names no stream")?;
    Ok((entry.stream.parse()?, entry.version))
}
