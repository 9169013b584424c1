//! `picup trash`: what has been moved to the trash, until it is deleted for good.

use clap::Subcommand;
use picup_proto::queries::v1::{Album, Media};
use serde::Serialize;

use crate::{
    Context, Result,
    media::MediaView,
    output::{confirm, count, date, plain, size, table, timestamp},
};

/// What `picup trash` takes.
#[derive(Clone, Debug, Subcommand)]
pub enum TrashCommand {
    /// List what is in the trash, the latest first
    #[command(after_long_help = "\
What is in the trash counts towards the quota. `picup media restore ID` brings an item back, `picup album restore ID`
an album with all that went to the trash with it.

Examples:
  picup trash list
  picup trash list --json")]
    List,
    /// Delete for good all that is in the trash
    #[command(after_long_help = "\
It asks before it deletes. Where there is no terminal to ask on, it deletes only with --yes. The bytes
count until the originals are gone from S3, which takes a moment.

Example:
  picup trash empty --yes")]
    Empty {
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Serialize)]
struct TrashView {
    albums: Vec<DeletedAlbumView>,
    media: Vec<MediaView>,
}

#[derive(Serialize)]
struct DeletedAlbumView {
    album_id: String,
    title: String,
    deleted_at: String,
}

#[derive(Serialize)]
struct Emptied {
    media: u64,
    bytes: u64,
}

/// Runs `picup trash …`.
pub async fn run(command: TrashCommand, context: &Context) -> Result<()> {
    match command {
        TrashCommand::List => list(context).await,
        TrashCommand::Empty { yes } => empty(yes, context).await,
    }
}

async fn list(context: &Context) -> Result<()> {
    let client = context.client()?;
    let (media, albums) = (client.trash().await?, client.deleted_albums().await?);
    let view = TrashView {
        albums: albums.iter().map(DeletedAlbumView::from).collect(),
        media: media.iter().cloned().map(MediaView::from).collect(),
    };
    context.output.data(&view, || {
        if media.is_empty() && albums.is_empty() {
            return "the trash is empty".to_owned();
        }
        let mut parts = Vec::new();
        if !albums.is_empty() {
            parts.push(albums_table(&albums));
        }
        if !media.is_empty() {
            parts.push(media_table(&media));
        }
        parts.join("\n\n")
    })
}

fn albums_table(albums: &[Album]) -> String {
    let row = |album: &Album| {
        vec![
            plain(&album.title),
            album.deleted_at_micros.map(date).unwrap_or_default(),
            album.album_id.clone(),
        ]
    };
    table(
        &["deleted album", "deleted (UTC)", "id"],
        albums.iter().map(row),
    )
}

fn media_table(media: &[Media]) -> String {
    let row = |media: &Media| {
        vec![
            plain(&media.file_name),
            size(media.bytes),
            media.trashed_at_micros.map(date).unwrap_or_default(),
            media
                .deleted_for_good_at_micros
                .map(date)
                .unwrap_or_default(),
            media.media_id.clone(),
        ]
    };
    let head = ["name", "size", "trashed (UTC)", "gone for good (UTC)", "id"];
    table(&head, media.iter().map(row))
}

async fn empty(yes: bool, context: &Context) -> Result<()> {
    let client = context.client()?;
    let media = client.trash().await?;
    let bytes = media.iter().map(|media| media.bytes).sum();
    let emptied = Emptied {
        media: media.len() as u64,
        bytes,
    };
    if media.is_empty() {
        return context
            .output
            .data(&emptied, || "the trash is empty".to_owned());
    }
    let items = format!("{} ({})", count(emptied.media, "media item"), size(bytes));
    confirm(&format!("Delete {items} for good?"), yes)?;
    client.empty_trash().await?;
    context
        .output
        .data(&emptied, || format!("{items} deleted for good"))
}

impl From<&Album> for DeletedAlbumView {
    fn from(album: &Album) -> Self {
        Self {
            album_id: album.album_id.clone(),
            title: album.title.clone(),
            deleted_at: album.deleted_at_micros.map(timestamp).unwrap_or_default(),
        }
    }
}
