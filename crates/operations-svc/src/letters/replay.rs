//! Replaying: the stored bytes go to the queue of the very consumer that gave them up, with a confirm and
//! a fresh counter of attempts, each letter of a selection at most once.

use std::time::Duration;

use picup_event_bus::{Outgoing, PublishError, Publisher};
use picup_proto::operations::v1::SelectionProgress;
use picup_service::errors::{ErrorCode, Fault};
use tokio::{
    sync::mpsc::Sender,
    time::{Instant, sleep},
};
use tonic::Status;

use super::{
    claim::{Claim, Settled},
    pace::{FIRST, Pace},
    selection::Selection,
};
use crate::grpc::unavailable;

/// How long one call works before whoever called has to call again: no stream outlives the deadlines on
/// its way, and a caller that went away does not leave the work running for long.
pub const SPAN: Duration = Duration::from_secs(8);
/// How often the caller is told how far it is.
const TELL: Duration = Duration::from_millis(250);
/// How long the first few letters are given to come back before the rest follows them.
const PROBE: Duration = Duration::from_millis(300);
/// How long it waits for letters that somebody else has in hand.
pub const HELD: Duration = Duration::from_millis(250);

/// How a replay goes about it.
#[derive(Clone, Copy, Debug)]
pub struct Manner {
    /// Letters a second, at most; 0 for as fast as it goes.
    pub rate: u32,
    /// Go on even when most letters fail again.
    pub keep_going: bool,
}

/// Replays a selection for one span, telling how far it is. The last thing told says whether it is finished.
pub async fn replay(
    selection: &Selection,
    publisher: &Publisher,
    manner: Manner,
    tell: &Sender<Result<SelectionProgress, Status>>,
) -> Result<SelectionProgress, Fault> {
    let end = Instant::now() + SPAN;
    let mut pace = Pace::new(manner.rate);
    let mut told = Instant::now();
    let mut probed = false;
    loop {
        let claim = selection.claim(pace.batch()).await.map_err(unavailable)?;
        let went = publish(selection, publisher, &claim).await?;
        let nothing_left = claim.letters.is_empty() && claim.skipped == 0 && claim.held == 0;
        let wait = if claim.letters.is_empty() && claim.held > 0 {
            HELD
        } else {
            pace.sent(claim.letters.len())
        };
        if !probed && went > 0 {
            probed = true;
            sleep(PROBE).await;
        }
        if nothing_left || Instant::now() >= end || told.elapsed() >= TELL || wait > TELL {
            let progress = judge(selection, manner).await?;
            told = Instant::now();
            let over = progress.finished || !progress.stopped.is_empty() || told >= end;
            if over || nothing_left {
                return Ok(progress);
            }
            // A caller who has gone wants nothing more to be replayed.
            if tell.send(Ok(progress)).await.is_err() {
                return judge(selection, manner).await;
            }
        } else if !manner.keep_going && pace.batch() <= FIRST * 16 {
            // While batches grow it is cheap to look each time, and that is when looking pays.
            let progress = judge(selection, manner).await?;
            if !progress.stopped.is_empty() {
                return Ok(progress);
            }
        }
        sleep(wait).await;
    }
}

/// How far it is, and whether most letters fail again.
async fn judge(selection: &Selection, manner: Manner) -> Result<SelectionProgress, Fault> {
    let mut progress = selection.progress().await.map_err(unavailable)?;
    let most = progress.done >= u64::from(FIRST) && progress.came_back * 2 > progress.done;
    if most && !progress.finished && !manner.keep_going {
        progress.stopped = format!(
            "{} of {} replayed letters failed again: the cause is still there. Look at \
             `picup dlq groups`, or go on with --keep-going",
            progress.came_back, progress.done
        );
    }
    Ok(progress)
}

/// Publishes claimed letters and settles them. Answers how many went.
async fn publish(
    selection: &Selection,
    publisher: &Publisher,
    claim: &Claim,
) -> Result<usize, Fault> {
    if claim.letters.is_empty() {
        return Ok(0);
    }
    let mut bodies = selection
        .bodies(&claim.letters)
        .await
        .map_err(unavailable)?;
    let messages: Vec<Outgoing> = claim
        .letters
        .iter()
        .map(|letter| {
            let body = bodies.remove(&letter.id).unwrap_or_default();
            Outgoing::to_queue(letter.consumer.clone(), letter.event_id.to_string(), body)
        })
        .collect();
    let results = publisher.publish_batch(&messages).await;
    let (mut gone, mut left, mut failure) = (Vec::new(), Vec::new(), None);
    for (letter, result) in claim.letters.iter().zip(results) {
        match result {
            Ok(()) => gone.push(letter.id),
            Err(error) => {
                left.push(letter.id);
                failure.get_or_insert((letter.consumer.clone(), error));
            }
        }
    }
    for (ids, settled) in [(&gone, Settled::Replayed), (&left, Settled::Released)] {
        selection
            .settle(claim.id, ids, settled, None)
            .await
            .map_err(unavailable)?;
    }
    match failure {
        None => Ok(gone.len()),
        Some((consumer, PublishError::Returned)) => Err(Fault::new(
            ErrorCode::FailedPrecondition,
            format!(
                "the queue {consumer} is gone: discard its letters, or bring its consumer back"
            ),
        )
        .with_reason("CONSUMER_GONE")),
        Some((_, error)) => Err(Fault::new(
            ErrorCode::Unavailable,
            format!("the broker does not take letters for now ({error}); run it again"),
        )),
    }
}
