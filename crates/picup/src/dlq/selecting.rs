//! `picup dlq replay` and `picup dlq discard`: both work on a frozen selection.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use picup_proto::operations::v1::{
    DiscardLettersRequest, LetterGroup, ReplayLettersRequest, SelectLettersRequest,
    SelectionProgress,
};

use super::{groups_table, view::ProgressView};
use crate::{
    Context, Error, ErrorKind, Result, interrupt,
    output::{confirm_with, count},
    time_span::time_span,
};

/// What `picup dlq replay` takes.
#[derive(Clone, Debug, Args)]
#[command(after_long_help = "\
What is chosen is frozen first: a letter that comes later, or fails again meanwhile, is not touched. Each
letter goes to the queue of its own consumer, once, however often and from however many terminals it is
replayed. Stopped, by Ctrl-C or by a failure, it goes on with --selection. It stops by itself when more
than half of what was replayed fails again.

Examples:
  picup dlq replay 17 18
  picup dlq replay --group 5d41402abc4b2a76 --dry-run
  picup dlq replay --consumer album-listings --older-than 10m --rate 100
  picup dlq replay --all
  picup dlq replay --selection 0193a1b2-0000-7000-8000-000000000001")]
pub struct ReplayArgs {
    /// Which letters.
    #[command(flatten)]
    choice: Choice,
    /// Only say what would be replayed
    #[arg(long)]
    dry_run: bool,
    /// Letters a second, at most
    #[arg(long, value_name = "LETTERS", value_parser = clap::value_parser!(u32).range(1..))]
    rate: Option<u32>,
    /// Go on even when most letters fail again
    #[arg(long)]
    keep_going: bool,
}

/// What `picup dlq discard` takes.
#[derive(Clone, Debug, Args)]
#[command(after_long_help = "\
The events stay in the log; a projection records that it passes over them. It asks before it discards. Where
there is no terminal to ask on, it discards only with --yes.

Examples:
  picup dlq discard 17 --reason \"written by a broken build\"
  picup dlq discard --group 5d41402abc4b2a76 --reason \"see incident 12\" --yes")]
pub struct DiscardArgs {
    /// Which letters.
    #[command(flatten)]
    choice: Choice,
    /// Why, for those who ask later
    #[arg(long)]
    reason: String,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

/// Which letters. All that is given must hold.
#[derive(Clone, Debug, Args)]
#[group(required = true, multiple = true)]
struct Choice {
    /// These letters
    #[arg(value_name = "ID")]
    ids: Vec<u64>,
    /// Letters of this group, as `picup dlq groups` names it
    #[arg(long, value_name = "FINGERPRINT")]
    group: Option<String>,
    /// Letters of this consumer, with or without its version
    #[arg(long, value_name = "NAME")]
    consumer: Option<String>,
    /// Letters that failed last before this long: 90s, 10m, 2h or 7d
    #[arg(long, value_name = "AGE", value_parser = time_span)]
    older_than: Option<Duration>,
    /// Every letter that waits
    #[arg(long, conflicts_with_all = ["ids", "group", "consumer", "older_than"])]
    all: bool,
    /// What was chosen before, as it was frozen then
    #[arg(long, value_name = "ID", conflicts_with_all = ["ids", "group", "consumer", "older_than", "all"])]
    selection: Option<String>,
}

/// A frozen selection, and what is in it where it was made just now.
struct Chosen {
    selection: String,
    letters: Option<(u64, Vec<LetterGroup>)>,
}

impl Choice {
    /// Freezes it. `None` where nothing meets it.
    async fn freeze(self, context: &Context) -> Result<Option<Chosen>> {
        if let Some(selection) = self.selection {
            let letters = None;
            return Ok(Some(Chosen { selection, letters }));
        }
        let before = self.older_than.map(|age| {
            let then = SystemTime::now().checked_sub(age).unwrap_or(UNIX_EPOCH);
            let since = then.duration_since(UNIX_EPOCH).unwrap_or_default();
            i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
        });
        let wanted = SelectLettersRequest {
            ids: self.ids,
            consumer: self.consumer.unwrap_or_default(),
            fingerprint: self.group.unwrap_or_default(),
            failed_before_micros: before,
            all: self.all,
        };
        let asked = wanted.ids.len() as u64;
        let selected = context.client()?.select_letters(wanted).await?;
        if asked > selected.letters {
            let missing = count(asked - selected.letters, "letter");
            context.output.note(&format!(
                "picup: {missing} of these not waiting: replayed, discarded, or never there"
            ));
        }
        if selected.letters == 0 {
            return Ok(None);
        }
        Ok(Some(Chosen {
            selection: selected.selection_id,
            letters: Some((selected.letters, selected.groups)),
        }))
    }
}

/// Replays what is chosen.
pub async fn replay(args: ReplayArgs, context: &Context) -> Result<()> {
    let Some(chosen) = args.choice.freeze(context).await? else {
        return nothing(context, args.dry_run);
    };
    show(&chosen, context);
    let message = ReplayLettersRequest {
        selection_id: chosen.selection.clone(),
        rate: args.rate.unwrap_or(0),
        dry_run: args.dry_run,
        keep_going: args.keep_going,
        continued: false,
    };
    let bar = Bar::new();
    let tell = |progress: &SelectionProgress| bar.show(progress);
    let work = context.client()?.replay_letters(message, &tell);
    let progress = until_interrupted(work, &chosen, "replay").await;
    bar.finish();
    let progress = progress?;
    let view = ProgressView::new(&chosen.selection, &progress, args.dry_run);
    context.output.data(&view, || {
        if args.dry_run {
            let left = progress.letters - progress.done - progress.skipped;
            return format!(
                "would replay {}; `picup dlq replay --selection {}` does",
                count(left, "letter"),
                chosen.selection
            );
        }
        summary("replayed", &progress)
    })?;
    verdict(&progress, &chosen.selection)
}

/// Discards what is chosen.
pub async fn discard(args: DiscardArgs, context: &Context) -> Result<()> {
    let Some(chosen) = args.choice.freeze(context).await? else {
        return nothing(context, false);
    };
    show(&chosen, context);
    let what = match &chosen.letters {
        Some((letters, _)) => count(*letters, "letter"),
        None => "what is left of this selection".to_owned(),
    };
    let question = format!("Discard {what}?");
    confirm_with(&question, args.yes, "nothing was discarded")?;
    let message = DiscardLettersRequest {
        selection_id: chosen.selection.clone(),
        reason: args.reason,
        continued: false,
    };
    let bar = Bar::new();
    let tell = |progress: &SelectionProgress| bar.show(progress);
    let work = context.client()?.discard_letters(message, &tell);
    let progress = until_interrupted(work, &chosen, "discard").await;
    bar.finish();
    let progress = progress?;
    let view = ProgressView::new(&chosen.selection, &progress, false);
    context
        .output
        .data(&view, || summary("discarded", &progress))?;
    verdict(&progress, &chosen.selection)
}

async fn until_interrupted(
    work: impl Future<Output = Result<SelectionProgress>>,
    chosen: &Chosen,
    verb: &str,
) -> Result<SelectionProgress> {
    let interrupted = interrupt::watch();
    tokio::select! {
        progress = work => progress,
        () = interrupted.cancelled() => {
            let message = format!(
                "interrupted; `picup dlq {verb} --selection {}` goes on",
                chosen.selection
            );
            Err(Error::new(ErrorKind::Interrupted, message))
        }
    }
}

fn nothing(context: &Context, dry_run: bool) -> Result<()> {
    let nothing = SelectionProgress {
        finished: true,
        ..SelectionProgress::default()
    };
    let view = ProgressView::new("", &nothing, dry_run);
    context.output.data(&view, || {
        "no dead letters meet this: nothing was done".to_owned()
    })
}

fn show(chosen: &Chosen, context: &Context) {
    if let Some((letters, groups)) = &chosen.letters {
        context.output.note(&format!(
            "picup: selection {} with {}:\n{}\n",
            chosen.selection,
            count(*letters, "letter"),
            groups_table(groups)
        ));
    }
}

fn summary(done: &str, progress: &SelectionProgress) -> String {
    let mut parts = vec![format!("{done} {} of {}", progress.done, progress.letters)];
    if progress.skipped > 0 {
        parts.push(format!(
            "{} not touched: others had them, or they failed again meanwhile",
            progress.skipped
        ));
    }
    if progress.came_back > 0 {
        parts.push(format!("{} came back", progress.came_back));
    }
    parts.join("; ")
}

fn verdict(progress: &SelectionProgress, selection: &str) -> Result<()> {
    if progress.stopped.is_empty() {
        return Ok(());
    }
    let message = format!("{} (selection {selection})", progress.stopped);
    Err(Error::new(ErrorKind::Failed, message))
}

/// Shows on standard error how far it is; nothing where that is no terminal.
struct Bar(ProgressBar);

impl Bar {
    fn new() -> Self {
        let bar = ProgressBar::no_length();
        let template = "{wide_bar} {pos} of {len} letters, {per_sec}, {eta} left, {msg}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Self(bar)
    }

    fn show(&self, progress: &SelectionProgress) {
        self.0.set_length(progress.letters);
        self.0.set_position(progress.done + progress.skipped);
        self.0
            .set_message(format!("{} came back", progress.came_back));
    }

    fn finish(&self) {
        self.0.finish_and_clear();
    }
}
