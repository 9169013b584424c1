//! Brings one stream up to date from the log alone: after its failed event was mended, or to find out where
//! it fails.

use picup_event_bus::Paused;
use picup_event_log::is_contention;
use picup_event_types::{RecordedEvent, StreamId};
use sqlx::{Connection as _, MySqlConnection};

use crate::{
    apply::{ApplyError, Projection},
    blocked,
    gate::{self, Known},
    project::{Failed, PAGE, Projector, TRIES, count_deadlock},
};

/// How far one transaction has come.
enum Reached {
    End,
    More,
}

/// Why one transaction was rolled back.
enum Trouble {
    /// An event cannot be applied.
    Event(Box<Failed>),
    /// Nothing is known to be wrong with any event.
    Passing(ApplyError),
}

impl<P: Projection> Projector<P> {
    /// Applies a stream up to `seen`, and further if more was remembered of it. Where an event fails, what
    /// comes before it is applied and the stream is blocked there; where none does, it is blocked no longer.
    pub async fn catch_up(&self, stream: StreamId, seen: u64) -> Result<Option<Failed>, Paused> {
        let mut failed = None;
        let mut tries = 0;
        while tries < TRIES {
            match self.apply_page(stream, seen, &mut failed).await {
                Ok(Reached::End) => {
                    self.announce();
                    blocked::measure(&self.pool, P::NAME).await;
                    return Ok(failed);
                }
                Ok(Reached::More) => tries = 0,
                Err(Trouble::Event(failure)) => {
                    tries += 1;
                    failed = Some(*failure);
                }
                Err(Trouble::Passing(ApplyError::Database(error))) if is_contention(&error) => {
                    count_deadlock::<P>();
                    tries += 1;
                }
                Err(Trouble::Passing(ApplyError::Moved)) => tries += 1,
                Err(Trouble::Passing(error)) => return Err(error.into()),
            }
        }
        Err(ApplyError::Moved.into())
    }

    /// One page, one transaction.
    async fn apply_page(
        &self,
        stream: StreamId,
        seen: u64,
        failed: &mut Option<Failed>,
    ) -> Result<Reached, Trouble> {
        let known = gate::known(&self.pool, &[stream]).await?;
        let known = known.get(&stream.id).copied();
        let before = known.unwrap_or_default();
        // Another instance may have got over it meanwhile.
        failed.take_if(|failed| failed.version <= before.version);
        let target = before
            .blocked
            .map_or(seen, |blocked| blocked.seen_up_to.max(seen));
        let end = failed.as_ref().map_or(target, |failed| failed.version - 1);
        let mut page = self.log.load(stream, before.version, PAGE).await?;
        page.retain(|event| event.version <= end);
        let next = before.version + 1;
        if before.version < end && page.first().map(|event| event.version) != Some(next) {
            return Err(Trouble::Event(Box::new(Failed {
                version: next,
                error: ApplyError::missing(stream, next),
                event: None,
            })));
        }
        let is_known_to_log = failed.as_ref().is_none_or(|failed| failed.event.is_some());
        if known.is_none() && end == 0 && !is_known_to_log {
            // The log knows no such stream: nothing may be left of a message that only claims it.
            return Ok(Reached::End);
        }
        let unseen = if known.is_none() {
            vec![stream]
        } else {
            Vec::new()
        };
        let mut connection = self.pool.acquire().await?;
        let mut transaction = connection.begin().await?;
        let locked = gate::lock(&mut transaction, &[stream], &unseen).await?;
        if locked.get(&stream.id).copied().unwrap_or_default() != before {
            return Err(Trouble::Passing(ApplyError::Moved));
        }
        let version = apply_all::<P>(&mut transaction, stream, before, &page).await?;
        let reached = if version < end {
            Reached::More
        } else {
            Reached::End
        };
        if let Reached::End = reached {
            match failed.as_ref().filter(|failed| failed.event.is_some()) {
                Some(failed) => {
                    let error = failed.error.to_string();
                    blocked::block(&mut transaction, stream, failed.version, target, &error)
                        .await?;
                }
                None if before.blocked.is_some() => {
                    blocked::unblock(&mut transaction, stream).await?;
                }
                None => {}
            }
        }
        transaction.commit().await?;
        Ok(reached)
    }
}

/// Applies events that follow each other, except for those that an operator has discarded, and moves the gate.
async fn apply_all<P: Projection>(
    transaction: &mut MySqlConnection,
    stream: StreamId,
    before: Known,
    events: &[RecordedEvent],
) -> Result<u64, Trouble> {
    let skips = blocked::skips(transaction, stream, before.version).await?;
    let mut version = before.version;
    for recorded in events {
        if !skips.contains(&recorded.version) {
            let applied = match recorded.event() {
                Ok(event) => P::apply(transaction, recorded, &event).await,
                Err(error) => Err(error.into()),
            };
            applied.map_err(|error| trouble(recorded, error))?;
        }
        version = recorded.version;
    }
    gate::advance(transaction, &[(stream.id, version)].into()).await?;
    Ok(version)
}

fn trouble(recorded: &RecordedEvent, error: ApplyError) -> Trouble {
    if error.is_passing() {
        return Trouble::Passing(error);
    }
    Trouble::Event(Box::new(Failed {
        version: recorded.version,
        error,
        event: Some(recorded.clone()),
    }))
}

impl From<sqlx::Error> for Trouble {
    fn from(error: sqlx::Error) -> Self {
        Self::Passing(error.into())
    }
}
