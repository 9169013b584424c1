//! `picup audit`: proof that the sums are right, and what is left to do.

mod usage;
mod work;

use clap::{Args, Subcommand};

pub use self::{
    usage::{DifferenceView, InFlightView, UsageReport, audit_usage},
    work::{WorkItemView, WorkReport, WorkView, audit_work},
};
use crate::{Context, Error, ErrorKind, Result};

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
    /// Count what the log says must still happen; zero when the system is idle
    #[command(after_long_help = "\
Kinds of work:
  purges                  objects of deleted or abandoned items that are to be removed from S3
  clears                  items of deleted albums that are to be deleted
  expired-uploads         uploads that nobody will complete: over a day old
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
        AuditCommand::Work(args) => {
            let report = audit_work(context.client()?, args.items).await?;
            context.output.data(&report, || report.text())
        }
    }
}

fn failed(message: String) -> Error {
    Error::new(ErrorKind::Failed, message)
}
