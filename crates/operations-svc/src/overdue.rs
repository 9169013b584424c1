//! Goes along the log some way behind the bus and sees that what reactors are to do is done: that every deleted or
//! abandoned item has been purged, and that somebody has reported on the renditions of every complete one. Where it
//! is not (a binding was deleted, a queue was lost) the event is handed to the reactor's queue again. What
//! projection-svc does for its read models, for the consumers whose effect stands in the log itself.

use std::time::Duration;

use picup_event_bus::{
    BrokerUrl, ConsumerSpec, Outgoing, PURGER, Publisher, Queues, THUMBNAILER, Topology,
    VIDEO_THUMBNAILER,
};
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

/// What reactors are to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Duty {
    /// The purger removes what is deleted or abandoned.
    Purges,
    /// The thumbnailer makes renditions of what is complete.
    Renditions,
}

impl Duty {
    /// The row that says how far it has been seen to.
    fn trail(self) -> u8 {
        match self {
            Self::Purges => 1,
            Self::Renditions => 2,
        }
    }

    /// Who is to do it. Each gets all of it, and leaves what is another's.
    fn consumers(self) -> &'static [ConsumerSpec] {
        match self {
            Self::Purges => &[PURGER],
            Self::Renditions => &[THUMBNAILER, VIDEO_THUMBNAILER],
        }
    }

    /// What is not done among the positions after one up to another.
    async fn undone(
        self,
        log: &LogReader,
        after: u64,
        up_to: u64,
    ) -> Result<Vec<RecordedEvent>, sqlx::Error> {
        match self {
            Self::Purges => {
                let mut unfinished = log.unfinished(after, up_to).await?;
                unfinished.retain(|event| BEGINNINGS.contains(&event.routing_key.as_str()));
                Ok(unfinished)
            }
            Self::Renditions => log.unrendered(after, up_to).await,
        }
    }
}

/// Sees to one duty.
pub struct Overdue {
    duty: Duty,
    pool: MySqlPool,
    log: LogReader,
    queues: Queues,
    publisher: Publisher,
    distance: Duration,
}

impl Overdue {
    /// Remembers in the database of operations how far it is, and looks at events when they are so old.
    pub fn new(
        duty: Duty,
        pool: MySqlPool,
        log: LogReader,
        broker: BrokerUrl,
        distance: Duration,
    ) -> Self {
        Self {
            duty,
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
                        let duty = self.duty;
                        tracing::warn!(%error, ?duty, "it cannot be seen whether all is done");
                        break;
                    }
                }
            }
        }
        self.publisher.close().await;
    }

    /// Answers whether there is more to look at now.
    async fn page(&self) -> anyhow::Result<bool> {
        for consumer in self.duty.consumers() {
            // What still waits is on its way.
            let waiting = self.queues.waiting(*consumer).await?;
            if waiting.is_none_or(|waiting| waiting > 0) {
                return Ok(false);
            }
        }
        let mut connection = self.pool.acquire().await?;
        let mut transaction = connection.begin().await?;
        let Some(after) = take(&mut transaction, self.duty).await? else {
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
        let undone = self.duty.undone(&self.log, after, last.position).await?;
        for consumer in self.duty.consumers() {
            self.hand_again(*consumer, &undone).await?;
        }
        sqlx::query("UPDATE trail SET position = ? WHERE id = ?")
            .bind(last.position)
            .bind(self.duty.trail())
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(passed.len() == PAGE as usize)
    }

    async fn hand_again(
        &self,
        consumer: ConsumerSpec,
        undone: &[RecordedEvent],
    ) -> anyhow::Result<()> {
        let messages: Vec<Outgoing> = undone
            .iter()
            .map(|event| {
                let message_id = event.event_id.to_string();
                Outgoing::to_queue(consumer.work_queue(), message_id, event.to_envelope())
            })
            .collect();
        if messages.is_empty() {
            return Ok(());
        }
        let count = messages.len();
        let consumer = consumer.work_queue();
        tracing::warn!(
            count,
            consumer,
            "what is to be done is overdue, and its events are handed over again"
        );
        metrics::counter!("picup_trail_handed_again_total", "consumer" => consumer)
            .increment(count as u64);
        for published in self.publisher.publish_batch(&messages).await {
            published?;
        }
        Ok(())
    }
}

/// Where the page before has ended; `None` while another instance is at it.
async fn take(connection: &mut MySqlConnection, duty: Duty) -> Result<Option<u64>, sqlx::Error> {
    sqlx::query_scalar("SELECT position FROM trail WHERE id = ? FOR UPDATE SKIP LOCKED")
        .bind(duty.trail())
        .fetch_optional(connection)
        .await
}
