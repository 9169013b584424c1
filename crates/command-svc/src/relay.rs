//! Moves the outbox to the bus. Any number of relays may run, in any number of processes.
//!
//! It takes no input and can be stopped at any instruction: what the broker has not confirmed is still in
//! the outbox. Events may be published twice, never not at all.

use std::{
    collections::VecDeque,
    sync::Arc,
    time::{Duration, Instant},
};

use picup_event_bus::{Outgoing, Publisher};
use picup_event_log::{Batch, Outbox};
use picup_event_types::RecordedEvent;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// Events published before their confirms are awaited.
const BATCH: u32 = 500;
/// The safety net: how long a relay sleeps when nobody wakes it.
const POLL: Duration = Duration::from_secs(1);
/// How often a relay looks at the whole outbox, for rows that became visible late.
const SWEEP: Duration = Duration::from_secs(2);
/// How far the low-water mark trails behind. Rows below it that commit later are found by the sweep.
const TRAIL: Duration = Duration::from_secs(1);
/// The longest pause after failures.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// One relay.
pub struct Relay {
    outbox: Outbox,
    publisher: Arc<Publisher>,
    wake: Arc<Notify>,
    mark: LowWaterMark,
}

/// What became of one batch.
enum Relayed {
    /// The outbox holds nothing more that can be sent now.
    Drained,
    /// There was a whole batch, up to this position: there may be more.
    Full(u64),
    /// The broker refused some; they stay.
    Refused(usize),
}

impl Relay {
    /// A relay that looks at the outbox whenever it is woken.
    pub fn new(outbox: Outbox, publisher: Arc<Publisher>, wake: Arc<Notify>) -> Self {
        Self {
            outbox,
            publisher,
            wake,
            mark: LowWaterMark::new(),
        }
    }

    /// Relays until it is told to stop; what is under way then is finished.
    pub async fn run(mut self, stopping: CancellationToken) {
        let mut failures = 0;
        // Without a broker no rows are locked: there would be nothing to do with them.
        while stopping
            .run_until_cancelled(self.publisher.connected())
            .await
            .is_some()
        {
            let pause = match self.drain(&stopping).await {
                Ok(0) => {
                    failures = 0;
                    POLL
                }
                Ok(refused) => {
                    failures += 1;
                    tracing::warn!(
                        refused,
                        "the broker refused events; they stay in the outbox"
                    );
                    pause_after(failures)
                }
                Err(error) => {
                    failures += 1;
                    tracing::warn!(%error, "the outbox cannot be read");
                    pause_after(failures)
                }
            };
            tokio::select! {
                () = stopping.cancelled() => {}
                () = tokio::time::sleep(pause) => {}
                () = self.wake.notified(), if failures == 0 => {}
            }
        }
    }

    /// Sends batch after batch until nothing is left, and answers how many were refused.
    async fn drain(&mut self, stopping: &CancellationToken) -> Result<usize, sqlx::Error> {
        let mut after = self.mark.start();
        while !stopping.is_cancelled() {
            match self.relay_batch(after).await? {
                Relayed::Drained => return Ok(0),
                Relayed::Refused(count) => return Ok(count),
                Relayed::Full(position) => {
                    // There is work for another relay of this process too.
                    self.wake.notify_one();
                    after = position;
                }
            }
        }
        Ok(0)
    }

    async fn relay_batch(&mut self, after: u64) -> Result<Relayed, sqlx::Error> {
        let batch: Batch = self.outbox.take(after, BATCH).await?;
        let Some(last) = batch.events.last().map(|event| event.position) else {
            return Ok(Relayed::Drained);
        };
        let outgoing: Vec<_> = batch.events.iter().map(outgoing).collect();
        let outcomes = self.publisher.publish_batch(&outgoing).await;
        let taken = batch.events.len();
        let confirmed: Vec<u64> = batch
            .events
            .iter()
            .zip(&outcomes)
            .filter_map(|(event, outcome)| outcome.is_ok().then_some(event.position))
            .collect();
        if let Some(error) = outcomes.iter().find_map(|outcome| outcome.as_ref().err()) {
            tracing::warn!(%error, "events were not confirmed");
        }
        batch.confirm(&confirmed).await?;
        metrics::counter!("picup_relay_events_total").increment(confirmed.len() as u64);
        self.mark.reached(last);
        Ok(match taken - confirmed.len() {
            0 if taken == BATCH as usize => Relayed::Full(last),
            0 => Relayed::Drained,
            refused => Relayed::Refused(refused),
        })
    }
}

fn outgoing(event: &RecordedEvent) -> Outgoing {
    Outgoing::event(
        event.event_id,
        event.routing_key.as_str(),
        event.to_envelope(),
    )
}

fn pause_after(failures: u32) -> Duration {
    (Duration::from_millis(50) * 2_u32.saturating_pow(failures.min(10))).min(LONGEST_PAUSE)
}

/// Where to start scanning. Rows deleted from the outbox leave marks that slow a scan from zero until
/// InnoDB has purged them, so a scan starts at what was reached a second ago, and at zero now and then.
struct LowWaterMark {
    mark: u64,
    recent: VecDeque<(Instant, u64)>,
    swept: Instant,
}

impl LowWaterMark {
    fn new() -> Self {
        Self {
            mark: 0,
            recent: VecDeque::new(),
            swept: Instant::now(),
        }
    }

    fn start(&mut self) -> u64 {
        if self.swept.elapsed() >= SWEEP {
            self.swept = Instant::now();
            return 0;
        }
        while let Some((when, position)) = self.recent.front().copied() {
            if when.elapsed() < TRAIL {
                break;
            }
            self.mark = self.mark.max(position);
            self.recent.pop_front();
        }
        self.mark
    }

    fn reached(&mut self, position: u64) {
        let now = Instant::now();
        match self.recent.back_mut() {
            // A fine enough grain keeps the list short.
            Some((when, newest)) if now - *when < TRAIL / 16 => *newest = position.max(*newest),
            _ => self.recent.push_back((now, position)),
        }
    }
}
