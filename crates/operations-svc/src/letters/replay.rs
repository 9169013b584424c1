//! Replaying: the stored bytes go to the queue of the very consumer that gave them up, with a confirm and
//! a fresh counter of attempts, each letter of a selection at most once.

use std::{collections::BTreeMap, time::Duration};

use picup_event_bus::{Outgoing, PublishError, Publisher};
use picup_proto::operations::v1::SelectionProgress;
use picup_service::errors::{ErrorCode, Fault};
use tokio::{
    sync::mpsc::Sender,
    time::{Instant, sleep},
};
use tonic::Status;

use super::{
    hold::{Held, Settled},
    pace::{FIRST, Pace},
    selection::Selection,
};
use crate::grpc::unavailable;

/// How long one call works before whoever called has to call again: no stream outlives the deadlines on
/// its way, and a caller that went away does not leave the work running for long.
pub const SPAN: Duration = Duration::from_secs(8);
/// How long it waits for letters that somebody else has in hand.
pub const HELD: Duration = Duration::from_millis(250);
/// How often the caller is told how far it is.
const TELL: Duration = Duration::from_millis(250);
/// How many times longer than finding out how far it is it works before it finds out again.
const WORTH: u32 = 10;
/// How long the first few letters are given to come back before the rest follows them.
const PROBE: Duration = Duration::from_millis(50);

/// How a replay goes about it.
#[derive(Clone, Copy, Debug)]
pub struct Manner {
    /// Letters a second, at most; 0 for as fast as it goes.
    pub rate: u32,
    /// Go on even when most letters fail again.
    pub keep_going: bool,
}

/// One call's replay of a selection.
pub struct Replay<'a> {
    pub selection: &'a Selection,
    pub publisher: &'a Publisher,
    pub manner: Manner,
    pub tell: &'a Sender<Result<SelectionProgress, Status>>,
}

/// Letters that are held, ready to be published.
struct Ready {
    held: Held,
    messages: Vec<Outgoing>,
}

/// Published letters that the database does not know as such yet.
struct Sent {
    held: Held,
    gone: Vec<u64>,
    failure: Option<(String, PublishError)>,
}

/// The letters before and behind those that are being published.
#[derive(Default)]
struct InHand {
    ahead: Option<Ready>,
    behind: Option<Sent>,
}

impl Replay<'_> {
    /// Replays for one span, telling how far it is. The answer says whether it is finished.
    pub async fn run(&self) -> Result<SelectionProgress, Fault> {
        let mut in_hand = InHand::default();
        let ended = self.work(&mut in_hand).await;
        let settled = self.settle(in_hand.behind).await;
        if let Some(Ready { held, .. }) = in_hand.ahead {
            let let_go = held.settle(&[], Settled::Replayed).await;
            let_go.map_err(unavailable)?;
        }
        settled.and(ended)
    }

    async fn work(&self, in_hand: &mut InHand) -> Result<SelectionProgress, Fault> {
        let end = Instant::now() + SPAN;
        let mut pace = Pace::new(self.manner.rate);
        let (mut after, mut looked, mut cost) = (0, Instant::now(), Duration::ZERO);
        let mut first = true;
        loop {
            let ready = match in_hand.ahead.take() {
                Some(ready) => ready,
                None => self.hold(after, pace.batch()).await?,
            };
            let swept = after == 0 && ready.held.last.is_none();
            after = ready.held.last.unwrap_or(0);
            let letters = ready.held.letters.len();
            let probed = first && letters > 0;
            first &= !probed;
            let mut wait = pace.sent(letters);
            if probed {
                wait = wait.max(PROBE);
            }
            let more = letters > 0 && pace.looks_ahead() && Instant::now() < end;
            let behind = in_hand.behind.take();
            // While the broker stores these, the database forgets the last ones and works for the next.
            let around = async {
                let settled = self.settle(behind).await;
                let next = self.hold(after, pace.batch());
                let next = if more { next.await.ok() } else { None };
                (settled, next)
            };
            let sent = async {
                let sent = self.publish(ready).await;
                // Those that come back cannot be filed before they are settled.
                if wait.is_zero() {
                    return Ok(sent);
                }
                self.settle(sent).await.map(|()| None)
            };
            let (sent, (settled, next), ()) = tokio::join!(sent, around, sleep(wait));
            in_hand.ahead = next;
            in_hand.behind = sent?;
            settled?;
            let due = looked.elapsed() >= TELL.max(cost * WORTH);
            if swept || probed || due || Instant::now() >= end {
                self.settle(in_hand.behind.take()).await?;
                let asked = Instant::now();
                let progress = self.judge().await?;
                (looked, cost) = (Instant::now(), asked.elapsed());
                let over = progress.finished || !progress.stopped.is_empty();
                // A caller who has gone wants nothing more to be replayed.
                if over || looked >= end || self.tell.is_closed() {
                    return Ok(progress);
                }
                // Whether it could be told does not matter: the last word is the answer.
                let _ = self.tell.send(Ok(progress)).await;
                if swept {
                    // What is left somebody else has in hand.
                    sleep(HELD).await;
                }
            }
        }
    }

    /// How far it is, and whether most letters fail again.
    async fn judge(&self) -> Result<SelectionProgress, Fault> {
        let mut progress = self.selection.progress().await.map_err(unavailable)?;
        let most = progress.done >= u64::from(FIRST) && progress.came_back * 2 > progress.done;
        if most && !progress.finished && !self.manner.keep_going {
            progress.stopped = format!(
                "{} of {} replayed letters failed again: the cause is still there. Look at \
                 `picup dlq groups`, or go on with --keep-going",
                progress.came_back, progress.done
            );
        }
        Ok(progress)
    }

    /// Holds letters and reads their bytes.
    async fn hold(&self, after: u64, limit: u32) -> Result<Ready, Fault> {
        let held = self.selection.hold(after, limit).await;
        let mut held = held.map_err(unavailable)?;
        let mut bodies = if held.letters.is_empty() {
            BTreeMap::new()
        } else {
            held.bodies().await.map_err(unavailable)?
        };
        let letters = held.letters.iter();
        let messages = letters.map(|letter| {
            let body = bodies.remove(&letter.id).unwrap_or_default();
            Outgoing::to_queue(letter.consumer.clone(), letter.event_id.to_string(), body)
        });
        let messages = messages.collect();
        Ok(Ready { held, messages })
    }

    /// Publishes what is held.
    async fn publish(&self, ready: Ready) -> Option<Sent> {
        let Ready { held, messages } = ready;
        let results = self.publisher.publish_batch(&messages).await;
        let (mut gone, mut failure) = (Vec::new(), None);
        for (letter, result) in held.letters.iter().zip(results) {
            match result {
                Ok(()) => gone.push(letter.id),
                Err(error) => {
                    failure.get_or_insert((letter.consumer.clone(), error));
                }
            }
        }
        Some(Sent {
            held,
            gone,
            failure,
        })
    }

    /// Settles published letters; the error tells of those that the broker did not take.
    async fn settle(&self, sent: Option<Sent>) -> Result<(), Fault> {
        let Some(sent) = sent else {
            return Ok(());
        };
        let settled = sent.held.settle(&sent.gone, Settled::Replayed).await;
        settled.map_err(unavailable)?;
        sent.failure.map_or(Ok(()), |(consumer, error)| {
            Err(not_taken(&consumer, &error))
        })
    }
}

fn not_taken(consumer: &str, error: &PublishError) -> Fault {
    if *error == PublishError::Returned {
        let message = format!(
            "the queue {consumer} is gone: discard its letters, or bring its consumer back"
        );
        return Fault::new(ErrorCode::FailedPrecondition, message).with_reason("CONSUMER_GONE");
    }
    let message = format!("the broker does not take letters for now ({error}); run it again");
    Fault::new(ErrorCode::Unavailable, message)
}
