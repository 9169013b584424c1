use std::path::PathBuf;

use clap::Args;
use uuid::Uuid;

use super::{ImportOptions, OnStandardError, import};
use crate::{Context, Result, client::Client, interrupt};

/// What `picup import` takes.
#[derive(Clone, Debug, Args)]
#[command(after_long_help = "\
Files are known by their first bytes, not by their names. Hidden files and symbolic links are left
aside. What the account already stores is not uploaded again, unless --keep-duplicates says so. An import
that was stopped, by Ctrl-C, by a failure or by a power cut, goes on when the same command runs again:
checksums of files that have not changed are kept in the folder `imports` beside the credentials, and long
files go up in parts, of which those that have arrived are not sent again.

Examples:
  picup import ~/Pictures/Jeju --album \"Jeju 2025\"
  picup import IMG_0001.jpg IMG_0002.mov --album Inbox --parallel 2
  picup import ~/Pictures --album Archive --json > report.json")]
pub struct ImportArgs {
    /// Files, and folders with all that is in them
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Title or id of the album; created if there is none of this title
    #[arg(long, value_name = "TITLE|ID")]
    album: String,
    /// How many uploads at once
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=64))]
    parallel: u16,
    /// Store files again whose bytes the account has already
    #[arg(long)]
    keep_duplicates: bool,
    /// Keep what is found out about files here, so that going on needs not read them again
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
}

/// Imports, shows how it goes, and says what became of each file.
pub async fn run(args: ImportArgs, context: &Context) -> Result<()> {
    let client = context.client()?;
    let progress = OnStandardError::new();
    let state = match args.state {
        Some(path) => path,
        None => context
            .folder()?
            .join("imports")
            .join(state_name(client, &args.album)),
    };
    let options = ImportOptions {
        paths: args.paths,
        album: args.album,
        parallel: args.parallel.into(),
        keep_duplicates: args.keep_duplicates,
        state: Some(state),
        cancel: interrupt::watch(),
    };
    let summary = import(client, options, &progress).await;
    progress.finish();
    let summary = summary?;
    context.output.data(&summary, || summary.text())?;
    summary.verdict()
}

/// One file for each album of each account of each server.
fn state_name(client: &Client, album: &str) -> String {
    let credentials = client.session().credentials();
    let account = credentials
        .map(|known| known.account_id)
        .unwrap_or_default();
    let name = format!("{}\n{account}\n{album}", client.server());
    format!(
        "{}.jsonl",
        Uuid::new_v5(&Uuid::NAMESPACE_URL, name.as_bytes())
    )
}
