use picup_proto::operations::v1::{GetLetterResponse, LetterFailure};
use serde::Serialize;
use serde_json::Value;

use super::{event, view::LetterView};
use crate::{
    Context, Result,
    output::{card, count, date, plain, table, timestamp},
};

#[derive(Serialize)]
struct Whole {
    #[serde(flatten)]
    letter: LetterView,
    message: Value,
    headers: Value,
    history: Vec<FailureView>,
}

#[derive(Serialize)]
struct FailureView {
    failed_at: String,
    first_failed_at: String,
    attempts: u32,
    error: String,
}

/// Shows one letter.
pub async fn show(id: u64, context: &Context) -> Result<()> {
    let found = context.client()?.letter(id).await?;
    let whole = Whole {
        letter: found.letter.clone().unwrap_or_default().into(),
        message: json(&found.message_json),
        headers: json(&found.headers_json),
        history: found.failures.iter().map(FailureView::from).collect(),
    };
    context.output.data(&whole, || text(&found, &whole.message))
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
}

fn text(found: &GetLetterResponse, message: &Value) -> String {
    let letter = found.letter.clone().unwrap_or_default();
    let mut rows = vec![
        ("letter", letter.id.to_string()),
        ("state", letter.state.clone()),
        ("consumer", letter.consumer.clone()),
        ("event", event(&letter)),
        ("event id", letter.event_id.clone()),
        ("error", plain(&letter.error)),
        ("group", letter.fingerprint.clone()),
        (
            "given up",
            format!(
                "{} after {}",
                count(letter.failures.into(), "time"),
                count(letter.attempts.into(), "attempt")
            ),
        ),
        (
            "failed",
            format!(
                "first {} UTC, last {} UTC",
                date(letter.first_failed_at_micros),
                date(letter.last_failed_at_micros)
            ),
        ),
    ];
    if !letter.trace_id.is_empty() {
        rows.push(("trace", letter.trace_id.clone()));
    }
    if !letter.discard_reason.is_empty() {
        rows.push(("discarded", plain(&letter.discard_reason)));
    }
    let history = found.failures.iter().map(|failure| {
        vec![
            date(failure.failed_at_micros),
            failure.attempts.to_string(),
            plain(&failure.error),
        ]
    });
    let history = table(&["given up (UTC)", "attempts", "error"], history);
    let message = serde_json::to_string_pretty(message).unwrap_or_default();
    format!("{}\n\n{history}\n\n{message}", card(&rows))
}

impl From<&LetterFailure> for FailureView {
    fn from(failure: &LetterFailure) -> Self {
        Self {
            failed_at: timestamp(failure.failed_at_micros),
            first_failed_at: timestamp(failure.first_failed_at_micros),
            attempts: failure.attempts,
            error: failure.error.clone(),
        }
    }
}
