use std::time::Duration;

use futures::{FutureExt as _, StreamExt as _};
use lapin::{
    Channel, Connection, Consumer,
    message::Delivery,
    options::{BasicAckOptions, BasicConsumeOptions, BasicQosOptions},
    types::FieldTable,
};

use crate::{BrokerUrl, BusError, ConsumerSettings, ConsumerSpec, Topology, broker::within};

const ANSWER_LIMIT: Duration = Duration::from_secs(10);

/// One connection that messages come on, from its opening to its first trouble.
pub(crate) struct Subscription {
    deliveries: Consumer,
    channel: Channel,
    connection: Connection,
}

impl Subscription {
    /// Declares the consumer's queues and subscribes to its work queue.
    pub(crate) async fn open(settings: &ConsumerSettings, prefetch: u16) -> Result<Self, BusError> {
        let queue = settings.spec.work_queue();
        let connection = settings.url.connect(&queue).await?;
        let channel = within(ANSWER_LIMIT, connection.create_channel()).await?;
        Topology::new([settings.spec]).declare_on(&channel).await?;
        Self::subscribe(connection, channel, &queue, prefetch).await
    }

    /// Declares the consumer's queues and bindings again, in case somebody has deleted one.
    pub(crate) async fn declare(&self, spec: ConsumerSpec) -> Result<(), BusError> {
        Topology::new([spec]).declare_on(&self.channel).await
    }

    /// Subscribes to a queue that somebody else declares.
    pub(crate) async fn to_existing(
        url: &BrokerUrl,
        queue: &str,
        prefetch: u16,
    ) -> Result<Self, BusError> {
        let connection = url.connect(queue).await?;
        let channel = within(ANSWER_LIMIT, connection.create_channel()).await?;
        Self::subscribe(connection, channel, queue, prefetch).await
    }

    async fn subscribe(
        connection: Connection,
        channel: Channel,
        queue: &str,
        prefetch: u16,
    ) -> Result<Self, BusError> {
        // Without it (and 0 is without) the broker sends everything it has, into a buffer of lapin's
        // that has no limit.
        let prefetch = channel.basic_qos(prefetch.max(1), BasicQosOptions::default());
        within(ANSWER_LIMIT, prefetch).await?;
        let deliveries = channel.basic_consume(
            queue.into(),
            "".into(),
            BasicConsumeOptions::default(),
            FieldTable::default(),
        );
        let deliveries = within(ANSWER_LIMIT, deliveries).await?;
        Ok(Self {
            deliveries,
            channel,
            connection,
        })
    }

    /// Waits for a message and takes with it what else has arrived already, but never waits for
    /// more. Loses nothing when dropped while waiting.
    pub(crate) async fn next_batch(&mut self, limit: usize) -> Result<Vec<Delivery>, BusError> {
        let mut next = self.deliveries.next().await;
        let mut batch = Vec::new();
        loop {
            batch.push(next.ok_or(BusError::Unsubscribed)??);
            if batch.len() >= limit {
                return Ok(batch);
            }
            match self.deliveries.next().now_or_never() {
                Some(further) => next = further,
                None => return Ok(batch),
            }
        }
    }

    /// Acks a message and all that came before it.
    pub(crate) async fn ack_up_to(&self, delivery: &Delivery) -> Result<(), BusError> {
        let ack = delivery.acker.ack(BasicAckOptions { multiple: true });
        if within(ANSWER_LIMIT, ack).await? {
            Ok(())
        } else {
            Err(BusError::StaleAck)
        }
    }

    /// Whether what came on it can still be acked.
    pub(crate) fn is_alive(&self) -> bool {
        self.channel.status().connected()
    }

    /// Gives back what was prefetched.
    pub(crate) async fn close(self) {
        let _ = within(ANSWER_LIMIT, self.connection.close(200, "stopping".into())).await;
    }
}
