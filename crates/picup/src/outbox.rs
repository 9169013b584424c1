//! `picup outbox`: what the bus has not confirmed yet, for operators.

use std::time::Duration;

use clap::Subcommand;
use picup_proto::operations::v1::OutboxStatus;
use serde::Serialize;

use crate::{
    Context, Result, interrupt,
    output::{card, timestamp},
};

/// What `picup outbox` takes.
#[derive(Clone, Copy, Debug, Subcommand)]
pub enum OutboxCommand {
    /// Show how many events wait for the bus, and for how long
    #[command(after_long_help = "Examples:\n  picup outbox status\n  picup outbox status --json")]
    Status,
    /// Show it every second, until Ctrl-C
    #[command(after_long_help = "\
With --json one document a line.

Examples:
  picup outbox watch
  picup outbox watch --json")]
    Watch,
}

#[derive(Debug, Serialize)]
struct StatusView {
    waiting: u64,
    oldest_recorded_at: Option<String>,
    oldest_age_seconds: f64,
    unrouted: Option<u64>,
}

/// Runs `picup outbox …`.
pub async fn run(command: OutboxCommand, context: &Context) -> Result<()> {
    match command {
        OutboxCommand::Status => {
            let status = context.client()?.outbox().await?;
            context
                .output
                .data(&StatusView::from(&status), || text(&status))
        }
        OutboxCommand::Watch => watch(context).await,
    }
}

async fn watch(context: &Context) -> Result<()> {
    let interrupted = interrupt::watch();
    let tell = |status: OutboxStatus| {
        context.output.line(&StatusView::from(&status), || {
            format!(
                "{} waiting, the oldest for {}, {} unrouted",
                status.waiting,
                age(&status),
                unrouted(&status)
            )
        })?;
        Ok(false)
    };
    tokio::select! {
        ended = context.client()?.watch_outbox(tell) => ended,
        () = interrupted.cancelled() => Ok(()),
    }
}

fn text(status: &OutboxStatus) -> String {
    if status.waiting == 0 && status.unrouted == Some(0) {
        return "the outbox is empty: the bus has confirmed every event, and each found its queues"
            .to_owned();
    }
    card(&[
        ("waiting", status.waiting.to_string()),
        ("the oldest for", age(status)),
        ("unrouted", unrouted(status)),
    ])
}

fn age(status: &OutboxStatus) -> String {
    let age = Duration::from_micros(status.oldest_age_micros);
    format!("{:.1} s", age.as_secs_f64())
}

fn unrouted(status: &OutboxStatus) -> String {
    status.unrouted.map_or_else(
        || "? (the broker does not answer)".to_owned(),
        |count| count.to_string(),
    )
}

impl From<&OutboxStatus> for StatusView {
    fn from(status: &OutboxStatus) -> Self {
        Self {
            waiting: status.waiting,
            oldest_recorded_at: status.oldest_recorded_at_micros.map(timestamp),
            oldest_age_seconds: Duration::from_micros(status.oldest_age_micros).as_secs_f64(),
            unrouted: status.unrouted,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_outbox_says_so_and_a_silent_broker_is_not_called_empty() {
        let empty = OutboxStatus {
            unrouted: Some(0),
            ..OutboxStatus::default()
        };
        assert!(text(&empty).contains("empty"));
        assert!(text(&OutboxStatus::default()).contains('?'));
    }
}
