//! `picup dlq`: the dead letters, for operators.

mod log;
mod selecting;
mod show;
mod view;
mod watch;

use clap::{Args, Subcommand};
use picup_proto::operations::v1::{Letter, LetterGroup, ListLettersRequest};

use crate::{
    Context, Result,
    output::{date, plain, table},
};
use selecting::{DiscardArgs, ReplayArgs};
use view::{GroupView, LetterView};

/// What `picup dlq` takes.
#[derive(Clone, Debug, Subcommand)]
pub enum DlqCommand {
    /// List dead letters, newest first
    #[command(after_long_help = "\
Without --state those are listed that wait: `open`.

Examples:
  picup dlq list
  picup dlq list --consumer album-listings --limit 20
  picup dlq list --state discarded --json")]
    List(ListArgs),
    /// Group the letters that wait by consumer and by what went wrong
    #[command(after_long_help = "Examples:\n  picup dlq groups\n  picup dlq groups --json")]
    Groups,
    /// Show one letter: the event, every failure, the trace
    #[command(after_long_help = "\
Personal text in the event stays sealed.

Examples:
  picup dlq show 17
  picup dlq show 17 --json")]
    Show {
        /// The letter's number
        id: u64,
    },
    /// Give letters back to the consumer that gave them up
    Replay(ReplayArgs),
    /// Give letters up for good
    Discard(DiscardArgs),
    /// Show dead letters as they come, until Ctrl-C
    #[command(after_long_help = "\
With --json one letter a line.

Examples:
  picup dlq watch
  picup dlq watch --json")]
    Watch,
    /// List what operators did, newest first
    #[command(after_long_help = "Examples:\n  picup dlq log\n  picup dlq log --limit 500 --json")]
    Log {
        /// How many, at most
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
}

/// Which letters are listed.
#[derive(Clone, Debug, Args)]
pub struct ListArgs {
    /// Only letters in this state, or `all`
    #[arg(long, value_parser = ["open", "replayed", "discarded", "all"])]
    state: Option<String>,
    /// Only letters of this consumer, with or without its version
    #[arg(long, value_name = "NAME")]
    consumer: Option<String>,
    /// Only letters of this group, as `picup dlq groups` names it
    #[arg(long, value_name = "FINGERPRINT")]
    group: Option<String>,
    /// How many, at most
    #[arg(long, default_value_t = 100)]
    limit: usize,
}

/// Runs `picup dlq …`.
pub async fn run(command: DlqCommand, context: &Context) -> Result<()> {
    match command {
        DlqCommand::List(args) => list(args, context).await,
        DlqCommand::Groups => groups(context).await,
        DlqCommand::Show { id } => show::show(id, context).await,
        DlqCommand::Replay(args) => selecting::replay(args, context).await,
        DlqCommand::Discard(args) => selecting::discard(args, context).await,
        DlqCommand::Watch => watch::watch(context).await,
        DlqCommand::Log { limit } => log::log(limit, context).await,
    }
}

async fn list(args: ListArgs, context: &Context) -> Result<()> {
    let narrowed = args.state.is_some() || args.consumer.is_some() || args.group.is_some();
    let wanted = ListLettersRequest {
        state: args.state.unwrap_or_default(),
        consumer: args.consumer.unwrap_or_default(),
        fingerprint: args.group.unwrap_or_default(),
        ..ListLettersRequest::default()
    };
    let letters = context.client()?.letters(wanted, args.limit).await?;
    let views: Vec<LetterView> = letters.iter().cloned().map(LetterView::from).collect();
    context.output.data(&views, || {
        if letters.is_empty() {
            return none(narrowed);
        }
        table(&HEADER, letters.iter().map(row))
    })
}

async fn groups(context: &Context) -> Result<()> {
    let groups = context.client()?.letter_groups().await?;
    let views: Vec<GroupView> = groups.iter().cloned().map(GroupView::from).collect();
    context.output.data(&views, || {
        if groups.is_empty() {
            return none(false);
        }
        groups_table(&groups)
    })
}

fn none(narrowed: bool) -> String {
    if narrowed {
        "no such dead letters; `picup dlq groups` shows what waits".to_owned()
    } else {
        "no dead letters: nothing was given up on".to_owned()
    }
}

const HEADER: [&str; 6] = [
    "id",
    "state",
    "consumer",
    "event",
    "last failed (UTC)",
    "error",
];

fn row(letter: &Letter) -> Vec<String> {
    vec![
        letter.id.to_string(),
        letter.state.clone(),
        letter.consumer.clone(),
        event(letter),
        date(letter.last_failed_at_micros),
        short(&letter.error),
    ]
}

fn event(letter: &Letter) -> String {
    if letter.stream.is_empty() {
        "unreadable".to_owned()
    } else {
        plain(&format!(
            "{} {} of {}",
            letter.r#type, letter.version, letter.stream
        ))
    }
}

fn groups_table(groups: &[LetterGroup]) -> String {
    let header = ["letters", "consumer", "group", "last failed (UTC)", "error"];
    let row = |group: &LetterGroup| {
        vec![
            group.letters.to_string(),
            group.consumer.clone(),
            group.fingerprint.clone(),
            date(group.last_failed_at_micros),
            short(&group.error),
        ]
    };
    table(&header, groups.iter().map(row))
}

/// The beginning of an error, in one line.
fn short(error: &str) -> String {
    const LONGEST: usize = 100;
    let text = plain(error);
    if text.chars().count() <= LONGEST {
        return text;
    }
    let mut text: String = text.chars().take(LONGEST).collect();
    text.push('…');
    text
}
