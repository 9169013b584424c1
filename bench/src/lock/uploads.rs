use std::time::{Duration, Instant};

use anyhow::Context as _;
use picup::transfer::Transfer;
use picup_proto::{
    access::v1::{OpenAccountRequest, access_client::AccessClient},
    commands::v1::{
        CompleteUploadRequest, CreateAlbumRequest, StartUploadRequest,
        album_commands_client::AlbumCommandsClient, media_commands_client::MediaCommandsClient,
    },
};
use tokio::{fs::File, task::JoinSet};
use tonic::{Code, Request, Response, Status, metadata::AsciiMetadataValue, transport::Channel};
use uuid::Uuid;

/// How often a command that always collides is sent again.
const TRIES: u32 = 20;

#[derive(Clone)]
struct Sender {
    channel: Channel,
    bearer: AsciiMetadataValue,
    album: String,
    transfer: Transfer,
}

/// Opens an account, uploads as many pictures at once over these processes in turns, and answers how long
/// that took.
pub async fn upload_all(urls: &[&str], uploads: u32) -> anyhow::Result<Duration> {
    let mut channels = Vec::new();
    for url in urls {
        channels.push(Channel::from_shared((*url).to_owned())?.connect().await?);
    }
    let first = channels.first().context("a process")?.clone();
    let opened = AccessClient::new(first.clone())
        .open_account(OpenAccountRequest {
            command_id: Uuid::new_v4().to_string(),
            email: format!("{}@example.org", Uuid::new_v4()),
            display_name: "Mina".to_owned(),
            password: Uuid::new_v4().to_string(),
        })
        .await?;
    let session = opened.into_inner().session.context("no session")?;
    let mut sender = Sender {
        channel: first.clone(),
        bearer: format!("Bearer {}", session.access_token).parse()?,
        album: String::new(),
        transfer: Transfer::new()?,
    };
    let create = sender.request(CreateAlbumRequest {
        command_id: Uuid::new_v4().to_string(),
        title: "Jeju".to_owned(),
    });
    let created = AlbumCommandsClient::new(first).create_album(create).await?;
    sender.album = created.into_inner().album_id;

    let folder = tempfile::tempdir()?;
    let start = Instant::now();
    let mut all = JoinSet::new();
    for (number, channel) in (0..uploads).zip(channels.iter().cycle()) {
        let sender = Sender {
            channel: channel.clone(),
            ..sender.clone()
        };
        let path = folder.path().join(format!("{number}.jpg"));
        all.spawn(async move { sender.upload(number, &path).await });
    }
    all.join_all()
        .await
        .into_iter()
        .collect::<anyhow::Result<()>>()?;
    Ok(start.elapsed())
}

impl Sender {
    async fn upload(&self, number: u32, path: &std::path::Path) -> anyhow::Result<()> {
        // What begins like a JPEG: nobody here decodes it.
        let mut bytes = vec![0xFF, 0xD8, 0xFF, 0xE0];
        bytes.extend_from_slice(&number.to_be_bytes());
        tokio::fs::write(path, &bytes).await?;
        let cancel = tokio_util::sync::CancellationToken::new();
        let (sha256, _) = picup::sha256_of(path, &cancel)?.context("cancelled")?;
        let start = StartUploadRequest {
            command_id: Uuid::new_v4().to_string(),
            album_id: self.album.clone(),
            file_name: format!("{number}.jpg"),
            content_type: "image/jpeg".to_owned(),
            bytes: bytes.len() as u64,
            sha256: sha256.to_vec(),
            keep_duplicate: true,
        };
        let client = MediaCommandsClient::new(self.channel.clone());
        let started = insist(|| {
            let (mut client, request) = (client.clone(), self.request(start.clone()));
            async move { client.start_upload(request).await }
        });
        let started = started.await?;
        let put = started.upload.context("an address")?;
        let (file, length) = (File::open(path).await?, bytes.len() as u64);
        let sent = self
            .transfer
            .put(&put.url, &put.headers, file, length, &|_| {});
        sent.await?;
        let complete = CompleteUploadRequest {
            command_id: Uuid::new_v4().to_string(),
            media_id: started.media_id,
        };
        let completed = insist(|| {
            let (mut client, request) = (client.clone(), self.request(complete.clone()));
            async move { client.complete_upload(request).await }
        });
        completed.await?;
        Ok(())
    }

    fn request<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        request
            .metadata_mut()
            .insert("authorization", self.bearer.clone());
        request
    }
}

/// A command that collides too often is to be sent again.
async fn insist<A, F>(mut send: impl FnMut() -> F) -> Result<A, Status>
where
    F: Future<Output = Result<Response<A>, Status>>,
{
    let mut tries = 0;
    loop {
        match send().await {
            Ok(response) => return Ok(response.into_inner()),
            Err(status) if status.code() == Code::Aborted && tries < TRIES => tries += 1,
            Err(status) => return Err(status),
        }
    }
}
