//! `picup album`: one album, or all of them.

use clap::Subcommand;
use picup_proto::queries::v1::Album;
use serde::Serialize;

use crate::{
    Context, Result,
    media::MediaView,
    output::{card, confirm, count, date, plain, size, table, timestamp},
};

/// What `picup album` takes.
#[derive(Clone, Debug, Subcommand)]
pub enum AlbumCommand {
    /// Create an empty album
    #[command(after_long_help = "Example:\n  picup album create \"Jeju 2025\"")]
    Create {
        /// Its title; others may have the same
        title: String,
    },
    /// List all albums, newest first
    #[command(after_long_help = "Examples:\n  picup album list\n  picup album list --json")]
    List,
    /// Show an album and all that is in it
    #[command(after_long_help = "Example:\n  picup album show \"Jeju 2025\"")]
    Show {
        /// Title or id
        #[arg(value_name = "TITLE|ID")]
        album: String,
    },
    /// Give an album another title
    #[command(after_long_help = "Example:\n  picup album rename Jeju \"Jeju 2025\"")]
    Rename {
        /// Title or id
        #[arg(value_name = "TITLE|ID")]
        album: String,
        /// The new title
        #[arg(value_name = "NEW")]
        title: String,
    },
    /// Delete an album and all that is in it, for good
    #[command(after_long_help = "\
It asks before it deletes. Where there is no terminal to ask on, it deletes only with --yes.

Examples:
  picup album delete \"Jeju 2025\"
  picup album delete 01930f2e-5a6b-7c8d-9e0f-102030405060 --yes")]
    Delete {
        /// Title or id
        #[arg(value_name = "TITLE|ID")]
        album: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

/// An album as `--json` shows it.
#[derive(Debug, Serialize)]
struct AlbumView {
    album_id: String,
    title: String,
    created_at: String,
    photos: u64,
    videos: u64,
    bytes: u64,
    cover_media_id: Option<String>,
}

#[derive(Serialize)]
struct Contents {
    #[serde(flatten)]
    album: AlbumView,
    media: Vec<MediaView>,
}

#[derive(Serialize)]
struct Named<'a> {
    album_id: &'a str,
    title: &'a str,
}

/// Runs `picup album …`.
pub async fn run(command: AlbumCommand, context: &Context) -> Result<()> {
    match command {
        AlbumCommand::Create { title } => create(&title, context).await,
        AlbumCommand::List => list(context).await,
        AlbumCommand::Show { album } => show(&album, context).await,
        AlbumCommand::Rename { album, title } => rename(&album, &title, context).await,
        AlbumCommand::Delete { album, yes } => delete(&album, yes, context).await,
    }
}

async fn create(title: &str, context: &Context) -> Result<()> {
    let album_id = context.client()?.create_album(title).await?;
    let named = Named {
        album_id: &album_id,
        title: title.trim(),
    };
    context.output.data(&named, || {
        format!("created \"{}\" ({album_id})", plain(title.trim()))
    })
}

async fn list(context: &Context) -> Result<()> {
    let albums = context.client()?.albums().await?;
    let views: Vec<AlbumView> = albums.iter().cloned().map(AlbumView::from).collect();
    context.output.data(&views, || {
        if albums.is_empty() {
            return "no albums yet: `picup album create TITLE`, or `picup import PATH --album TITLE`"
                .to_owned();
        }
        let row = |album: &Album| {
            vec![
                plain(&album.title),
                album.photos.to_string(),
                album.videos.to_string(),
                size(album.bytes),
                date(album.created_at_micros),
                album.album_id.clone(),
            ]
        };
        table(
            &["title", "photos", "videos", "size", "created (UTC)", "id"],
            albums.iter().map(row),
        )
    })
}

async fn show(album: &str, context: &Context) -> Result<()> {
    let client = context.client()?;
    let album = client.find_album(album).await?;
    let media = client.media_of(&album.album_id).await?;
    let contents = Contents {
        album: album.clone().into(),
        media: media.iter().cloned().map(MediaView::from).collect(),
    };
    context.output.data(&contents, || {
        let head = card(&[
            ("title", plain(&album.title)),
            ("id", album.album_id.clone()),
            ("created", format!("{} UTC", date(album.created_at_micros))),
            ("holds", holds(&album)),
        ]);
        let rows = media.iter().map(|media| {
            vec![
                plain(&media.file_name),
                media.content_type.clone(),
                size(media.bytes),
                date(media.added_at_micros),
                media.media_id.clone(),
            ]
        });
        format!(
            "{head}\n\n{}",
            table(&["name", "type", "size", "added (UTC)", "id"], rows)
        )
    })
}

async fn rename(album: &str, title: &str, context: &Context) -> Result<()> {
    let client = context.client()?;
    let album = client.find_album(album).await?;
    client.rename_album(&album.album_id, title).await?;
    let named = Named {
        album_id: &album.album_id,
        title: title.trim(),
    };
    context.output.data(&named, || {
        format!(
            "\"{}\" is now \"{}\"",
            plain(&album.title),
            plain(title.trim())
        )
    })
}

async fn delete(album: &str, yes: bool, context: &Context) -> Result<()> {
    let client = context.client()?;
    let album = client.find_album(album).await?;
    let title = plain(&album.title);
    confirm(&format!("Delete \"{title}\" with {}?", holds(&album)), yes)?;
    client.delete_album(&album.album_id).await?;
    let named = Named {
        album_id: &album.album_id,
        title: &album.title,
    };
    context.output.data(&named, || {
        format!("deleted \"{title}\" with {}", holds(&album))
    })
}

fn holds(album: &Album) -> String {
    let (photos, videos) = (count(album.photos, "photo"), count(album.videos, "video"));
    format!("{photos} and {videos} ({})", size(album.bytes))
}

impl From<Album> for AlbumView {
    fn from(album: Album) -> Self {
        Self {
            album_id: album.album_id,
            title: album.title,
            created_at: timestamp(album.created_at_micros),
            photos: album.photos,
            videos: album.videos,
            bytes: album.bytes,
            cover_media_id: Some(album.cover_media_id).filter(|id| !id.is_empty()),
        }
    }
}
