//! Work on a selection that goes on while its caller listens, and is recorded in the operators' log.

use std::sync::Arc;

use futures::StreamExt as _;
use picup_proto::operations::v1::SelectionProgress;
use picup_service::errors::{ErrorCode, Fault};
use serde_json::Value;
use tokio::sync::{
    OwnedSemaphorePermit,
    mpsc::{Receiver, Sender, channel},
};
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;
use uuid::Uuid;

use super::{Answers, Shared, unavailable};
use crate::letters::{
    discard::discard,
    replay::{Manner, Replay},
    selection::Selection,
};

/// Answers that may wait for their caller.
const WAITING: usize = 4;

/// Finds a selection that the caller names.
pub async fn selection(shared: &Shared, id: &str) -> Result<Selection, Fault> {
    let id = Uuid::try_parse(id).map_err(|_| Fault::invalid("selection_id", "a UUID"))?;
    let found = Selection::find(&shared.pool, id)
        .await
        .map_err(unavailable)?;
    found.ok_or_else(|| {
        Fault::new(
            ErrorCode::NotFound,
            "there is no such selection, or it has been forgotten: select again",
        )
    })
}

/// What is told as an answer of an RPC.
pub fn answers<T: Send + 'static>(
    told: Receiver<Result<SelectionProgress, Status>>,
    answer: impl Fn(SelectionProgress) -> T + Send + 'static,
) -> Answers<T> {
    let told = ReceiverStream::new(told);
    Box::pin(told.map(move |told| told.map(&answer)))
}

/// One call's work on a selection.
pub struct Run {
    shared: Arc<Shared>,
    selection: Selection,
    operator: Uuid,
    action: u64,
    _place: OwnedSemaphorePermit,
}

impl Run {
    /// Records that an operator begins, or goes on.
    pub async fn begin(
        shared: &Arc<Shared>,
        mut selection: Selection,
        operator: Uuid,
        action: &str,
        arguments: &Value,
        continued: bool,
    ) -> Result<Self, Fault> {
        let place = shared.runs.clone().try_acquire_owned();
        let place = place.map_err(|_| {
            let message = "other selections are being worked on: try again in a moment";
            Fault::new(ErrorCode::Unavailable, message)
        })?;
        let known = selection.action.filter(|_| continued);
        let action = match known {
            Some(action) => action,
            None => {
                let log = &shared.operator_log;
                let begun = log.begin(operator, action, &arguments.to_string()).await;
                let begun = begun.map_err(unavailable)?;
                selection.set_action(begun).await.map_err(unavailable)?;
                begun
            }
        };
        Ok(Self {
            shared: shared.clone(),
            selection,
            operator,
            action,
            _place: place,
        })
    }

    /// Replays while the caller listens, for one span.
    pub fn replay(self, manner: Manner) -> Receiver<Result<SelectionProgress, Status>> {
        let (tell, told) = channel(WAITING);
        tokio::spawn(async move {
            let replay = Replay {
                selection: &self.selection,
                publisher: &self.shared.publisher,
                manner,
                tell: &tell,
            };
            let ended = replay.run().await;
            self.end("replayed", ended, &tell).await;
        });
        told
    }

    /// Discards while the caller listens, for one span.
    pub fn discard(self, reason: String) -> Receiver<Result<SelectionProgress, Status>> {
        let (tell, told) = channel(WAITING);
        tokio::spawn(async move {
            let by = self.operator.to_string();
            let ended = discard(&self.selection, &self.shared.skips, &reason, &by, &tell).await;
            self.end("discarded", ended, &tell).await;
        });
        told
    }

    async fn end(
        &self,
        done: &str,
        ended: Result<SelectionProgress, Fault>,
        tell: &Sender<Result<SelectionProgress, Status>>,
    ) {
        let outcome = match &ended {
            Ok(progress) => {
                let how = if progress.finished {
                    "finished"
                } else if progress.stopped.is_empty() {
                    "to be continued"
                } else {
                    "stopped, because most failed again"
                };
                format!(
                    "{how}: {done} {} of {}, skipped {}, came back {}",
                    progress.done, progress.letters, progress.skipped, progress.came_back
                )
            }
            Err(fault) => format!("failed: {fault}"),
        };
        if let Err(error) = self.shared.operator_log.end(self.action, &outcome).await {
            tracing::error!(%error, outcome, "the end of an operator's action is not recorded");
        }
        // Whoever does not listen any more can read it in the log.
        let _ = tell.send(ended.map_err(Status::from)).await;
    }
}
