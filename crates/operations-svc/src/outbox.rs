//! How much waits in the outbox, and whether anything found no queue.

use std::time::Duration;

use picup_event_bus::Publisher;
use picup_event_log::Outbox;
use picup_proto::operations::v1::OutboxStatus;
use picup_service::micros;
use time::OffsetDateTime;
use tokio::time::timeout;

/// How long the broker may take to say how many events lie unrouted.
const BROKER_PATIENCE: Duration = Duration::from_secs(2);

/// Measures the outbox.
pub struct OutboxGauge {
    outbox: Outbox,
    publisher: Publisher,
}

impl OutboxGauge {
    /// Measures this outbox, and the unrouted queue of the broker that the publisher knows.
    pub fn new(outbox: Outbox, publisher: Publisher) -> Self {
        Self { outbox, publisher }
    }

    /// How it stands now. A broker that is down is no reason not to answer: that is when an operator asks.
    pub async fn status(&self) -> Result<OutboxStatus, sqlx::Error> {
        let backlog = self.outbox.backlog().await?;
        let unrouted = timeout(BROKER_PATIENCE, self.publisher.unrouted_count()).await;
        let age = backlog.oldest.map_or(0, |oldest| {
            (OffsetDateTime::now_utc() - oldest).whole_microseconds()
        });
        Ok(OutboxStatus {
            waiting: backlog.events,
            oldest_recorded_at_micros: backlog.oldest.map(micros),
            oldest_age_micros: u64::try_from(age).unwrap_or(0),
            unrouted: unrouted.ok().and_then(Result::ok).map(u64::from),
        })
    }
}
