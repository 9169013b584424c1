//! One item from its original to the report: ask what it is, fetch, render, store, record.

use std::{path::Path, time::Duration};

use anyhow::Context as _;
use picup_objects::{Content, FetchError, Objects, ObjectsError, original_key};
use picup_proto::{
    events::v1::{MediaDetails, Rendition as RecordedRendition, RenditionsFailed},
    internal::v1::{
        Location as RecordedLocation, RenderedOriginal, record_renditions_request::Outcome,
    },
};
use picup_service::auth::ServiceKey;
use thiserror::Error;
use tokio::{fs::File, io::AsyncWriteExt as _, time::timeout};
use tonic::{Code, Status};
use uuid::Uuid;

use crate::{
    Bytes, Details, Failure, Limits, Programs, Rendered, Renderer, Settings,
    commands::{Commands, Upload},
    scratch::Scratch,
};

/// How long S3 may stand still in the middle of an original.
const STALL: Duration = Duration::from_secs(30);

/// Renders items and reports. Done again, it stores and reports the same.
pub struct Work {
    objects: Objects,
    commands: Commands,
    renderer: Renderer,
    scratch: Scratch,
    settings: Settings,
}

/// What became of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// Renditions are stored and recorded.
    Rendered,
    /// There are none, and the reason is recorded.
    Failed,
    /// The item is deleted.
    Gone,
}

/// Why nothing was recorded: none of it is the original's fault.
#[derive(Debug, Error)]
pub enum NotDone {
    /// S3 or command-svc does not answer.
    #[error("{0}")]
    Outage(String),
    /// It may succeed later.
    #[error("{0}")]
    Later(String),
    /// It can never succeed.
    #[error("{0}")]
    Never(String),
}

impl Work {
    /// Prepares for work; nothing is sent yet.
    pub async fn new(settings: Settings) -> anyhow::Result<Self> {
        let key = ServiceKey::new(settings.service_key.clone());
        let path = std::env::var_os("PATH").unwrap_or_default();
        let limits = Limits {
            cores: settings.cores,
            video_time: settings.video_time,
            ..Limits::default()
        };
        let scratch = Scratch::new(&settings.scratch_folder).context("PICUP_SCRATCH_FOLDER")?;
        Ok(Self {
            objects: Objects::connect(&settings.objects).await,
            commands: Commands::connect(&settings.command_url, key)?,
            renderer: Renderer::new(limits, Programs::on_path(&path)),
            scratch,
            settings,
        })
    }

    /// What an item was announced as.
    pub async fn upload(&self, media: Uuid) -> Result<Upload, NotDone> {
        Ok(self.commands.upload(media).await?)
    }

    /// Renders an item because of an event or a notification, whose id `cause` is.
    pub async fn render(&self, cause: Uuid, upload: &Upload) -> Result<Done, NotDone> {
        if upload.gone {
            // An attempt before this one may have stored something after it was purged.
            self.objects.remove(upload.account, upload.media).await?;
            return Ok(Done::Gone);
        }
        let scratch = self
            .scratch
            .folder()
            .map_err(|error| NotDone::Later(format!("no scratch folder: {error}")))?;
        let outcome = match self.rendered(upload, scratch.path()).await? {
            Ok(rendered) => Outcome::Rendered(self.store(upload, rendered).await?),
            Err(failed) => Outcome::Failed(failed),
        };
        let done = match &outcome {
            Outcome::Rendered(_) => Done::Rendered,
            Outcome::Failed(_) => Done::Failed,
        };
        if self.commands.record(cause, upload, outcome).await? {
            // It was deleted, and perhaps purged, while its renditions were on their way.
            self.objects.remove(upload.account, upload.media).await?;
            return Ok(Done::Gone);
        }
        Ok(done)
    }

    /// Renditions in the scratch folder or in memory, or why there are none.
    async fn rendered(
        &self,
        upload: &Upload,
        scratch: &Path,
    ) -> Result<Result<Rendered, RenditionsFailed>, NotDone> {
        if upload.bytes > self.settings.original_bytes {
            return Ok(Err(RenditionsFailed {
                reason: "TOO_MANY_BYTES".to_owned(),
                message: format!(
                    "originals of more than {} bytes are kept, but not rendered",
                    self.settings.original_bytes
                ),
            }));
        }
        let original = scratch.join("original");
        self.fetch(upload, &original).await?;
        let rendering = self
            .renderer
            .render(&original, &upload.content_type, scratch);
        match rendering.await {
            Ok(rendered) => Ok(Ok(rendered)),
            Err(Failure::Unrenderable(reason)) => Ok(Err(RenditionsFailed {
                reason: reason.code().to_owned(),
                message: reason.to_string(),
            })),
            Err(Failure::Trouble(trouble)) => Err(NotDone::Later(trouble.to_string())),
        }
    }

    async fn fetch(&self, upload: &Upload, original: &Path) -> Result<(), NotDone> {
        let key = original_key(upload.account, upload.media);
        let mut fetched = self.objects.fetch(&key, 0, None, None).await?;
        let unwritable = |error: std::io::Error| {
            NotDone::Later(format!("the original cannot be kept for a moment: {error}"))
        };
        let mut file = File::create(original).await.map_err(unwritable)?;
        let mut left = upload.bytes;
        loop {
            let next = timeout(STALL, fetched.body.next()).await;
            let stalled = |_| NotDone::Outage("S3 stands still".to_owned());
            let Some(bytes) = next.map_err(stalled)? else {
                break;
            };
            let bytes = bytes?;
            let length = bytes.len() as u64;
            left = left.checked_sub(length).ok_or_else(|| {
                NotDone::Later("the original is longer than was announced".to_owned())
            })?;
            file.write_all(&bytes).await.map_err(unwritable)?;
        }
        file.flush().await.map_err(unwritable)?;
        if left > 0 {
            return Err(NotDone::Later("the original broke off".to_owned()));
        }
        Ok(())
    }

    async fn store(
        &self,
        upload: &Upload,
        rendered: Rendered,
    ) -> Result<RenderedOriginal, NotDone> {
        let mut renditions = Vec::new();
        for made in rendered.renditions {
            let content = match made.bytes {
                Bytes::InMemory(bytes) => Content::InMemory(bytes),
                Bytes::InFile(path) => Content::InFile(path),
            };
            let name = (made.name, made.content_type);
            let bytes = self
                .objects
                .store_rendition(upload.account, upload.media, name, content)
                .await?;
            renditions.push(RecordedRendition {
                name: made.name.to_owned(),
                content_type: made.content_type.to_owned(),
                bytes,
                width: made.width,
                height: made.height,
            });
        }
        let location = rendered.details.location.map(|place| RecordedLocation {
            latitude: place.latitude,
            longitude: place.longitude,
        });
        Ok(RenderedOriginal {
            renditions,
            details: Some(details(rendered.details)),
            location,
        })
    }
}

fn details(details: Details) -> MediaDetails {
    let offset = details
        .taken_at
        .and_then(|taken_at| taken_at.utc_offset_minutes);
    MediaDetails {
        width: details.width,
        height: details.height,
        thumbhash: details.thumbhash,
        taken_at_local_micros: details.taken_at.map(|taken_at| taken_at.local_micros),
        taken_at_offset_minutes: offset.map(i32::from),
        camera: details.camera.unwrap_or_default(),
        duration_millis: details.duration_millis,
        // command-svc seals it.
        location_sealed: Vec::new(),
    }
}

impl From<Status> for NotDone {
    fn from(status: Status) -> Self {
        let said = format!("command-svc: {status}");
        match status.code() {
            Code::Unavailable | Code::DeadlineExceeded | Code::Cancelled => Self::Outage(said),
            Code::NotFound | Code::InvalidArgument | Code::PermissionDenied => Self::Never(said),
            _ => Self::Later(said),
        }
    }
}

impl From<ObjectsError> for NotDone {
    fn from(error: ObjectsError) -> Self {
        if error.is_outage() {
            Self::Outage(error.to_string())
        } else {
            Self::Later(error.to_string())
        }
    }
}

impl From<FetchError> for NotDone {
    fn from(error: FetchError) -> Self {
        match error {
            FetchError::Failed(error) => error.into(),
            FetchError::Missing | FetchError::Changed | FetchError::BrokenOff => {
                Self::Later(error.to_string())
            }
        }
    }
}
