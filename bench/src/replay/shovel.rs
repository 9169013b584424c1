use std::time::{Duration, Instant};

use anyhow::Context as _;
use lapin::{
    Channel, Connection, ConnectionProperties,
    options::QueueDeclareOptions,
    types::{AMQPValue, FieldTable},
};
use picup_event_bus::{ALBUM_LISTINGS, Outgoing, Publisher, Topology};

use crate::{sample, servers::Servers};

const QUEUE: &str = "bench.shovelled";
const PATIENCE: Duration = Duration::from_mins(2);
const LOOK: Duration = Duration::from_millis(2);
const AT_ONCE: usize = 1000;

/// A quorum queue as the dead-letter queue is one, and the broker's plugin that empties it.
pub struct Shovel {
    channel: Channel,
    publisher: Publisher,
    /// Closed when it is dropped.
    _connection: Connection,
}

/// What the queue said of itself.
struct Look {
    /// Those that nobody has in hand.
    messages: u32,
    consumers: u32,
}

impl Shovel {
    /// Declares the queue.
    pub async fn prepare(url: &str) -> anyhow::Result<Self> {
        let connection = Connection::connect(url, ConnectionProperties::default()).await?;
        let channel = connection.create_channel().await?;
        let mut arguments = FieldTable::default();
        let quorum = AMQPValue::LongString("quorum".into());
        arguments.insert("x-queue-type".into(), quorum);
        let options = QueueDeclareOptions::durable();
        channel
            .queue_declare(QUEUE.into(), options, arguments)
            .await?;
        Ok(Self {
            channel,
            publisher: Publisher::new(url.parse()?, "bench", Topology::new([ALBUM_LISTINGS])),
            _connection: connection,
        })
    }

    /// Fills the queue and has it moved. What ordering the shovel takes is not counted.
    pub async fn round(
        &self,
        servers: &Servers,
        vhost: &str,
        letters: u32,
    ) -> anyhow::Result<Duration> {
        let messages = sample::albums_created(letters);
        let messages = messages.map(|event| {
            Outgoing::to_queue(QUEUE, event.event_id.to_string(), event.to_envelope())
        });
        let messages: Vec<Outgoing> = messages.collect();
        for batch in messages.chunks(AT_ONCE) {
            for published in self.publisher.publish_batch(batch).await {
                published?;
            }
        }
        let waiting = self.look().await?.messages;
        anyhow::ensure!(waiting == letters, "the queue is not full");
        let work = ALBUM_LISTINGS.work_queue();
        let ordered = servers.shovel(vhost, QUEUE, &work);
        let (ordered, moved) = tokio::join!(ordered, self.watch(letters));
        ordered?;
        moved
    }

    /// From the first message that is gone until the shovel has acked the last, as a replay ends when its last
    /// letter is recorded: the queue does not count what a consumer holds, but a shovel leaves only with empty hands.
    async fn watch(&self, letters: u32) -> anyhow::Result<Duration> {
        let begin = Instant::now();
        let mut start = begin;
        loop {
            let queue = self.look().await?;
            if queue.messages == letters {
                start = Instant::now();
            } else if queue.messages == 0 && queue.consumers == 0 {
                return Ok(start.elapsed());
            }
            anyhow::ensure!(begin.elapsed() < PATIENCE, "it is not moved in time");
            tokio::time::sleep(LOOK).await;
        }
    }

    async fn look(&self) -> anyhow::Result<Look> {
        let passive = QueueDeclareOptions::durable().passive();
        let queue = self
            .channel
            .queue_declare(QUEUE.into(), passive, FieldTable::default())
            .await
            .context("the queue is gone")?;
        Ok(Look {
            messages: queue.message_count(),
            consumers: queue.consumer_count(),
        })
    }
}
