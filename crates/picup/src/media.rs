//! `picup media`: photos and videos by their ids.

use clap::Subcommand;
use picup_proto::queries::v1::{Album, Media, MediaKind, MediaState};
use serde::Serialize;

use crate::{
    Context, Error, ErrorKind, Result,
    client::Client,
    output::{card, confirm, count, date, hexadecimal, plain, size, timestamp},
    renditions::RenditionsView,
};

/// What `picup media` takes.
#[derive(Clone, Debug, Subcommand)]
pub enum MediaCommand {
    /// Show one media item
    #[command(
        after_long_help = "Example:\n  picup media show 01930f2e-5a6b-7c8d-9e0f-102030405060"
    )]
    Show {
        /// Its id, as `picup album show` lists it
        id: String,
    },
    /// Move media items into another album
    #[command(after_long_help = "\
Example:
  picup media move 01930f2e-5a6b-7c8d-9e0f-102030405060 --to \"Jeju 2025\"")]
    Move {
        /// Ids of media items
        #[arg(required = true, value_name = "ID")]
        ids: Vec<String>,
        /// Title or id of the album
        #[arg(long, value_name = "TITLE|ID")]
        to: String,
    },
    /// Move media items to the trash
    #[command(after_long_help = "\
What is in the trash counts towards the quota and can be restored.

Example:
  picup media trash 01930f2e-5a6b-7c8d-9e0f-102030405060")]
    Trash {
        /// Ids of media items
        #[arg(required = true, value_name = "ID")]
        ids: Vec<String>,
    },
    /// Bring media items back from the trash
    #[command(
        after_long_help = "Example:\n  picup media restore 01930f2e-5a6b-7c8d-9e0f-102030405060"
    )]
    Restore {
        /// Ids of media items
        #[arg(required = true, value_name = "ID")]
        ids: Vec<String>,
    },
    /// Have renditions made again, for example after they have failed
    #[command(
        after_long_help = "Example:\n  picup media render 01930f2e-5a6b-7c8d-9e0f-102030405060"
    )]
    Render {
        /// Ids of media items
        #[arg(required = true, value_name = "ID")]
        ids: Vec<String>,
    },
    /// Delete media items for good
    #[command(after_long_help = "\
It asks before it deletes. Where there is no terminal to ask on, it deletes only with --yes. The bytes
count until the originals are gone from S3, which takes a moment.

Example:
  picup media delete 01930f2e-5a6b-7c8d-9e0f-102030405060 --yes")]
    Delete {
        /// Ids of media items
        #[arg(required = true, value_name = "ID")]
        ids: Vec<String>,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

/// A media item as `--json` shows it.
#[derive(Debug, Serialize)]
pub(crate) struct MediaView {
    media_id: String,
    album_id: String,
    file_name: String,
    content_type: String,
    kind: &'static str,
    bytes: u64,
    sha256: String,
    added_at: String,
    state: &'static str,
    trashed_at: Option<String>,
    deleted_for_good_at: Option<String>,
    renditions: RenditionsView,
}

/// What became of several media items.
#[derive(Debug, Default, Serialize)]
struct Changed {
    done: Vec<String>,
    failed: Vec<NotChanged>,
}

#[derive(Debug, Serialize)]
struct NotChanged {
    media_id: String,
    reason: String,
}

#[derive(Clone)]
enum Change {
    MoveTo(Box<Album>),
    Trash,
    Restore,
    Render,
    Delete,
}

/// Runs `picup media …`.
pub async fn run(command: MediaCommand, context: &Context) -> Result<()> {
    match command {
        MediaCommand::Show { id } => show(&id, context).await,
        MediaCommand::Move { ids, to } => {
            let album = context.client()?.find_album(&to).await?;
            change(Change::MoveTo(Box::new(album)), ids, context).await
        }
        MediaCommand::Trash { ids } => change(Change::Trash, ids, context).await,
        MediaCommand::Restore { ids } => change(Change::Restore, ids, context).await,
        MediaCommand::Render { ids } => change(Change::Render, ids, context).await,
        MediaCommand::Delete { ids, yes } => {
            let items = count(ids.len() as u64, "media item");
            confirm(&format!("Delete {items} for good?"), yes)?;
            change(Change::Delete, ids, context).await
        }
    }
}

async fn show(id: &str, context: &Context) -> Result<()> {
    let media = context.client()?.media(id).await?;
    let added = format!("{} UTC", date(media.added_at_micros));
    let length = format!("{} ({} bytes)", size(media.bytes), media.bytes);
    let view = MediaView::from(media);
    context.output.data(&view, || {
        card(&[
            ("name", plain(&view.file_name)),
            ("id", view.media_id.clone()),
            ("album", view.album_id.clone()),
            (
                "kind",
                format!("{} ({})", view.kind, plain(&view.content_type)),
            ),
            ("size", length),
            ("sha256", view.sha256.clone()),
            ("added", added),
            ("state", view.state.to_owned()),
            ("renditions", view.renditions.words()),
        ])
    })
}

async fn change(change: Change, ids: Vec<String>, context: &Context) -> Result<()> {
    let client = context.client()?;
    let (mut changed, mut last_error) = (Changed::default(), None);
    let several = ids.len() > 1;
    for media_id in ids {
        match change.apply(client, &media_id).await {
            Ok(()) => changed.done.push(media_id),
            Err(error) if error.stops_everything() => return Err(error),
            Err(error) => {
                changed.failed.push(NotChanged {
                    media_id,
                    reason: error.to_string(),
                });
                last_error = Some(error);
            }
        }
    }
    if several || last_error.is_none() || context.output.json {
        context.output.data(&changed, || text(&change, &changed))?;
    }
    match last_error {
        None => Ok(()),
        // Of several, one error cannot stand for all.
        Some(_) if several => {
            let failed = count(changed.failed.len() as u64, "media item");
            Err(Error::new(ErrorKind::Failed, format!("{failed} failed")))
        }
        Some(error) => Err(error),
    }
}

fn text(change: &Change, changed: &Changed) -> String {
    let done = count(changed.done.len() as u64, "media item");
    let mut lines = vec![format!("{done} {}", change.done())];
    let failed = changed.failed.iter();
    lines.extend(failed.map(|item| format!("failed  {}: {}", plain(&item.media_id), item.reason)));
    lines.join("\n")
}

impl Change {
    async fn apply(&self, client: &Client, media_id: &str) -> Result<()> {
        match self {
            Self::MoveTo(album) => client.move_media(media_id, &album.album_id).await,
            Self::Trash => client.trash_media(media_id).await,
            Self::Restore => client.restore_media(media_id).await,
            Self::Render => client.request_renditions(media_id).await,
            Self::Delete => client.delete_media(media_id).await,
        }
    }

    fn done(&self) -> String {
        match self {
            Self::MoveTo(album) => format!("moved to \"{}\"", plain(&album.title)),
            Self::Trash => "moved to the trash".to_owned(),
            Self::Restore => "restored".to_owned(),
            Self::Render => "to be rendered again".to_owned(),
            Self::Delete => "deleted".to_owned(),
        }
    }
}

impl From<Media> for MediaView {
    fn from(media: Media) -> Self {
        let kind = match media.kind() {
            MediaKind::Photo => "photo",
            MediaKind::Video => "video",
            MediaKind::Unspecified => "unknown",
        };
        let state = match media.state() {
            MediaState::Stored => "stored",
            MediaState::Trashed => "trashed",
            MediaState::Unspecified => "unknown",
        };
        Self {
            kind,
            state,
            trashed_at: media.trashed_at_micros.map(timestamp),
            deleted_for_good_at: media.deleted_for_good_at_micros.map(timestamp),
            renditions: media.renditions.unwrap_or_default().into(),
            sha256: hexadecimal(&media.sha256),
            added_at: timestamp(media.added_at_micros),
            media_id: media.media_id,
            album_id: media.album_id,
            file_name: media.file_name,
            content_type: media.content_type,
            bytes: media.bytes,
        }
    }
}
