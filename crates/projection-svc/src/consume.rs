//! From messages to read models: one batch, one transaction.

use std::{collections::BTreeMap, marker::PhantomData};

use picup_event_bus::{Handler, Paused, Received, Verdict};
use picup_event_log::{LogReader, is_contention, is_outage};
use picup_event_types::{RecordedEvent, StreamId};
use sqlx::{Connection as _, MySqlPool};
use tokio::sync::watch;

use crate::{
    apply::{ApplyError, Projection},
    gate,
};

/// Events read from the log at once to fill a gap.
const PAGE: u32 = 500;
/// Tries of a transaction that lost against another instance's.
const TRIES: u32 = 5;

/// The events of each stream that a batch brought, in order of version.
type Streams = BTreeMap<StreamId, BTreeMap<u64, RecordedEvent>>;

/// Applies what the bus brings to one generation of a read model.
pub struct Projector<P> {
    pool: MySqlPool,
    log: LogReader,
    applied: watch::Sender<()>,
    projection: PhantomData<P>,
}

impl<P: Projection> Projector<P> {
    /// Applies to the read model in `pool`, reading what is missing from the log.
    pub fn new(pool: MySqlPool, log: LogReader, applied: watch::Sender<()>) -> Self {
        Self {
            pool,
            log,
            applied,
            projection: PhantomData,
        }
    }

    /// Applies the batch in one transaction. Streams that fail together are tried one by one, so that a
    /// single bad event does not hold up the others.
    async fn apply(&self, streams: &Streams) -> Result<BTreeMap<StreamId, ApplyError>, Paused> {
        let mut failed = BTreeMap::new();
        match self.apply_together(streams).await {
            Ok(()) => {}
            Err(error) if is_passing(&error) => return Err(paused(&error)),
            Err(error) if streams.len() == 1 => {
                failed.extend(streams.keys().copied().zip([error]));
            }
            Err(_) => {
                for (stream, events) in streams {
                    let alone = Streams::from([(*stream, events.clone())]);
                    match self.apply_together(&alone).await {
                        Ok(()) => {}
                        Err(error) if is_passing(&error) => return Err(paused(&error)),
                        Err(error) => drop(failed.insert(*stream, error)),
                    }
                }
            }
        }
        self.applied.send_replace(());
        Ok(failed)
    }

    async fn apply_together(&self, streams: &Streams) -> Result<(), ApplyError> {
        for _ in 1..TRIES {
            match self.apply_once(streams).await {
                Err(ApplyError::Database(error)) if is_contention(&error) => {
                    metrics::counter!("picup_projection_deadlocks_total", "projection" => P::NAME)
                        .increment(1);
                }
                result => return result,
            }
        }
        self.apply_once(streams).await
    }

    async fn apply_once(&self, streams: &Streams) -> Result<(), ApplyError> {
        let names: Vec<StreamId> = streams.keys().copied().collect();
        // What is missing is read before the transaction begins: gates only move forward, so it can only
        // turn out to be more than was needed.
        let reached = gate::reached(&self.pool, &names).await?;
        let unseen: Vec<StreamId> = names
            .iter()
            .copied()
            .filter(|name| !reached.contains_key(&name.id))
            .collect();
        let mut filled = Streams::new();
        for (stream, events) in streams {
            let from = reached.get(&stream.id).copied().unwrap_or(0);
            let events = self.fill(*stream, events, from).await?;
            if !events.is_empty() {
                filled.insert(*stream, events);
            }
        }
        if filled.is_empty() {
            return Ok(());
        }
        let mut connection = self.pool.acquire().await?;
        let mut transaction = connection.begin().await?;
        let mut versions = gate::lock(&mut transaction, &names, &unseen).await?;
        for (stream, events) in &filled {
            let version = versions.entry(stream.id).or_insert(0);
            for recorded in events.values() {
                if recorded.version <= *version {
                    continue;
                }
                let event = recorded.event()?;
                P::apply(&mut transaction, recorded, &event).await?;
                *version = recorded.version;
            }
        }
        gate::advance(&mut transaction, &versions).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// The events of a stream after `from` up to the newest in the batch, without holes.
    async fn fill(
        &self,
        stream: StreamId,
        events: &BTreeMap<u64, RecordedEvent>,
        from: u64,
    ) -> Result<BTreeMap<u64, RecordedEvent>, ApplyError> {
        let mut filled = BTreeMap::new();
        let newest = events.keys().next_back().copied().unwrap_or(0);
        let mut version = from;
        while version < newest {
            if let Some(event) = events.get(&(version + 1)) {
                version += 1;
                filled.insert(version, event.clone());
                continue;
            }
            metrics::counter!("picup_projection_gaps_total", "projection" => P::NAME).increment(1);
            let page = self.log.load(stream, version, PAGE).await?;
            if page.first().map(|event| event.version) != Some(version + 1) {
                let missing = version + 1;
                return Err(ApplyError::Missing {
                    stream: stream.to_string(),
                    version: missing,
                });
            }
            for event in page.into_iter().filter(|event| event.version <= newest) {
                version = event.version;
                filled.insert(version, event);
            }
        }
        Ok(filled)
    }
}

impl<P: Projection> Handler for Projector<P> {
    async fn handle(&self, batch: &[Received]) -> Result<Vec<Verdict>, Paused> {
        let read: Vec<_> = batch
            .iter()
            .map(|received| RecordedEvent::from_envelope(&received.envelope))
            .collect();
        let mut streams = Streams::new();
        for recorded in read.iter().flatten() {
            if P::FOLLOWS.contains(&recorded.stream.category) {
                let events = streams.entry(recorded.stream).or_default();
                events.insert(recorded.version, recorded.clone());
            }
        }
        let failed = if streams.is_empty() {
            BTreeMap::new()
        } else {
            self.apply(&streams).await?
        };
        let verdicts = read.iter().map(|read| match read {
            Err(error) => Verdict::DeadLetter {
                error: error.to_string(),
            },
            Ok(recorded) => failed.get(&recorded.stream).map_or(Verdict::Done, verdict),
        });
        Ok(verdicts.collect())
    }
}

/// Whether the error says nothing about the event: the database is away or contended.
fn is_passing(error: &ApplyError) -> bool {
    match error {
        ApplyError::Database(error) => is_outage(error) || is_contention(error),
        ApplyError::Unreadable(_) | ApplyError::Contradiction(_) | ApplyError::Missing { .. } => {
            false
        }
    }
}

fn paused(error: &ApplyError) -> Paused {
    Paused {
        reason: error.to_string(),
    }
}

fn verdict(error: &ApplyError) -> Verdict {
    let text = error.to_string();
    match error {
        // A replica may lag behind the bus; the retry tiers give it time.
        ApplyError::Database(_) | ApplyError::Missing { .. } => Verdict::Retry { error: text },
        ApplyError::Unreadable(_) | ApplyError::Contradiction(_) => {
            Verdict::DeadLetter { error: text }
        }
    }
}
