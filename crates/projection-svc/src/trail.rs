//! Goes along the log some way behind the bus and sees that every event has arrived. What has not (a binding was
//! deleted, a queue was lost) is handed to the consumer's queue again, so that it takes the one way that all
//! events take.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use anyhow::Context as _;
use picup_event_bus::{ConsumerSpec, Outgoing, Publisher, Topology};
use picup_event_log::Trace;
use picup_event_types::StreamId;
use sqlx::{Connection as _, MySqlConnection};
use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;

use crate::{
    apply::Projection,
    gate::{self, Known},
    model::{ReadModel, Workplace},
};

/// How often it goes on.
const LOOK: Duration = Duration::from_secs(2);
/// Events looked at with one statement, and at most so many in one batch of messages.
const PAGE: u32 = 1000;

/// Sees to one generation of a read model.
pub struct Trail {
    workplace: Arc<Workplace>,
    model: Arc<ReadModel>,
    consumer: ConsumerSpec,
    publisher: Publisher,
}

impl Trail {
    /// Of a generation, and of the consumer that feeds it.
    pub fn new(workplace: Arc<Workplace>, model: Arc<ReadModel>, consumer: ConsumerSpec) -> Self {
        // Whoever consumes declares the queue; one that was dropped must not come back by this.
        let publisher = Publisher::new(
            workplace.broker.clone(),
            format!("{} trail", consumer.work_queue()),
            Topology::new([]),
        );
        Self {
            workplace,
            model,
            consumer,
            publisher,
        }
    }

    /// Goes on until `stopping`.
    pub async fn run<P: Projection>(self, stopping: CancellationToken) {
        let pause = || stopping.run_until_cancelled(tokio::time::sleep(LOOK));
        while pause().await.is_some() {
            loop {
                match self.page::<P>().await {
                    Ok(true) if !stopping.is_cancelled() => {}
                    Ok(_) => break,
                    Err(error) => {
                        let consumer = self.consumer.work_queue();
                        tracing::warn!(consumer, %error, "it cannot be seen whether all has arrived");
                        break;
                    }
                }
            }
        }
        self.publisher.close().await;
    }

    /// Answers whether there is more to look at now.
    async fn page<P: Projection>(&self) -> anyhow::Result<bool> {
        // What still waits is on its way.
        let waiting = self.workplace.queues.waiting(self.consumer).await?;
        if waiting.is_none_or(|waiting| waiting > 0) {
            return Ok(false);
        }
        let mut connection = self.model.pool.acquire().await?;
        let mut transaction = connection.begin().await?;
        let Some(after) = take(&mut transaction).await? else {
            return Ok(false);
        };
        let page = self.workplace.log.trace(after, PAGE).await?;
        let old_enough = OffsetDateTime::now_utc() - self.workplace.trail_distance;
        let passed = page
            .iter()
            .take_while(|trace| trace.recorded_at <= old_enough);
        let passed: Vec<Trace> = passed.copied().collect();
        let Some(last) = passed.last() else {
            return Ok(false);
        };
        self.hand_again::<P>(&newest::<P>(&passed)).await?;
        sqlx::query("UPDATE trail SET position = ? WHERE id = 1")
            .bind(last.position)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(passed.len() == PAGE as usize)
    }

    /// Hands those to the consumer that it has neither applied nor, its stream being blocked, seen.
    async fn hand_again<P: Projection>(
        &self,
        newest: &BTreeMap<StreamId, u64>,
    ) -> anyhow::Result<()> {
        let streams: Vec<StreamId> = newest.keys().copied().collect();
        let known = gate::known(&self.model.pool, &streams).await?;
        let mut messages = Vec::new();
        for (stream, version) in newest {
            let known = known.get(&stream.id).copied().unwrap_or_default();
            if reaches(known, *version) {
                continue;
            }
            let event = self.workplace.log.load(*stream, version - 1, 1).await?;
            let event = event.first().context("the log has lost an event")?;
            messages.push(Outgoing::to_queue(
                self.consumer.work_queue(),
                event.event_id.to_string(),
                event.to_envelope(),
            ));
        }
        if messages.is_empty() {
            return Ok(());
        }
        let count = messages.len();
        let consumer = self.consumer.work_queue();
        tracing::warn!(
            count,
            consumer,
            "events did not arrive and are handed over again"
        );
        metrics::counter!("picup_trail_handed_again_total", "consumer" => consumer)
            .increment(count as u64);
        for published in self.publisher.publish_batch(&messages).await {
            published?;
        }
        Ok(())
    }
}

fn reaches(known: Known, version: u64) -> bool {
    let seen = known.blocked.map_or(0, |blocked| blocked.seen_up_to);
    known.version.max(seen) >= version
}

/// The newest event of each stream that the projection follows: what comes before it is read from the log.
fn newest<P: Projection>(passed: &[Trace]) -> BTreeMap<StreamId, u64> {
    let mut newest = BTreeMap::new();
    for trace in passed {
        if P::FOLLOWS.contains(&trace.stream.category) {
            let version = newest.entry(trace.stream).or_insert(trace.version);
            *version = trace.version.max(*version);
        }
    }
    newest
}

/// Where the page before has ended; `None` while another instance is at it.
async fn take(connection: &mut MySqlConnection) -> Result<Option<u64>, sqlx::Error> {
    sqlx::query_scalar("SELECT position FROM trail WHERE id = 1 FOR UPDATE SKIP LOCKED")
        .fetch_optional(connection)
        .await
}
