//! Goes along the log some way behind the bus and sees that every deleted or abandoned item has been purged. Where
//! it has not (a binding was deleted, a queue was lost) the event is handed to the purger's queue again. What
//! projection-svc does for its read models, for the one consumer whose effect stands in the log itself.

use std::time::Duration;

use picup_event_bus::{BrokerUrl, Outgoing, PURGER, Publisher, Queues, Topology};
use picup_event_log::{LogReader, Trace};
use picup_event_types::RecordedEvent;
use sqlx::{Connection as _, MySqlConnection, MySqlPool};
use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;

/// How often it goes on.
const LOOK: Duration = Duration::from_secs(2);
/// Events looked at with one statement, and at most so many in one batch of messages.
const PAGE: u32 = 1000;
/// What ends an upload or an item, and begins its purge.
const BEGINNINGS: [&str; 2] = ["media.UploadAbandoned", "media.MediaDeleted"];

/// Sees to the purges.
pub struct Overdue {
    pool: MySqlPool,
    log: LogReader,
    queues: Queues,
    publisher: Publisher,
    distance: Duration,
}

impl Overdue {
    /// Remembers in the database of operations how far it is, and looks at events when they are so old.
    pub fn new(pool: MySqlPool, log: LogReader, broker: BrokerUrl, distance: Duration) -> Self {
        Self {
            pool,
            log,
            queues: Queues::new(broker.clone()),
            publisher: Publisher::new(broker, "operations overdue", Topology::new([])),
            distance,
        }
    }

    /// Goes on until `stopping`.
    pub async fn run(self, stopping: CancellationToken) {
        let pause = || stopping.run_until_cancelled(tokio::time::sleep(LOOK));
        while pause().await.is_some() {
            loop {
                match self.page().await {
                    Ok(true) if !stopping.is_cancelled() => {}
                    Ok(_) => break,
                    Err(error) => {
                        tracing::warn!(%error, "it cannot be seen whether all is purged");
                        break;
                    }
                }
            }
        }
        self.publisher.close().await;
    }

    /// Answers whether there is more to look at now.
    async fn page(&self) -> anyhow::Result<bool> {
        // What still waits is on its way.
        let waiting = self.queues.waiting(PURGER).await?;
        if waiting.is_none_or(|waiting| waiting > 0) {
            return Ok(false);
        }
        let mut connection = self.pool.acquire().await?;
        let mut transaction = connection.begin().await?;
        let Some(after) = take(&mut transaction).await? else {
            return Ok(false);
        };
        let page = self.log.trace(after, PAGE).await?;
        let old_enough = OffsetDateTime::now_utc() - self.distance;
        let passed = page
            .iter()
            .take_while(|trace| trace.recorded_at <= old_enough);
        let passed: Vec<Trace> = passed.copied().collect();
        let Some(last) = passed.last() else {
            return Ok(false);
        };
        let unfinished = self.log.unfinished(after, last.position).await?;
        self.hand_again(&unfinished).await?;
        sqlx::query("UPDATE trail SET position = ? WHERE id = 1")
            .bind(last.position)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(passed.len() == PAGE as usize)
    }

    async fn hand_again(&self, unfinished: &[RecordedEvent]) -> anyhow::Result<()> {
        let unpurged = unfinished.iter();
        let unpurged = unpurged.filter(|event| BEGINNINGS.contains(&event.routing_key.as_str()));
        let messages: Vec<Outgoing> = unpurged
            .map(|event| {
                let message_id = event.event_id.to_string();
                Outgoing::to_queue(PURGER.work_queue(), message_id, event.to_envelope())
            })
            .collect();
        if messages.is_empty() {
            return Ok(());
        }
        let count = messages.len();
        tracing::warn!(
            count,
            "purges are overdue and their events handed over again"
        );
        let consumer = PURGER.work_queue();
        metrics::counter!("picup_trail_handed_again_total", "consumer" => consumer)
            .increment(count as u64);
        for published in self.publisher.publish_batch(&messages).await {
            published?;
        }
        Ok(())
    }
}

/// Where the page before has ended; `None` while another instance is at it.
async fn take(connection: &mut MySqlConnection) -> Result<Option<u64>, sqlx::Error> {
    sqlx::query_scalar("SELECT position FROM trail WHERE id = 1 FOR UPDATE SKIP LOCKED")
        .fetch_optional(connection)
        .await
}
