use std::path::PathBuf;

use clap::Args;
use picup_delivery::names::safe;

use super::{DownloadOptions, DownloadSummary, download};
use crate::{
    Context, Error, ErrorKind, Result,
    client::Client,
    import::OnStandardError,
    interrupt,
    output::{count, plain, size},
};

/// What `picup download` takes.
#[derive(Clone, Debug, Args)]
#[command(after_long_help = "\
Each original is checked against the checksum that was stored with it. What is there already, byte for
byte, is left as it is; another file of the same name is never overwritten: `a (2).jpg` is written
instead.

Examples:
  picup download \"Jeju 2025\"
  picup download \"Jeju 2025\" /media/backup/jeju
  picup download --media 01930f2e-5a6b-7c8d-9e0f-102030405060 --out .")]
pub struct DownloadArgs {
    /// Title or id of the album
    #[arg(value_name = "TITLE|ID", required_unless_present = "media")]
    album: Option<String>,
    /// Where to; a folder named after the album, unless said otherwise
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
    /// Media items to download, instead of an album
    #[arg(long, value_name = "ID", num_args = 1.., conflicts_with = "album")]
    media: Vec<String>,
    /// Where to; the current folder, unless said otherwise
    #[arg(long, value_name = "DIR", conflicts_with = "folder")]
    out: Option<PathBuf>,
    /// How many downloads at once
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=64))]
    parallel: u16,
}

/// Downloads, shows how it goes, and says what became of each original.
pub async fn run(args: DownloadArgs, context: &Context) -> Result<()> {
    let client = context.client()?;
    let options = options(args, client).await?;
    let progress = OnStandardError::new();
    let summary = download(client, options, &progress).await;
    progress.finish();
    let summary = summary?;
    context.output.data(&summary, || text(&summary))?;
    verdict(&summary)
}

async fn options(args: DownloadArgs, client: &Client) -> Result<DownloadOptions> {
    let asked = args.folder.or(args.out);
    let (media, folder) = match args.album {
        Some(album) => {
            let album = client.find_album(&album).await?;
            (
                client.media_of(&album.album_id).await?,
                PathBuf::from(safe(&album.title)),
            )
        }
        None => {
            let mut media = Vec::new();
            for id in &args.media {
                media.push(client.media(id).await?);
            }
            (media, PathBuf::from("."))
        }
    };
    Ok(DownloadOptions {
        media,
        folder: asked.unwrap_or(folder),
        parallel: args.parallel.into(),
        cancel: interrupt::watch(),
    })
}

fn text(summary: &DownloadSummary) -> String {
    let mut lines = vec![format!(
        "{} saved ({}) in {}, {} already there, {} failed",
        summary.saved.len(),
        size(summary.bytes),
        plain(&summary.folder),
        summary.skipped.len(),
        summary.failed.len(),
    )];
    if summary.left > 0 {
        lines.push(format!("{} still to do", count(summary.left, "file")));
    }
    lines.extend(summary.failed.iter().map(|failed| {
        format!(
            "failed  {} ({}): {}",
            plain(&failed.file_name),
            failed.media_id,
            plain(&failed.reason)
        )
    }));
    lines.join("\n")
}

fn verdict(summary: &DownloadSummary) -> Result<()> {
    if summary.interrupted {
        let message = "interrupted; run the same command again to go on from here";
        Err(Error::new(ErrorKind::Interrupted, message))
    } else if let Some(error) = &summary.stopped {
        let message = format!("{error}. Run the same command again to go on from here");
        Err(Error::new(error.kind(), message))
    } else if summary.failed.is_empty() {
        Ok(())
    } else {
        let failed = count(summary.failed.len() as u64, "file");
        Err(Error::new(
            ErrorKind::Failed,
            format!("{failed} could not be downloaded"),
        ))
    }
}
