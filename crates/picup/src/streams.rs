//! `picup streams`: streams that a projection cannot go on with. For operators.

use clap::Subcommand;
use picup_proto::operations::v1::BlockedStream;
use serde::Serialize;

use crate::{
    Context, Error, ErrorKind, Result,
    output::{date, plain, table, timestamp},
};

/// What `picup streams` takes.
#[derive(Clone, Debug, Subcommand)]
pub enum StreamsCommand {
    /// List the streams that wait for an event which cannot be applied, those that wait longest first
    #[command(after_long_help = "\
The read model of such a stream stands still where the event failed; all other streams go on. Its later events
are safe in the log and are applied in order once the event has been applied (replay its dead letter, or
`picup streams retry`) or discarded (`picup dlq discard`).

Examples:
  picup streams blocked
  picup streams blocked --projection album-listings --json")]
    Blocked {
        /// Of this projection only
        #[arg(long, value_name = "NAME")]
        projection: Option<String>,
        /// List at most so many of each projection
        #[arg(long, value_name = "NUMBER", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1000))]
        limit: u32,
    },
    /// Try a blocked stream again at once, from the log
    #[command(after_long_help = "\
Example:
  picup streams retry album-listings album/01930f2e-5a6b-7c8d-9e0f-102030405060")]
    Retry {
        /// The projection
        projection: String,
        /// The stream as `picup streams blocked` shows it
        stream: String,
    },
}

/// A blocked stream as `--json` shows it.
#[derive(Debug, Serialize)]
struct BlockedView {
    projection: String,
    stream: String,
    failed_version: u64,
    seen_up_to: u64,
    error: String,
    since: String,
    attempts: u32,
}

#[derive(Debug, Serialize)]
struct ListView {
    total: u64,
    streams: Vec<BlockedView>,
}

#[derive(Debug, Serialize)]
struct RetryView {
    still_blocked: Option<BlockedView>,
}

impl From<BlockedStream> for BlockedView {
    fn from(stream: BlockedStream) -> Self {
        Self {
            projection: stream.projection,
            stream: stream.stream,
            failed_version: stream.failed_version,
            seen_up_to: stream.seen_up_to,
            error: stream.error,
            since: timestamp(stream.since_micros),
            attempts: stream.attempts,
        }
    }
}

/// Runs `picup streams …`.
pub async fn run(command: StreamsCommand, context: &Context) -> Result<()> {
    match command {
        StreamsCommand::Blocked { projection, limit } => {
            blocked(&projection.unwrap_or_default(), limit, context).await
        }
        StreamsCommand::Retry { projection, stream } => retry(&projection, &stream, context).await,
    }
}

async fn blocked(projection: &str, limit: u32, context: &Context) -> Result<()> {
    let answer = context.client()?.blocked_streams(projection, limit).await?;
    let rows: Vec<Vec<String>> = answer.streams.iter().map(row).collect();
    let hidden = answer.total.saturating_sub(rows.len() as u64);
    let view = ListView {
        total: answer.total,
        streams: answer.streams.into_iter().map(BlockedView::from).collect(),
    };
    context.output.data(&view, || {
        if rows.is_empty() {
            return "no stream is blocked: every event that was seen has been applied".to_owned();
        }
        let header = [
            "projection",
            "stream",
            "at",
            "seen",
            "tries",
            "since (UTC)",
            "why",
        ];
        let text = table(&header, rows);
        match hidden {
            0 => text,
            hidden => format!("{text}\nand {hidden} more"),
        }
    })
}

fn row(stream: &BlockedStream) -> Vec<String> {
    vec![
        stream.projection.clone(),
        stream.stream.clone(),
        stream.failed_version.to_string(),
        stream.seen_up_to.to_string(),
        stream.attempts.to_string(),
        date(stream.since_micros),
        plain(&stream.error),
    ]
}

async fn retry(projection: &str, stream: &str, context: &Context) -> Result<()> {
    let still = context.client()?.retry_stream(projection, stream).await?;
    let error = still.as_ref().map(|still| {
        let message = format!(
            "{stream} still waits at version {}: {}",
            still.failed_version,
            plain(&still.error)
        );
        Error::new(ErrorKind::Failed, message)
    });
    let view = RetryView {
        still_blocked: still.map(BlockedView::from),
    };
    if error.is_none() || context.output.json {
        let text = || format!("{stream} has caught up in {projection}");
        context.output.data(&view, text)?;
    }
    error.map_or(Ok(()), Err)
}
