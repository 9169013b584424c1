//! `picup history`: the life of a thing, in words.

use clap::{Args, Subcommand};
use picup_proto::operations::v1::{HistoryEvent, HistorySubject};
use serde::Serialize;
use serde_json::Value;

use crate::{
    Context, Result,
    output::{plain, timestamp},
};

/// What `picup history` takes.
#[derive(Clone, Debug, Subcommand)]
pub enum HistoryCommand {
    /// The life of an album
    #[command(
        after_long_help = "Example:\n  picup history album 01930f2e-5a6b-7c8d-9e0f-102030405060"
    )]
    Album(HistoryArgs),
    /// The life of a photo or video
    #[command(
        after_long_help = "Example:\n  picup history media 01930f2e-5a6b-7c8d-9e0f-102030405060 --json"
    )]
    Media(HistoryArgs),
    /// The life of an account and of the bytes it holds
    #[command(after_long_help = "\
Example:
  picup history account 01930f2e-5a6b-7c8d-9e0f-102030405060")]
    Account(HistoryArgs),
}

/// What each of them takes.
#[derive(Clone, Debug, Args)]
pub struct HistoryArgs {
    /// Its id
    pub id: String,
    /// For operators: open the names and titles of another's thing; it is recorded
    #[arg(long)]
    pub reveal: bool,
}

#[derive(Serialize)]
struct EventView {
    at: String,
    actor: String,
    words: String,
    stream: String,
    version: u64,
    position: u64,
    event_id: String,
    r#type: String,
    fields: Value,
}

/// Runs `picup history`.
pub async fn run(command: HistoryCommand, context: &Context) -> Result<()> {
    let (subject, args) = match command {
        HistoryCommand::Album(args) => (HistorySubject::Album, args),
        HistoryCommand::Media(args) => (HistorySubject::Media, args),
        HistoryCommand::Account(args) => (HistorySubject::Account, args),
    };
    let output = context.output;
    let mut all = Vec::new();
    let history = context
        .client()?
        .history(subject, &args.id, args.reveal, |page| {
            if output.json {
                all.extend(page.into_iter().map(EventView::from));
                return Ok(());
            }
            let lines: Vec<String> = page.iter().map(line).collect();
            output.data(&(), || lines.join("\n"))
        });
    history.await?;
    if output.json {
        output.data(&all, String::new)?;
    }
    Ok(())
}

fn line(event: &HistoryEvent) -> String {
    format!(
        "{}  {}  {}",
        timestamp(event.recorded_at_micros),
        plain(&event.actor),
        plain(&event.words)
    )
}

impl From<HistoryEvent> for EventView {
    fn from(event: HistoryEvent) -> Self {
        Self {
            at: timestamp(event.recorded_at_micros),
            actor: event.actor,
            words: event.words,
            stream: event.stream,
            version: event.version,
            position: event.position,
            event_id: event.event_id,
            r#type: event.r#type,
            fields: serde_json::from_str(&event.fields_json).unwrap_or_default(),
        }
    }
}
