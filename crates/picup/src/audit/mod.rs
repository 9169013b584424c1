//! `picup audit`: proof that the sums are right, and what is left to do.

mod objects;
mod usage;
mod work;

use std::time::Duration;

use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};

pub use self::{
    objects::{ObjectFindingView, ObjectsReport, audit_objects},
    usage::{DifferenceView, InFlightView, UsageReport, audit_usage},
    work::{WorkItemView, WorkReport, WorkView, audit_work},
};
use crate::{Context, Error, ErrorKind, Result};

/// Differences that are kept, at most; more are counted.
const KEPT: usize = 10_000;
const TICK: Duration = Duration::from_millis(200);

/// What `picup audit` takes.
#[derive(Clone, Debug, Subcommand)]
pub enum AuditCommand {
    /// Prove that the log, the ledgers, the read models and S3 say the same, to the byte
    #[command(after_long_help = "\
Compares, account by account: the fold of the media items' events, the fold of the ledger, the read models and the
objects in S3. Names every difference. What is under way (uploads, purges, events not applied yet) is no difference.
It can run at any time. The exit code is 1 when there is a difference.

Examples:
  picup audit usage
  picup audit usage --account 01930f2e-5a6b-7c8d-9e0f-102030405060 --json")]
    Usage(UsageArgs),
    /// Compare S3 with the log, object by object
    #[command(after_long_help = "\
Names objects that no event explains, objects and renditions that are missing, lengths that are not those of the log,
open uploads in parts that nobody knows, and what the sweep holds in quarantine. It changes nothing and can run at any
time. The exit code is 1 when there is a difference.

Examples:
  picup audit objects
  picup audit objects --account 01930f2e-5a6b-7c8d-9e0f-102030405060 --json")]
    Objects(ObjectsArgs),
    /// Count what the log says must still happen; zero when the system is idle
    #[command(after_long_help = "\
Kinds of work:
  purges                  objects of deleted or abandoned items that are to be removed from S3
  albums                  items that have not gone where their album went
  emptied-trash           items that were in the trash when it was emptied
  closed-accounts         closed accounts that are to be erased, and their items
  expired-trash           items that have been in the trash for as long as it keeps
  expired-uploads         uploads that nobody will complete any more
  renditions              items whose renditions nobody has reported on
  outbox                  events that the bus has not confirmed
  unapplied/<projection>  events that a read model does not show

Examples:
  picup audit work
  picup audit work --items --json")]
    Work(WorkArgs),
}

/// What `picup audit usage` takes.
#[derive(Clone, Debug, Args)]
pub struct UsageArgs {
    /// One account, or all of them
    #[arg(long, value_name = "ID|all", default_value = "all")]
    pub account: String,
}

/// What `picup audit objects` takes.
#[derive(Clone, Debug, Args)]
pub struct ObjectsArgs {
    /// One account, or the whole bucket
    #[arg(long, value_name = "ID|all", default_value = "all")]
    pub account: String,
}

/// What `picup audit work` takes.
#[derive(Clone, Debug, Args)]
pub struct WorkArgs {
    /// Name what waits, up to 100 of each kind
    #[arg(long)]
    pub items: bool,
}

/// Runs `picup audit`.
pub async fn run(command: AuditCommand, context: &Context) -> Result<()> {
    match command {
        AuditCommand::Usage(args) => {
            let account = Some(args.account.as_str()).filter(|account| *account != "all");
            let report = audit_usage(context.client()?, account).await?;
            context.output.data(&report, || report.text())?;
            report.verdict()
        }
        AuditCommand::Objects(args) => {
            let account = Some(args.account.as_str()).filter(|account| *account != "all");
            let report = audit_objects(context.client()?, account).await?;
            context.output.data(&report, || report.text())?;
            report.verdict()
        }
        AuditCommand::Work(args) => {
            let report = audit_work(context.client()?, args.items).await?;
            context.output.data(&report, || report.text())
        }
    }
}

/// How far an audit is, on standard error, until it is finished and cleared.
fn spinner() -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner} {msg}");
    let bar =
        ProgressBar::new_spinner().with_style(style.unwrap_or(ProgressStyle::default_spinner()));
    bar.enable_steady_tick(TICK);
    bar
}

fn failed(message: String) -> Error {
    Error::new(ErrorKind::Failed, message)
}
