use std::time::Duration;

use lapin::{
    Connection, ErrorKind,
    options::{QueueDeclareOptions, QueueDeleteOptions},
    types::FieldTable,
};
use tokio::sync::Mutex;

use crate::{BrokerUrl, BusError, ConsumerSpec, RETRY_TIERS, Topology, broker::within};

const ANSWER_LIMIT: Duration = Duration::from_secs(10);

/// Looks at the queues of consumers, declares them and deletes them, on a connection of its own that is
/// opened when it is needed.
pub struct Queues {
    url: BrokerUrl,
    connection: Mutex<Option<Connection>>,
}

/// What lies in the queues of a consumer. What is in a consumer's hand is not counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Depths {
    /// Messages that wait for the consumer.
    pub waiting: u32,
    /// Messages that wait for another attempt.
    pub retrying: u32,
    /// Messages that were given up on and that nobody has filed yet.
    pub dead_letters: u32,
    /// Instances that work on the queue.
    pub consumers: u32,
}

impl Queues {
    /// The queues on this broker.
    pub fn new(url: BrokerUrl) -> Self {
        Self {
            url,
            connection: Mutex::default(),
        }
    }

    /// Declares and binds the queues of a consumer. Every event that is published afterwards is in them.
    pub async fn declare(&self, consumer: ConsumerSpec) -> Result<(), BusError> {
        Topology::new([consumer]).declare(&self.url).await
    }

    /// What lies in the queues of a consumer; `None` where its work queue does not stand.
    pub async fn depths(&self, consumer: ConsumerSpec) -> Result<Option<Depths>, BusError> {
        let Some((waiting, consumers)) = self.look_at(&consumer.work_queue()).await? else {
            return Ok(None);
        };
        let mut retrying = 0;
        for tier in RETRY_TIERS {
            retrying += self.count(&consumer.retry_queue(tier)).await?;
        }
        Ok(Some(Depths {
            waiting,
            retrying,
            dead_letters: self.count(&consumer.dead_letter_queue()).await?,
            consumers,
        }))
    }

    /// Messages that wait in the work queue of a consumer; `None` where it does not stand.
    pub async fn waiting(&self, consumer: ConsumerSpec) -> Result<Option<u32>, BusError> {
        let looked = self.look_at(&consumer.work_queue()).await?;
        Ok(looked.map(|(waiting, _)| waiting))
    }

    /// Deletes all queues of a consumer with what lies in them, and their bindings with them. Those that do
    /// not stand are deleted already. The work queue goes first, so that nothing is moved while it goes.
    pub async fn delete(&self, consumer: ConsumerSpec) -> Result<(), BusError> {
        let work = consumer.work_queue();
        let mut names = consumer.queue_names();
        names.sort_by_key(|name| *name != work);
        let channel = self.channel().await?;
        for name in names {
            let options = QueueDeleteOptions::default();
            within(ANSWER_LIMIT, channel.queue_delete(name.into(), options)).await?;
        }
        Ok(())
    }

    async fn count(&self, queue: &str) -> Result<u32, BusError> {
        Ok(self.look_at(queue).await?.map_or(0, |(count, _)| count))
    }

    /// How many messages and consumers a queue has; `None` where it is missing. Looking changes nothing, so
    /// where a connection turns out to be broken it is tried once more on another one.
    async fn look_at(&self, queue: &str) -> Result<Option<(u32, u32)>, BusError> {
        match self.look_once(queue).await {
            Err(error) => {
                tracing::debug!(%error, queue, "looking again on another connection");
                self.connection.lock().await.take();
                self.look_once(queue).await
            }
            counts => counts,
        }
    }

    /// On a channel of its own, because the broker closes it where the queue is missing.
    async fn look_once(&self, queue: &str) -> Result<Option<(u32, u32)>, BusError> {
        const NOT_FOUND: u16 = 404;
        let channel = self.channel().await?;
        let options = QueueDeclareOptions::durable().passive();
        let declare = channel.queue_declare(queue.into(), options, FieldTable::default());
        match within(ANSWER_LIMIT, declare).await {
            Ok(queue) => {
                let counts = (queue.message_count(), queue.consumer_count());
                within(ANSWER_LIMIT, channel.close(200, "looked".into())).await?;
                Ok(Some(counts))
            }
            Err(BusError::Refused(error)) if is_protocol_error(&error, NOT_FOUND) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn channel(&self) -> Result<lapin::Channel, BusError> {
        let mut connection = self.connection.lock().await;
        let alive = connection.take_if(|connection| !connection.status().connected());
        drop(alive);
        if connection.is_none() {
            *connection = Some(self.url.connect("picup queues").await?);
        }
        match connection.as_ref() {
            Some(connection) => within(ANSWER_LIMIT, connection.create_channel()).await,
            None => Err(BusError::NoAnswer(ANSWER_LIMIT)),
        }
    }
}

fn is_protocol_error(error: &lapin::Error, code: u16) -> bool {
    matches!(error.kind(), ErrorKind::ProtocolError(refusal) if refusal.get_id() == code)
}
