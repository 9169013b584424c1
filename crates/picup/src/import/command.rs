use std::path::PathBuf;

use clap::Args;

use super::{ImportOptions, OnStandardError, import};
use crate::{Context, Result, interrupt};

/// What `picup import` takes.
#[derive(Clone, Debug, Args)]
#[command(after_long_help = "\
Files are known by their first bytes, not by their names. Hidden files and symbolic links are left
aside. What the account already stores is not uploaded again. An import that was stopped, by Ctrl-C or
by a failure, goes on when the same command runs again.

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
}

/// Imports, shows how it goes, and says what became of each file.
pub async fn run(args: ImportArgs, context: &Context) -> Result<()> {
    let client = context.client()?;
    let progress = OnStandardError::new();
    let options = ImportOptions {
        paths: args.paths,
        album: args.album,
        parallel: args.parallel.into(),
        cancel: interrupt::watch(),
    };
    let summary = import(client, options, &progress).await;
    progress.finish();
    let summary = summary?;
    context.output.data(&summary, || summary.text())?;
    summary.verdict()
}
