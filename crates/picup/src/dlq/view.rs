//! Dead letters as `--json` shows them.

use picup_proto::operations::v1::{Letter, LetterGroup, SelectionProgress};
use serde::Serialize;

use crate::output::timestamp;

/// A letter.
#[derive(Debug, Serialize)]
pub struct LetterView {
    id: u64,
    state: String,
    consumer: String,
    event_id: String,
    stream: Option<String>,
    version: Option<u64>,
    r#type: Option<String>,
    error: String,
    group: String,
    attempts: u32,
    failures: u32,
    first_failed_at: String,
    last_failed_at: String,
    trace_id: Option<String>,
    body_bytes: u64,
    discard_reason: Option<String>,
}

impl From<Letter> for LetterView {
    fn from(letter: Letter) -> Self {
        let readable = !letter.stream.is_empty();
        let some = |text: String| Some(text).filter(|text| !text.is_empty());
        Self {
            id: letter.id,
            state: letter.state,
            consumer: letter.consumer,
            event_id: letter.event_id,
            stream: some(letter.stream),
            version: readable.then_some(letter.version),
            r#type: some(letter.r#type),
            error: letter.error,
            group: letter.fingerprint,
            attempts: letter.attempts,
            failures: letter.failures,
            first_failed_at: timestamp(letter.first_failed_at_micros),
            last_failed_at: timestamp(letter.last_failed_at_micros),
            trace_id: some(letter.trace_id),
            body_bytes: letter.body_bytes,
            discard_reason: some(letter.discard_reason),
        }
    }
}

/// A group of letters.
#[derive(Debug, Serialize)]
pub struct GroupView {
    consumer: String,
    group: String,
    letters: u64,
    first_failed_at: String,
    last_failed_at: String,
    error: String,
    r#type: String,
}

impl From<LetterGroup> for GroupView {
    fn from(group: LetterGroup) -> Self {
        Self {
            consumer: group.consumer,
            group: group.fingerprint,
            letters: group.letters,
            first_failed_at: timestamp(group.first_failed_at_micros),
            last_failed_at: timestamp(group.last_failed_at_micros),
            error: group.error,
            r#type: group.r#type,
        }
    }
}

/// What became of a selection.
#[derive(Debug, Serialize)]
pub struct ProgressView {
    pub selection: String,
    letters: u64,
    done: u64,
    skipped: u64,
    came_back: u64,
    finished: bool,
    stopped: Option<String>,
    dry_run: bool,
}

impl ProgressView {
    /// The last that was heard of a selection.
    pub fn new(selection: &str, progress: &SelectionProgress, dry_run: bool) -> Self {
        Self {
            selection: selection.to_owned(),
            letters: progress.letters,
            done: progress.done,
            skipped: progress.skipped,
            came_back: progress.came_back,
            finished: progress.finished,
            stopped: Some(progress.stopped.clone()).filter(|stopped| !stopped.is_empty()),
            dry_run,
        }
    }
}
