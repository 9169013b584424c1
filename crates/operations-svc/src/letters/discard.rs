//! Discarding: the letter is given up for good. The event stays in the log; a projection records the skip.

use picup_event_bus::{ALBUM_LISTINGS, STORAGE_USAGE};
use picup_proto::{
    internal::v1::{SkipEventRequest, upkeep_client::UpkeepClient},
    operations::v1::SelectionProgress,
};
use picup_service::{
    auth::ServiceKey,
    errors::{ErrorCode, Fault, reason as reason_of},
};
use tokio::{
    sync::mpsc::Sender,
    time::{Instant, sleep},
};
use tonic::{Status, transport::Channel};

use super::{
    hold::{Letter, Settled},
    replay::{HELD, SPAN},
    selection::Selection,
};
use crate::grpc::unavailable;

/// Letters that are discarded at a time: they are locked while projections are asked to skip their events.
const BATCH: u32 = 10;
/// How long projection-svc may take to skip one event.
const DEADLINE: std::time::Duration = std::time::Duration::from_secs(10);

/// Tells projections what they need not wait for any more.
#[derive(Clone)]
pub struct Skips {
    client: UpkeepClient<Channel>,
    key: ServiceKey,
}

impl Skips {
    /// Asks projection-svc over a channel.
    pub fn new(channel: Channel, key: ServiceKey) -> Self {
        Self {
            client: UpkeepClient::new(channel),
            key,
        }
    }

    /// Has the letter's projection pass over its event. A reactor keeps no versions, and a letter that
    /// names no event has none that could be passed over.
    async fn skip(&self, letter: &Letter, reason: &str, by: &str) -> Result<(), Status> {
        let name = letter.consumer.split(".v").next().unwrap_or_default();
        let is_projection = [ALBUM_LISTINGS.name, STORAGE_USAGE.name].contains(&name);
        if !is_projection || letter.stream.is_empty() || letter.version == 0 {
            return Ok(());
        }
        let message = SkipEventRequest {
            projection: name.to_owned(),
            stream: letter.stream.clone(),
            version: letter.version,
            reason: reason.to_owned(),
            by: by.to_owned(),
        };
        let request = self.key.request(message, DEADLINE);
        match self.client.clone().skip_event(request).await {
            // The projection does not wait for it: there is nothing to pass over.
            Err(status) if reason_of(&status).as_deref() == Some("NOT_BLOCKED") => Ok(()),
            answer => answer.map(drop),
        }
    }
}

/// Discards a selection for one span, telling how far it is.
pub async fn discard(
    selection: &Selection,
    skips: &Skips,
    reason: &str,
    by: &str,
    tell: &Sender<Result<SelectionProgress, Status>>,
) -> Result<SelectionProgress, Fault> {
    let end = Instant::now() + SPAN;
    let mut after = 0;
    loop {
        let held = selection.hold(after, BATCH).await.map_err(unavailable)?;
        let swept = after == 0 && held.last.is_none();
        after = held.last.unwrap_or(0);
        let mut skipped = Vec::new();
        let mut failure = None;
        for letter in &held.letters {
            match skips.skip(letter, reason, by).await {
                Ok(()) => skipped.push(letter.id),
                Err(status) => {
                    failure = Some(status);
                    break;
                }
            }
        }
        let settled = held.settle(&skipped, Settled::Discarded { reason }).await;
        settled.map_err(unavailable)?;
        if let Some(status) = failure {
            return Err(refused(&status));
        }
        let progress = selection.progress().await.map_err(unavailable)?;
        if progress.finished || Instant::now() >= end {
            return Ok(progress);
        }
        if tell.send(Ok(progress.clone())).await.is_err() {
            return Ok(progress);
        }
        if swept {
            // What is left somebody else has in hand.
            sleep(HELD).await;
        }
    }
}

fn refused(status: &Status) -> Fault {
    let code = match status.code() {
        tonic::Code::Unavailable | tonic::Code::DeadlineExceeded | tonic::Code::Cancelled => {
            ErrorCode::Unavailable
        }
        _ => ErrorCode::FailedPrecondition,
    };
    let message = format!(
        "projection-svc did not skip the event: {}; its letter waits as before",
        status.message()
    );
    Fault::new(code, message).with_reason("SKIP_REFUSED")
}
