//! Reads the whole log into the next generation of a read model. It publishes nothing and no reactor hears of
//! it, so nothing that has happened in the world happens again.
//!
//! Nothing is missed: the generation's queue is bound before the first page is read. What commits afterwards
//! is published afterwards and lies in the queue, however low its position is; what was published before had
//! been committed before, so the scan sees it. What comes both ways counts once, by the gate.

use std::{
    collections::{BTreeSet, VecDeque},
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use picup_event_log::{GenerationState, Lease};
use picup_event_types::RecordedEvent;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    apply::Projection,
    blocked,
    model::{Projected, ReadModel, Workplace},
    project::{Projector, Streams},
};

/// Events read and applied at once, in one transaction.
const PAGE: u32 = 4000;
/// How far the second pass goes back: transactions that were open for so long while the first one passed
/// them are seen without waiting for the queue.
const TRAIL: Duration = Duration::from_secs(10);
/// Blocked streams that are tried once more when the log has been read.
const TRIED_AGAIN: u32 = 1000;

/// How often the lease is renewed while a page is worked on: well before it ends.
const RENEW: Duration = Duration::from_secs(3);

/// The versions of streams that an operator has discarded.
type Skips = BTreeSet<(Uuid, u64)>;

/// A build under way.
pub struct Rebuild<P: Projection> {
    workplace: Arc<Workplace>,
    projected: Arc<Projected>,
    model: Arc<ReadModel>,
    projector: Projector<P>,
    lease: Lease,
}

/// How a pass over the log ended.
enum Ended {
    /// There is nothing more.
    AtTheHead,
    /// The build was stopped, dropped or taken over, or the process stops.
    LetGo,
}

impl<P: Projection> Rebuild<P> {
    pub fn new(
        workplace: Arc<Workplace>,
        projected: Arc<Projected>,
        model: Arc<ReadModel>,
        lease: Lease,
    ) -> Self {
        let projector = model.projector::<P>(workplace.log.clone());
        Self {
            workplace,
            projected,
            model,
            projector,
            lease,
        }
    }

    /// Builds on from a position. Whatever ends it, another instance or a later try goes on from the last
    /// checkpoint.
    pub async fn run(self, from: u64, stopping: CancellationToken) {
        let (projection, generation) = (P::NAME, self.model.generation);
        tracing::info!(projection, generation, from, "building");
        let registry = &self.workplace.registry;
        let ended = match self.build(from, &stopping).await {
            Ok(Ended::AtTheHead) => {
                let (from, to) = (GenerationState::Building, GenerationState::Draining);
                registry.complete(&self.lease, from, to).await.map(drop)
            }
            Ok(Ended::LetGo) => registry.release(&self.lease).await,
            // The lease ends by itself, which is the pause before the next try.
            Err(error) => {
                tracing::warn!(projection, generation, %error, "the build was interrupted");
                let error = format!("{error:#}");
                registry.note_error(projection, generation, &error).await
            }
        };
        if let Err(error) = ended {
            tracing::warn!(projection, generation, %error, "the build's end was not recorded");
        }
        self.projected.look.notify_one();
    }

    async fn build(&self, from: u64, stopping: &CancellationToken) -> anyhow::Result<Ended> {
        let consumer = self.projected.consumer.of_generation(self.model.generation);
        let bound = self.workplace.queues.declare(consumer).await;
        bound.context("its queues cannot be declared")?;
        let head = self.workplace.log.head().await?;
        let registry = &self.workplace.registry;
        if !registry.note_scan_end(&self.lease, head).await? {
            return Ok(Ended::LetGo);
        }
        let live = self.projected.live();
        blocked::copy_skips(&live.pool, &self.model.pool).await?;
        let skips = blocked::all_skips(&self.model.pool).await?;
        let mut trail = Trail::new(from);
        let first = self.pass(from, &skips, Some(&mut trail), stopping).await?;
        if let Ended::LetGo = first {
            return Ok(Ended::LetGo);
        }
        let second = self.pass(trail.mark(), &skips, None, stopping).await?;
        if let Ended::AtTheHead = second {
            self.try_blocked_again().await?;
        }
        Ok(second)
    }

    /// Reads the log from a position to its end and applies it. The next page is read while one is applied.
    async fn pass(
        &self,
        from: u64,
        skips: &Skips,
        mut trail: Option<&mut Trail>,
        stopping: &CancellationToken,
    ) -> anyhow::Result<Ended> {
        let log = &self.workplace.log;
        let mut page = log.scan(from, PAGE).await?;
        while let Some(last) = page.last().map(|event| event.position) {
            if stopping.is_cancelled() {
                return Ok(Ended::LetGo);
            }
            let work = async { tokio::join!(self.apply(&page, skips), log.scan(last, PAGE)) };
            let (applied, next) = self.keeping_the_lease(work).await;
            applied?;
            let mut counted = 0;
            if let Some(trail) = trail.as_mut() {
                trail.reached(last);
                counted = page.len() as u64;
            }
            let registry = &self.workplace.registry;
            if !registry.checkpoint(&self.lease, last, counted).await? {
                return Ok(Ended::LetGo);
            }
            page = next?;
        }
        Ok(Ended::AtTheHead)
    }

    /// Works on a page, however long that takes on a busy machine, without losing the lease meanwhile.
    async fn keeping_the_lease<T>(&self, work: impl Future<Output = T>) -> T {
        let mut work = std::pin::pin!(work);
        loop {
            match timeout(RENEW, &mut work).await {
                Ok(done) => return done,
                Err(_) => {
                    if let Err(error) = self.workplace.registry.renew(&self.lease).await {
                        tracing::debug!(%error, "the lease is not renewed");
                    }
                }
            }
        }
    }

    /// Applies a page, just as what the bus brings is applied. A stream that fails is blocked alone, which
    /// the status and the comparison show.
    async fn apply(&self, page: &[RecordedEvent], skips: &Skips) -> anyhow::Result<()> {
        let mut streams = Streams::new();
        for recorded in page {
            if P::FOLLOWS.contains(&recorded.stream.category) {
                let events = streams.entry(recorded.stream).or_default();
                events.insert(recorded.version, recorded.clone());
            }
        }
        // What was discarded stays so, even where the event could be applied by now.
        let mut discarded = Streams::new();
        if !skips.is_empty() {
            discarded = streams
                .extract_if(.., |stream, events| {
                    let mut versions = events.keys();
                    versions.any(|version| skips.contains(&(stream.id, *version)))
                })
                .collect();
        }
        let mut failed = self.projector.apply(&streams).await?;
        for (stream, events) in discarded {
            let newest = events.keys().next_back().copied().unwrap_or(0);
            if let Some(failure) = self.projector.catch_up(stream, newest).await? {
                failed.insert(stream, failure);
            }
        }
        for (stream, failure) in &failed {
            let (generation, version) = (self.model.generation, failure.version);
            tracing::warn!(projection = P::NAME, generation, %stream, version, error = %failure.error,
                "a stream is blocked while building");
        }
        Ok(())
    }

    /// No message stands for a stream that was blocked by the scan, so it gets its second try here.
    async fn try_blocked_again(&self) -> anyhow::Result<()> {
        for waiting in blocked::list(&self.model.pool, TRIED_AGAIN).await? {
            let (stream, seen) = (waiting.stream, waiting.seen_up_to);
            self.projector.catch_up(stream, seen).await?;
        }
        Ok(())
    }
}

/// Where the scan was some time ago.
struct Trail {
    mark: u64,
    recent: VecDeque<(Instant, u64)>,
}

impl Trail {
    fn new(from: u64) -> Self {
        Self {
            mark: from,
            recent: VecDeque::new(),
        }
    }

    fn reached(&mut self, position: u64) {
        while let Some((_, passed)) = self.recent.pop_front_if(|(when, _)| when.elapsed() > TRAIL) {
            self.mark = passed;
        }
        self.recent.push_back((Instant::now(), position));
    }

    fn mark(&self) -> u64 {
        self.mark
    }
}
