//! `picup album`: one album, or all of them.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use picup_proto::queries::v1::Album;
use serde::Serialize;

use crate::{
    Context, Result,
    download::download_archive,
    media::MediaView,
    output::{card, count, date, plain, size, table, timestamp},
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
    /// Download an album as one ZIP file
    #[command(after_long_help = "\
The archive is written beside its name and gets it only when it is whole. `picup download` gets the same
originals as files, goes on where it stopped, and checks each checksum.

Examples:
  picup album download \"Jeju 2025\" --zip jeju.zip
  picup album download 01930f2e-5a6b-7c8d-9e0f-102030405060 --zip /media/backup/jeju.zip --json")]
    Download {
        /// Title or id
        #[arg(value_name = "TITLE|ID")]
        album: String,
        /// Where to; a file that is there already is not overwritten
        #[arg(long, value_name = "FILE")]
        zip: PathBuf,
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
    /// Have one of an album's items stand for it, or the newest again
    #[command(after_long_help = "\
Examples:
  picup album cover \"Jeju 2025\" 01930f2e-5a6b-7c8d-9e0f-102030405060
  picup album cover \"Jeju 2025\" --newest")]
    Cover {
        /// Title or id
        #[arg(value_name = "TITLE|ID")]
        album: String,
        /// The item's id, as `picup album show` lists it
        #[arg(required_unless_present = "newest", conflicts_with = "newest")]
        media: Option<String>,
        /// The newest item, whichever that is
        #[arg(long)]
        newest: bool,
    },
    /// Delete an album: what is in it goes to the trash
    #[command(after_long_help = "\
The album is gone at once; what is in it follows into the trash, where it can be restored until the trash lets go of
it. `picup album restore` undoes it.

Examples:
  picup album delete \"Jeju 2025\"
  picup album delete 01930f2e-5a6b-7c8d-9e0f-102030405060")]
    Delete {
        /// Title or id
        #[arg(value_name = "TITLE|ID")]
        album: String,
    },
    /// Bring a deleted album back, with all that went to the trash with it
    #[command(after_long_help = "\
`picup trash list` names deleted albums.

Example:
  picup album restore \"Jeju 2025\"")]
    Restore {
        /// Title or id
        #[arg(value_name = "TITLE|ID")]
        album: String,
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
    shares: u32,
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

#[derive(Serialize)]
struct CoverView<'a> {
    album_id: &'a str,
    cover_media_id: Option<&'a str>,
}

#[derive(Serialize)]
struct ArchiveView<'a> {
    album_id: &'a str,
    file: String,
    bytes: u64,
}

/// Runs `picup album …`.
pub async fn run(command: AlbumCommand, context: &Context) -> Result<()> {
    match command {
        AlbumCommand::Create { title } => create(&title, context).await,
        AlbumCommand::List => list(context).await,
        AlbumCommand::Show { album } => show(&album, context).await,
        AlbumCommand::Download { album, zip } => archive(&album, &zip, context).await,
        AlbumCommand::Rename { album, title } => rename(&album, &title, context).await,
        AlbumCommand::Cover { album, media, .. } => cover(&album, media.as_deref(), context).await,
        AlbumCommand::Delete { album } => delete(&album, context).await,
        AlbumCommand::Restore { album } => restore(&album, context).await,
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

async fn archive(album: &str, zip: &Path, context: &Context) -> Result<()> {
    let client = context.client()?;
    let album = client.find_album(album).await?;
    // So that the archive holds what this client knows of.
    client.media_of(&album.album_id).await?;
    let bytes = download_archive(client, &album.album_id, zip).await?;
    let saved = ArchiveView {
        album_id: &album.album_id,
        file: zip.display().to_string(),
        bytes,
    };
    context.output.data(&saved, || {
        format!(
            "\"{}\" saved ({}) as {}",
            plain(&album.title),
            size(bytes),
            plain(&saved.file)
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

async fn cover(album: &str, media: Option<&str>, context: &Context) -> Result<()> {
    let client = context.client()?;
    let album = client.find_album(album).await?;
    client.choose_cover(&album.album_id, media).await?;
    let chosen = CoverView {
        album_id: &album.album_id,
        cover_media_id: media,
    };
    context.output.data(&chosen, || {
        let which = media.map_or("the newest item".to_owned(), plain);
        format!("{which} stands for \"{}\" now", plain(&album.title))
    })
}

async fn delete(album: &str, context: &Context) -> Result<()> {
    let client = context.client()?;
    let album = client.find_album(album).await?;
    let title = plain(&album.title);
    client.delete_album(&album.album_id).await?;
    let named = Named {
        album_id: &album.album_id,
        title: &album.title,
    };
    context.output.data(&named, || {
        format!(
            "deleted \"{title}\"; {} go to the trash (undo: `picup album restore {}`)",
            holds(&album),
            album.album_id
        )
    })
}

async fn restore(album: &str, context: &Context) -> Result<()> {
    let client = context.client()?;
    let album_id = client.find_deleted_album(album).await?;
    client.restore_album(&album_id).await?;
    let album = client.find_album(&album_id).await?;
    let named = Named {
        album_id: &album.album_id,
        title: &album.title,
    };
    context
        .output
        .data(&named, || format!("\"{}\" is back", plain(&album.title)))
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
            shares: album.shares,
            cover_media_id: Some(album.cover_media_id).filter(|id| !id.is_empty()),
        }
    }
}
