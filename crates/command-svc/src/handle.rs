//! Load → decide → append: the one way in which anything changes.

use std::{sync::Arc, time::Duration};

use moka::future::Cache;
use picup_domain::{Decide, State, Versioned, View};
use picup_event_log::{Alongside, Append, AppendError, EventLog, Snapshot, StreamAppend};
use picup_event_types::{Category, Event, RecordedEvent, StreamId};
use uuid::Uuid;

mod context;
mod lock;
mod outcome;
mod turns;

use turns::Turns;

pub use context::Context;
pub use lock::{Held, Locks};
pub use outcome::{Effect, HandleError, Handled};

/// Streams held in memory, at most.
const CACHED: u64 = 20_000;
/// Decisions on fresh states before a command that always collides is told to come back.
const TRIES: u32 = 10;
/// Looks for a command whose commit was ambiguous before its sender is asked to try again.
const LOOKS: u32 = 5;
/// Events read at once while a state is folded.
const PAGE: u32 = 1000;
/// A stream gets a snapshot each time it has grown by so many events.
const SNAPSHOT_EVERY: u64 = 100;

/// Runs commands. Cheap to clone.
#[derive(Clone)]
pub struct Handler {
    log: EventLog,
    states: Cache<StreamId, Arc<Versioned>>,
    turns: Arc<Turns>,
    locks: Option<Locks>,
}

impl Handler {
    /// Runs commands against a log.
    pub fn new(log: EventLog) -> Self {
        let states = Cache::builder().max_capacity(CACHED).build();
        Self {
            log,
            states,
            turns: Arc::default(),
            locks: None,
        }
    }

    /// Has rivals in other processes wait for each other too.
    #[must_use]
    pub fn with_locks(self, locks: Option<Locks>) -> Self {
        Self { locks, ..self }
    }

    /// Runs a command: it is done exactly once, however often it is sent.
    pub async fn handle<C: Decide>(
        &self,
        context: &Context,
        command: &C,
    ) -> Result<Handled, HandleError> {
        self.run(context, command, None).await
    }

    /// Runs a command whose events must not be there without other rows.
    pub async fn handle_alongside<C: Decide>(
        &self,
        context: &Context,
        command: &C,
        alongside: Arc<dyn Alongside>,
    ) -> Result<Handled, HandleError> {
        self.run(context, command, Some(alongside)).await
    }

    /// What an earlier sending of a command did, if it did anything.
    pub async fn repeated<C: Decide>(
        &self,
        context: &Context,
    ) -> Result<Option<Handled>, HandleError> {
        self.earlier(context.scoped_command_id(C::NAME)).await
    }

    /// The present state of a stream.
    pub async fn load(&self, stream: StreamId) -> Result<Versioned, HandleError> {
        let cached = self.states.get(&stream).await;
        let mut versioned = match cached {
            Some(cached) => Arc::unwrap_or_clone(cached),
            None => self.load_snapshot(stream).await?,
        };
        loop {
            let events = self
                .log
                .reader()
                .load(stream, versioned.version, PAGE)
                .await?;
            for recorded in &events {
                let event = recorded
                    .event()
                    .map_err(|e| HandleError::Broken(e.to_string()))?;
                versioned.apply(&event);
            }
            if events.len() < PAGE as usize {
                return Ok(versioned);
            }
        }
    }

    #[tracing::instrument(name = "command", skip_all, fields(command = C::NAME, correlation = %context.correlation))]
    async fn run<C: Decide>(
        &self,
        context: &Context,
        command: &C,
        alongside: Option<Arc<dyn Alongside>>,
    ) -> Result<Handled, HandleError> {
        let command_id = context.scoped_command_id(C::NAME);
        let streams = command.streams();
        // Rivals for one ledger queue up here, first those of this process, instead of colliding in the log.
        // It is for speed only.
        let _turn = self.turns.wait_for(&streams).await;
        let _lock = match &self.locks {
            Some(locks) => locks.acquire(&streams).await,
            None => None,
        };
        for attempt in 0..TRIES {
            let view = self.view(&streams).await?;
            let decision = match command.decide(&view) {
                Ok(decision) => decision,
                Err(refusal) => {
                    return self
                        .earlier(command_id)
                        .await?
                        .ok_or(HandleError::Refused(refusal));
                }
            };
            if decision.is_empty() {
                let streams = view
                    .streams()
                    .map(|(stream, state)| (stream, state.version));
                return Ok(Handled {
                    streams: streams.collect(),
                    effect: Effect::Nothing,
                });
            }
            let append = append(context, command_id, &view, decision.clone())?;
            let appended = match &alongside {
                None => self.log.append(append).await,
                Some(rows) => self.log.append_alongside(append, rows.clone()).await,
            };
            match appended {
                Ok(streams) => {
                    self.remember(view, &decision).await;
                    return Ok(Handled {
                        streams,
                        effect: Effect::Appended,
                    });
                }
                Err(AppendError::Conflict) => back_off(attempt).await,
                Err(AppendError::Repeated) => {
                    let missing =
                        || HandleError::Broken("a repeated command left no events".into());
                    return self.earlier(command_id).await?.ok_or_else(missing);
                }
                Err(AppendError::Taken(key)) => {
                    return self
                        .earlier(command_id)
                        .await?
                        .ok_or(HandleError::Taken(key));
                }
                Err(AppendError::Unavailable(error)) => {
                    return self.look_after_outage(command_id, error).await;
                }
                Err(AppendError::Rejected(reason)) => {
                    return Err(HandleError::Broken(reason.to_owned()));
                }
            }
        }
        Err(HandleError::Contended)
    }

    async fn view(&self, streams: &[StreamId]) -> Result<View, HandleError> {
        let mut view = View::default();
        for stream in streams {
            view.insert(*stream, self.load(*stream).await?);
        }
        Ok(view)
    }

    async fn load_snapshot(&self, stream: StreamId) -> Result<Versioned, HandleError> {
        // Only ledgers grow long; looking for snapshots of the others would cost more than it saves.
        if stream.category != Category::Ledger {
            return Ok(Versioned::empty(stream.category));
        }
        let snapshot = self.log.load_snapshot(stream, State::SCHEMA).await?;
        let restored = snapshot.and_then(|snapshot| {
            let state = serde_json::from_slice(&snapshot.state).ok()?;
            Some(Versioned {
                state,
                version: snapshot.version,
            })
        });
        Ok(restored.unwrap_or_else(|| Versioned::empty(stream.category)))
    }

    /// What an earlier sending of the command did, if it did anything.
    async fn earlier(&self, command_id: Uuid) -> Result<Option<Handled>, HandleError> {
        let events = self.log.reader().find_command(command_id).await?;
        if events.is_empty() {
            return Ok(None);
        }
        Ok(Some(Handled {
            streams: reached(&events),
            effect: Effect::Repeated,
        }))
    }

    /// The connection broke, perhaps after the commit: only the log can say whether it took the command.
    async fn look_after_outage(
        &self,
        command_id: Uuid,
        outage: Arc<sqlx::Error>,
    ) -> Result<Handled, HandleError> {
        for attempt in 0..LOOKS {
            back_off(attempt).await;
            if let Ok(found) = self.earlier(command_id).await {
                return found.ok_or(HandleError::Unavailable(outage));
            }
        }
        Err(HandleError::Unavailable(outage))
    }

    async fn remember(&self, mut view: View, decision: &[(StreamId, Vec<Event>)]) {
        for (stream, events) in decision {
            view.apply(*stream, events);
        }
        for (stream, versioned) in view.streams() {
            self.states
                .insert(stream, Arc::new(versioned.clone()))
                .await;
            self.snapshot_if_due(stream, versioned, decision);
        }
    }

    fn snapshot_if_due(
        &self,
        stream: StreamId,
        versioned: &Versioned,
        decision: &[(StreamId, Vec<Event>)],
    ) {
        let grown = decision.iter().any(|(grown, _)| *grown == stream);
        if stream.category != Category::Ledger
            || !grown
            || !versioned.version.is_multiple_of(SNAPSHOT_EVERY)
        {
            return;
        }
        let Ok(state) = serde_json::to_vec(&versioned.state) else {
            return;
        };
        let snapshot = Snapshot {
            version: versioned.version,
            state,
        };
        let log = self.log.clone();
        tokio::spawn(async move {
            if let Err(error) = log.save_snapshot(stream, State::SCHEMA, &snapshot).await {
                tracing::warn!(%stream, %error, "no snapshot was kept; loading takes longer");
            }
        });
    }
}

fn append(
    context: &Context,
    command_id: Uuid,
    view: &View,
    decision: Vec<(StreamId, Vec<Event>)>,
) -> Result<Append, HandleError> {
    let streams = decision.into_iter().map(|(stream, events)| {
        let unnamed = || HandleError::Broken(format!("{stream} was not named by the command"));
        let expected_version = view.version(stream).ok_or_else(unnamed)?;
        Ok(StreamAppend {
            stream,
            expected_version,
            events,
        })
    });
    Ok(Append {
        command_id,
        metadata: context.metadata(command_id),
        streams: streams.collect::<Result<_, HandleError>>()?,
    })
}

fn reached(events: &[RecordedEvent]) -> Vec<(StreamId, u64)> {
    let mut streams: Vec<(StreamId, u64)> = Vec::new();
    for event in events {
        match streams
            .iter_mut()
            .find(|(stream, _)| *stream == event.stream)
        {
            Some((_, version)) => *version = (*version).max(event.version),
            None => streams.push((event.stream, event.version)),
        }
    }
    streams
}

/// Waits a little longer each time, and never as long as the rival waits.
async fn back_off(attempt: u32) {
    let most = 4 << attempt.min(7);
    let chance = Uuid::new_v4().as_u128() % most;
    tokio::time::sleep(Duration::from_millis(
        1 + u64::try_from(chance).unwrap_or(0),
    ))
    .await;
}
