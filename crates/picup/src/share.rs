//! `picup share`: links by which guests see an album.

use std::{path::PathBuf, time::Duration};

use clap::{Args, Subcommand};
use picup_proto::{commands::v1::ShareAlbumRequest, queries::v1::Share};
use picup_service::micros;
use serde::Serialize;
use time::OffsetDateTime;

use crate::{
    Context, Error, ErrorKind, Result,
    account::{ask_for_password, password_in},
    client::{Client, new_command_id},
    output::{date, plain, table, timestamp},
    time_span::time_span,
};

/// What `picup share` takes.
#[derive(Clone, Debug, Subcommand)]
pub enum ShareCommand {
    /// Make a link to an album for guests
    #[command(after_long_help = "\
Whoever has the link sees the album until it ends, without an account. Guests get pictures of at most 1600 pixels that
say nothing of place and camera, unless --downloads gives them the originals.

Examples:
  picup share create \"Jeju 2025\"
  picup share create \"Jeju 2025\" --for 7d --password
  picup share create Wedding --for 90d --uploads --downloads --json")]
    Create(CreateArgs),
    /// List the links of an album; those that have ended, too
    #[command(after_long_help = "Examples:\n  picup share list \"Jeju 2025\"")]
    List {
        /// Title or id
        #[arg(value_name = "TITLE|ID")]
        album: String,
    },
    /// End a link before its time
    #[command(after_long_help = "\
Guests are shown out within moments. Pictures that they have been given work until their addresses end, an hour or two
later.

Example:
  picup share end \"Jeju 2025\" 01930f2e-5a6b-7c8d-9e0f-102030405060")]
    End {
        /// Title or id
        #[arg(value_name = "TITLE|ID")]
        album: String,
        /// The link's id, as `picup share list` shows it
        share: String,
    },
}

/// What a new link is to be like.
#[derive(Clone, Debug, Args)]
pub struct CreateArgs {
    /// Title or id
    #[arg(value_name = "TITLE|ID")]
    album: String,
    /// How long it works, a minute to 366 days: 90m, 12h or 7d
    #[arg(long = "for", value_name = "TIME", default_value = "30d", value_parser = time_span)]
    lasts: Duration,
    /// Ask guests for a password of 8 to 256 characters, which you are asked for now
    #[arg(long, conflicts_with = "password_file")]
    password: bool,
    /// Ask guests for the password in the first line of this file
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// Let guests have the originals, with all that these tell
    #[arg(long)]
    downloads: bool,
    /// Let guests add to the album, on your quota
    #[arg(long)]
    uploads: bool,
}

#[derive(Serialize)]
struct CreatedView {
    share_id: String,
    album_id: String,
    link: String,
    expires_at: String,
}

#[derive(Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "what programs read")]
struct ShareView {
    share_id: String,
    link: String,
    created_at: String,
    expires_at: String,
    has_ended: bool,
    has_password: bool,
    guests_may_download: bool,
    guests_may_upload: bool,
}

#[derive(Serialize)]
struct EndedView<'a> {
    share_id: &'a str,
}

/// Runs `picup share …`.
pub async fn run(command: ShareCommand, context: &Context) -> Result<()> {
    match command {
        ShareCommand::Create(arguments) => create(arguments, context).await,
        ShareCommand::List { album } => list(&album, context).await,
        ShareCommand::End { album, share } => end(&album, &share, context).await,
    }
}

async fn create(arguments: CreateArgs, context: &Context) -> Result<()> {
    let client = context.client()?;
    let album = client.find_album(&arguments.album).await?;
    // Never PICUP_PASSWORD: that is the account's own.
    let password = match &arguments.password_file {
        Some(path) => password_in(path)?,
        None if arguments.password => ask_for_password(true)?,
        None => String::new(),
    };
    let ends = OffsetDateTime::now_utc().checked_add(arguments.lasts.try_into().map_err(too_long)?);
    let ends = ends.ok_or_else(|| too_long(()))?;
    let expires_at_micros = i64::try_from(ends.unix_timestamp_nanos() / 1000).map_err(too_long)?;
    let wanted = ShareAlbumRequest {
        command_id: new_command_id(),
        album_id: album.album_id.clone(),
        expires_at_micros,
        password,
        guests_may_download: arguments.downloads,
        guests_may_upload: arguments.uploads,
    };
    let made = client.share_album(wanted).await?;
    let view = CreatedView {
        share_id: made.share_id,
        album_id: album.album_id,
        link: link(client, &made.key),
        expires_at: timestamp(expires_at_micros),
    };
    context.output.data(&view, || {
        format!(
            "{}\nshows \"{}\" until {} UTC (end it: `picup share end {} {}`)",
            view.link,
            plain(&album.title),
            date(expires_at_micros),
            view.album_id,
            view.share_id
        )
    })
}

fn too_long<E>(_: E) -> Error {
    Error::new(ErrorKind::Usage, "--for: a minute to 366 days")
}

async fn list(album: &str, context: &Context) -> Result<()> {
    let client = context.client()?;
    let album = client.find_album(album).await?;
    let shares = client.shares(&album.album_id).await?;
    let views: Vec<ShareView> = shares.iter().map(|share| view(client, share)).collect();
    context.output.data(&views, || {
        if shares.is_empty() {
            let title = plain(&album.title);
            return format!("no links to \"{title}\": `picup share create` makes one");
        }
        let row = |share: &Share| {
            let until = date(share.expires_at_micros);
            vec![
                link(client, &share.key),
                if is_over(share) {
                    format!("ended {until}")
                } else {
                    until
                },
                guests(share),
                share.share_id.clone(),
            ]
        };
        table(
            &["link", "until (UTC)", "guests may", "id"],
            shares.iter().map(row),
        )
    })
}

async fn end(album: &str, share: &str, context: &Context) -> Result<()> {
    let client = context.client()?;
    let album = client.find_album(album).await?;
    client.revoke_share(&album.album_id, share).await?;
    context.output.data(&EndedView { share_id: share }, || {
        "the link has ended".to_owned()
    })
}

fn link(client: &Client, key: &str) -> String {
    format!("{}/s/{key}", client.server())
}

fn is_over(share: &Share) -> bool {
    micros(OffsetDateTime::now_utc()) >= share.expires_at_micros
}

fn guests(share: &Share) -> String {
    let may = [
        (share.guests_may_download, ", download"),
        (share.guests_may_upload, ", add"),
        (share.has_password, ", with a password"),
    ];
    let may = may.iter().filter(|(allowed, _)| *allowed);
    let more: String = may.map(|(_, words)| *words).collect();
    format!("look{more}")
}

fn view(client: &Client, share: &Share) -> ShareView {
    ShareView {
        share_id: share.share_id.clone(),
        link: link(client, &share.key),
        created_at: timestamp(share.created_at_micros),
        expires_at: timestamp(share.expires_at_micros),
        has_ended: is_over(share),
        has_password: share.has_password,
        guests_may_download: share.guests_may_download,
        guests_may_upload: share.guests_may_upload,
    }
}
