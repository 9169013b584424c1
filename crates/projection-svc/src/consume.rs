//! From messages to verdicts: what the bus brings is applied, and each message told what became of it.

use std::collections::BTreeMap;

use picup_event_bus::{Handler, Paused, Received, Verdict};
use picup_event_types::{RecordedEvent, StreamId};

use crate::{
    apply::{ApplyError, Projection},
    project::{Failed, Projector, Streams},
};

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
            Ok(recorded) => verdict(recorded, &streams, &failed),
        });
        Ok(verdicts.collect())
    }
}

/// One message stands for a stream that is blocked: that of the event which failed, or if it is not in hand
/// the first one that waits for it. All others are done with, because the log has them.
fn verdict(
    recorded: &RecordedEvent,
    streams: &Streams,
    failed: &BTreeMap<StreamId, Failed>,
) -> Verdict {
    let Some(failure) = failed.get(&recorded.stream) else {
        return Verdict::Done;
    };
    if recorded.version < failure.version {
        return Verdict::Done;
    }
    let error = failure.error.to_string();
    let permanent = is_permanent(&failure.error);
    let Some(event) = &failure.event else {
        return own_verdict(error, permanent);
    };
    if recorded.version == failure.version {
        return own_verdict(error, permanent);
    }
    let waiting = streams[&recorded.stream].range(failure.version..).next();
    if waiting.is_some_and(|(version, _)| *version == recorded.version) {
        return Verdict::Instead {
            event_id: event.event_id,
            body: event.to_envelope(),
            error,
            permanent,
        };
    }
    Verdict::Done
}

fn own_verdict(error: String, permanent: bool) -> Verdict {
    if permanent {
        Verdict::DeadLetter { error }
    } else {
        Verdict::Retry { error }
    }
}

/// Whether trying again cannot help. The database may take later what it did not take now, and a replica may
/// lag behind the bus.
fn is_permanent(error: &ApplyError) -> bool {
    match error {
        ApplyError::Database(_) | ApplyError::Missing { .. } | ApplyError::Moved => false,
        ApplyError::Unreadable(_) | ApplyError::Contradiction(_) => true,
    }
}
