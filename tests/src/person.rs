use std::time::{Duration, Instant};

use aws_lc_rs::digest::{SHA256, digest};
use picup_proto::{
    access::v1::{OpenAccountRequest, SignInRequest, access_client::AccessClient},
    commands::v1::{
        CompleteUploadRequest, CreateAlbumRequest, ListPartsRequest, ListPartsResponse, PartToSign,
        PresignedPut, SignPartsRequest, StartUploadRequest, StartUploadResponse, UploadState,
        album_commands_client::AlbumCommandsClient, media_commands_client::MediaCommandsClient,
    },
    queries::v1::{
        GetUsageRequest, GetUsageResponse, ListMediaRequest, Media,
        account_queries_client::AccountQueriesClient, album_queries_client::AlbumQueriesClient,
    },
    types::v1::ConsistencyToken,
};
use tonic::{Request, Status, transport::Channel};
use tonic_types::StatusExt as _;
use uuid::Uuid;

use crate::System;

/// What everybody who signed up signs in with.
pub const PASSWORD: &str = "correct horse battery";

/// Somebody with an account, who talks to the gateway.
#[derive(Clone)]
pub struct Person {
    /// The account's id.
    pub account: Uuid,
    /// What they sign in with.
    pub email: String,
    /// The token of the sign-up.
    pub opened: ConsistencyToken,
    access_token: String,
    channel: Channel,
}

/// The machine-readable reason of an error.
pub fn reason(status: &Status) -> String {
    status
        .get_details_error_info()
        .map(|info| info.reason)
        .unwrap_or_default()
}

impl Person {
    /// Opens an account with an address of its own.
    pub async fn sign_up(system: &System) -> Self {
        let channel = Channel::from_shared(system.url())
            .expect("a URL")
            .connect_lazy();
        let email = format!("{}@example.org", Uuid::new_v4());
        let request = OpenAccountRequest {
            command_id: Uuid::new_v4().to_string(),
            email: email.clone(),
            display_name: "Mina".to_owned(),
            password: PASSWORD.to_owned(),
        };
        let opened = AccessClient::new(channel.clone())
            .open_account(request)
            .await;
        let opened = opened.expect("the account opens").into_inner();
        Self {
            account: opened.account_id.parse().expect("an id"),
            email,
            opened: opened.token.expect("a token"),
            access_token: opened.session.expect("a session").access_token,
            channel,
        }
    }

    /// Signs in to an account that is there already.
    pub async fn sign_in(system: &System, email: &str, password: &str) -> Self {
        let channel = Channel::from_shared(system.url())
            .expect("a URL")
            .connect_lazy();
        let request = SignInRequest {
            email: email.to_owned(),
            password: password.to_owned(),
        };
        let signed_in = AccessClient::new(channel.clone()).sign_in(request).await;
        let signed_in = signed_in.expect("the password is right").into_inner();
        Self {
            account: signed_in.account_id.parse().expect("an id"),
            email: email.to_owned(),
            opened: ConsistencyToken::default(),
            access_token: signed_in.session.expect("a session").access_token,
            channel,
        }
    }

    /// Whoever has this access token.
    pub(crate) fn with_token(
        system: &System,
        account: Uuid,
        opened: ConsistencyToken,
        access_token: String,
    ) -> Self {
        let channel = Channel::from_shared(system.url());
        Self {
            account,
            email: String::new(),
            opened,
            access_token,
            channel: channel.expect("a URL").connect_lazy(),
        }
    }

    /// The channel to the gateway.
    pub fn channel(&self) -> Channel {
        self.channel.clone()
    }

    /// A request in this person's name.
    pub fn request<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        let bearer = format!("Bearer {}", self.access_token)
            .parse()
            .expect("a header");
        request.metadata_mut().insert("authorization", bearer);
        request
    }

    /// Album commands.
    pub fn album_commands(&self) -> AlbumCommandsClient<Channel> {
        AlbumCommandsClient::new(self.channel())
    }

    /// Media commands.
    pub fn media_commands(&self) -> MediaCommandsClient<Channel> {
        MediaCommandsClient::new(self.channel())
    }

    /// Album queries.
    pub fn album_queries(&self) -> AlbumQueriesClient<Channel> {
        AlbumQueriesClient::new(self.channel())
    }

    /// Account queries.
    pub fn account_queries(&self) -> AccountQueriesClient<Channel> {
        AccountQueriesClient::new(self.channel())
    }

    /// What to show where plain HTTP asks who this is.
    pub fn bearer(&self) -> String {
        format!("Bearer {}", self.access_token)
    }

    /// Creates an album.
    pub async fn create_album(&self, title: &str) -> (String, ConsistencyToken) {
        let command_id = Uuid::new_v4().to_string();
        let request = self.request(CreateAlbumRequest {
            command_id,
            title: title.to_owned(),
        });
        let created = self.album_commands().create_album(request).await;
        let created = created.expect("the album is created").into_inner();
        (created.album_id, created.token.expect("a token"))
    }

    /// Announces an original.
    pub async fn start_upload(
        &self,
        album_id: &str,
        content_type: &str,
        bytes: &[u8],
    ) -> Result<StartUploadResponse, Status> {
        self.start_upload_as(Uuid::new_v4(), album_id, content_type, bytes)
            .await
    }

    /// Announces an original with a command id that may be used again when the answer is lost.
    pub async fn start_upload_as(
        &self,
        command_id: Uuid,
        album_id: &str,
        content_type: &str,
        bytes: &[u8],
    ) -> Result<StartUploadResponse, Status> {
        let request = self.request(StartUploadRequest {
            command_id: command_id.to_string(),
            album_id: album_id.to_owned(),
            file_name: "picture".to_owned(),
            content_type: content_type.to_owned(),
            bytes: bytes.len() as u64,
            sha256: digest(&SHA256, bytes).as_ref().to_vec(),
            keep_duplicate: true,
        });
        Ok(self
            .media_commands()
            .start_upload(request)
            .await?
            .into_inner())
    }

    /// Puts an announced original into S3.
    pub async fn put(&self, started: &StartUploadResponse, bytes: &[u8]) {
        let upload = started.upload.as_ref().expect("the upload is awaited");
        crate::files::put(upload, bytes).await;
    }

    /// What S3 holds of an upload.
    pub async fn list_parts(&self, media_id: &str) -> Result<ListPartsResponse, Status> {
        let request = self.request(ListPartsRequest {
            media_id: media_id.to_owned(),
            after: 0,
        });
        Ok(self
            .media_commands()
            .list_parts(request)
            .await?
            .into_inner())
    }

    /// Has the PUT of a part signed, bound to these bytes.
    pub async fn sign_part(
        &self,
        media_id: &str,
        number: u32,
        bytes: &[u8],
    ) -> Result<PresignedPut, Status> {
        let sha256 = digest(&SHA256, bytes).as_ref().to_vec();
        let request = self.request(SignPartsRequest {
            media_id: media_id.to_owned(),
            parts: vec![PartToSign { number, sha256 }],
        });
        let signed = self.media_commands().sign_parts(request).await?;
        let part = signed.into_inner().parts.pop().expect("a signed part");
        assert_eq!(part.number, number);
        Ok(part.upload.expect("a URL"))
    }

    /// Puts a part.
    pub async fn put_part(&self, media_id: &str, number: u32, bytes: &[u8]) {
        let signed = self.sign_part(media_id, number, bytes).await;
        crate::files::put(&signed.expect("it is signed"), bytes).await;
    }

    /// Reports an original as complete.
    pub async fn complete_upload(&self, media_id: &str) -> Result<ConsistencyToken, Status> {
        let command_id = Uuid::new_v4().to_string();
        let patience = Instant::now() + Duration::from_mins(2);
        loop {
            let request = self.request(CompleteUploadRequest {
                command_id: command_id.clone(),
                media_id: media_id.to_owned(),
            });
            let completed = self.media_commands().complete_upload(request).await?;
            let completed = completed.into_inner();
            if completed.state() == UploadState::Completed {
                return Ok(completed.token.expect("a token"));
            }
            // A long original is read once more.
            assert!(Instant::now() < patience, "it is still being verified");
        }
    }

    /// Uploads an original the whole way.
    pub async fn upload(
        &self,
        album_id: &str,
        content_type: &str,
        bytes: &[u8],
    ) -> (String, ConsistencyToken) {
        let started = self.start_upload(album_id, content_type, bytes).await;
        let started = started.expect("the upload starts");
        self.put(&started, bytes).await;
        let token = self
            .complete_upload(&started.media_id)
            .await
            .expect("the upload completes");
        (started.media_id, token)
    }

    /// What the account holds.
    pub async fn usage(&self, token: Option<ConsistencyToken>) -> Result<GetUsageResponse, Status> {
        let request = self.request(GetUsageRequest { token });
        Ok(self
            .account_queries()
            .get_usage(request)
            .await?
            .into_inner())
    }

    /// All media of an album, page by page.
    pub async fn list_media(
        &self,
        album_id: &str,
        page_size: u32,
        token: Option<ConsistencyToken>,
    ) -> Result<Vec<Media>, Status> {
        let mut media = Vec::new();
        let mut cursor = String::new();
        loop {
            let request = self.request(ListMediaRequest {
                token: token.clone(),
                album_id: album_id.to_owned(),
                page_size,
                cursor,
            });
            let page = self.album_queries().list_media(request).await?.into_inner();
            media.extend(page.media);
            cursor = page.next_cursor;
            if cursor.is_empty() {
                return Ok(media);
            }
        }
    }
}
