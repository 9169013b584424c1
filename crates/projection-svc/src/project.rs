//! From the events of a batch to rows: one batch, one transaction, and a stream that fails is blocked alone.

use std::{collections::BTreeMap, marker::PhantomData};

use picup_event_bus::Paused;
use picup_event_log::{LogReader, is_contention};
use picup_event_types::{RecordedEvent, StreamId};
use sqlx::{Connection as _, MySqlPool};
use tokio::sync::watch;

use crate::{
    apply::{ApplyError, Projection},
    blocked,
    gate::{self, Known},
    sabotage,
};

/// Events read from the log at once.
pub(crate) const PAGE: u32 = 500;
/// Tries of a transaction that lost against another instance's.
pub(crate) const TRIES: u32 = 5;

/// The events of each stream that a batch brought, in order of version.
pub type Streams = BTreeMap<StreamId, BTreeMap<u64, RecordedEvent>>;

/// The first event of a stream that could not be applied. Those before it are.
#[derive(Debug)]
pub struct Failed {
    /// Its version.
    pub version: u64,
    /// Why.
    pub error: ApplyError,
    /// As it stands in the log: its stream is blocked now. `None` if the log does not hold it, and then
    /// nothing is blocked: the message is at fault and not the stream.
    pub event: Option<RecordedEvent>,
}

/// Applies events to one generation of a read model.
pub struct Projector<P> {
    pub(crate) pool: MySqlPool,
    pub(crate) log: LogReader,
    applied: watch::Sender<()>,
    projection: PhantomData<P>,
}

/// What a batch means for one stream.
enum Step {
    /// These come next.
    Apply(BTreeMap<u64, RecordedEvent>),
    /// It is blocked, and this is the newest that was seen of it.
    Remember(u64),
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

    /// Applies a batch and answers which streams failed, and where. Streams that fail together are tried one
    /// by one, so that a single bad event does not hold up the others.
    pub async fn apply(&self, streams: &Streams) -> Result<BTreeMap<StreamId, Failed>, Paused> {
        let mut failed = BTreeMap::new();
        let alone = match self.apply_together(streams).await {
            Ok(probes) => probes,
            Err(error) if error.is_passing() => return Err(error.into()),
            Err(_) => streams.keys().copied().collect(),
        };
        for stream in alone {
            if let Some(failure) = self.apply_alone(stream, &streams[&stream]).await? {
                failed.insert(stream, failure);
            }
        }
        self.applied.send_replace(());
        Ok(failed)
    }

    /// Tells those who wait that something was applied.
    pub(crate) fn announce(&self) {
        self.applied.send_replace(());
    }

    async fn apply_alone(
        &self,
        stream: StreamId,
        events: &BTreeMap<u64, RecordedEvent>,
    ) -> Result<Option<Failed>, Paused> {
        let newest = events.keys().next_back().copied().unwrap_or(0);
        let alone = Streams::from([(stream, events.clone())]);
        match self.apply_together(&alone).await {
            Ok(probes) if probes.is_empty() => Ok(None),
            Ok(_) => self.catch_up(stream, newest).await,
            Err(error) if error.is_passing() => Err(error.into()),
            // The log has the last word over what the bus brought.
            Err(first) => Ok(self.catch_up(stream, newest).await?.map(|failed| {
                let error = match failed.event {
                    Some(_) => failed.error,
                    None => first,
                };
                Failed { error, ..failed }
            })),
        }
    }

    /// Answers which streams were left out because they are blocked by an event that is in this batch: they
    /// are to be tried again from the log.
    async fn apply_together(&self, streams: &Streams) -> Result<Vec<StreamId>, ApplyError> {
        for _ in 1..TRIES {
            match self.apply_once(streams).await {
                Err(ApplyError::Moved) => {}
                Err(ApplyError::Database(error)) if is_contention(&error) => count_deadlock::<P>(),
                result => return result,
            }
        }
        self.apply_once(streams).await
    }

    async fn apply_once(&self, streams: &Streams) -> Result<Vec<StreamId>, ApplyError> {
        let names: Vec<StreamId> = streams.keys().copied().collect();
        // What is missing is read before the transaction begins: gates only move forward, so it can only
        // turn out to be more than was needed.
        let known = gate::known(&self.pool, &names).await?;
        let mut probes = Vec::new();
        let mut steps = Vec::new();
        for (stream, events) in streams {
            let known = sabotage::known(known.get(&stream.id).copied().unwrap_or_default(), events);
            match known.blocked {
                Some(blocked) if events.contains_key(&blocked.failed_version) => {
                    probes.push(*stream);
                }
                Some(_) => {
                    let newest = events.keys().next_back().copied().unwrap_or(0);
                    steps.push((*stream, known, Step::Remember(newest)));
                }
                None => {
                    let events = self.fill(*stream, events, known.version).await?;
                    if !events.is_empty() {
                        steps.push((*stream, known, Step::Apply(events)));
                    }
                }
            }
        }
        self.take(&steps).await?;
        Ok(probes)
    }

    /// Takes all steps in one transaction.
    async fn take(&self, steps: &[(StreamId, Known, Step)]) -> Result<(), ApplyError> {
        if steps.is_empty() {
            return Ok(());
        }
        let names: Vec<StreamId> = steps.iter().map(|(stream, ..)| *stream).collect();
        let unseen = steps.iter().filter(|(_, known, _)| known.version == 0);
        let unseen: Vec<StreamId> = unseen.map(|(stream, ..)| *stream).collect();
        let mut connection = self.pool.acquire().await?;
        let mut transaction = connection.begin().await?;
        let locked = gate::lock(&mut transaction, &names, &unseen).await?;
        let mut versions = BTreeMap::new();
        for (stream, known, step) in steps {
            let now = locked.get(&stream.id).copied().unwrap_or_default();
            if now.blocked.is_some() != known.blocked.is_some() {
                return Err(ApplyError::Moved);
            }
            match step {
                Step::Remember(newest) => {
                    blocked::remember(&mut transaction, *stream, *newest).await?;
                }
                Step::Apply(events) => {
                    let mut version = now.version;
                    for recorded in events
                        .values()
                        .filter(|event| event.version > now.version || sabotage::skips_gate())
                    {
                        let event = recorded.event()?;
                        P::apply(&mut transaction, recorded, &event).await?;
                        version = recorded.version;
                    }
                    versions.insert(stream.id, version);
                }
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
                return Err(ApplyError::missing(stream, version + 1));
            }
            for event in page.into_iter().filter(|event| event.version <= newest) {
                version = event.version;
                filled.insert(version, event);
            }
        }
        Ok(filled)
    }
}

pub(crate) fn count_deadlock<P: Projection>() {
    metrics::counter!("picup_projection_deadlocks_total", "projection" => P::NAME).increment(1);
}
