//! From UploadCompleted and RenditionsRequested to renditions.

use std::{sync::Arc, time::Duration};

use futures::{StreamExt as _, stream};
use metrics::counter;
use picup_event_bus::{Handler, Paused, Received, Verdict};
use picup_event_types::{Category, RecordedEvent};
use tokio::time::timeout;

use crate::work::{Done, NotDone, Work};

/// How long one attempt may take in all, fetching and storing included: the broker takes a message back after half
/// an hour, and would give it to somebody else.
const ATTEMPT_LIMIT: Duration = Duration::from_mins(29);

/// Which originals a consumer renders. The other kind has a consumer of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Photos.
    Photos,
    /// Videos.
    Videos,
}

/// Renders what the bus says is complete.
pub struct Thumbnailer {
    work: Arc<Work>,
    kind: Kind,
    at_once: usize,
}

impl Thumbnailer {
    /// Renders originals of a kind, so many at once.
    pub fn new(work: Arc<Work>, kind: Kind, at_once: usize) -> Self {
        Self {
            work,
            kind,
            at_once,
        }
    }

    async fn render(&self, received: &Received) -> Result<Verdict, Paused> {
        let recorded = match RecordedEvent::from_envelope(&received.envelope) {
            Ok(recorded) => recorded,
            Err(error) => {
                let error = error.to_string();
                return Ok(Verdict::DeadLetter { error });
            }
        };
        if recorded.stream.category != Category::Media {
            return Ok(Verdict::Done);
        }
        match self.render_item(&recorded).await {
            Ok(None) => Ok(Verdict::Done),
            Ok(Some(done)) => {
                let outcome = match done {
                    Done::Rendered => "rendered",
                    Done::Failed => "failed",
                    Done::Gone => "gone",
                };
                counter!("picup_renditions_total", "outcome" => outcome).increment(1);
                Ok(Verdict::Done)
            }
            Err(NotDone::Outage(reason)) => Err(Paused { reason }),
            Err(NotDone::Later(error)) => Ok(Verdict::Retry { error }),
            Err(NotDone::Never(error)) => Ok(Verdict::DeadLetter { error }),
        }
    }

    /// What became of it; `None` where it is of the other kind.
    async fn render_item(&self, recorded: &RecordedEvent) -> Result<Option<Done>, NotDone> {
        let upload = self.work.upload(recorded.stream.id).await?;
        let kind = if upload.content_type.starts_with("video/") {
            Kind::Videos
        } else {
            Kind::Photos
        };
        if kind != self.kind {
            return Ok(None);
        }
        let rendering = self.work.render(recorded.event_id, &upload);
        let Ok(done) = timeout(ATTEMPT_LIMIT, rendering).await else {
            let limit = ATTEMPT_LIMIT.as_secs() / 60;
            return Err(NotDone::Later(format!("it took more than {limit} minutes")));
        };
        Ok(Some(done?))
    }
}

impl Handler for Thumbnailer {
    async fn handle(&self, batch: &[Received]) -> Result<Vec<Verdict>, Paused> {
        let renderings: Vec<_> = batch.iter().map(|received| self.render(received)).collect();
        let verdicts: Vec<_> = stream::iter(renderings)
            .buffered(self.at_once)
            .collect()
            .await;
        verdicts.into_iter().collect()
    }
}
