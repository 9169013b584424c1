use lapin::{
    Channel, Connection, ConnectionProperties,
    options::{ConfirmSelectOptions, QueueDeclareOptions, QueuePurgeOptions},
    types::FieldTable,
};
use picup_event_bus::{ALBUM_LISTINGS, CONSUMERS, STORAGE_USAGE, Topology};

/// The consumers that are bound for the events of these rounds.
const BOUND: [picup_event_bus::ConsumerSpec; 2] = [STORAGE_USAGE, ALBUM_LISTINGS];

/// A bare connection to a broker host where our topology stands and nobody consumes.
pub struct Broker {
    connection: Connection,
    channel: Channel,
}

impl Broker {
    /// Connects and declares our topology.
    pub async fn connect(url: &str) -> anyhow::Result<Self> {
        Topology::new(CONSUMERS).declare(&url.parse()?).await?;
        let properties = ConnectionProperties::default().with_connection_name("bench".into());
        let connection = Connection::connect(url, properties).await?;
        let channel = connection.create_channel().await?;
        Ok(Self {
            connection,
            channel,
        })
    }

    /// A channel that gives confirms.
    pub async fn confirming_channel(&self) -> anyhow::Result<Channel> {
        let channel = self.connection.create_channel().await?;
        channel
            .confirm_select(ConfirmSelectOptions::default())
            .await?;
        Ok(channel)
    }

    /// Empties the queues, each of which must hold this many messages or, because what is published may be
    /// published twice, a few more.
    pub async fn empty(&self, expected: u32) -> anyhow::Result<()> {
        for consumer in BOUND {
            let queue = consumer.work_queue();
            let options = QueueDeclareOptions::durable().passive();
            let standing =
                self.channel
                    .queue_declare(queue.as_str().into(), options, FieldTable::default());
            let count = standing.await?.message_count();
            anyhow::ensure!(
                count >= expected,
                "{queue} holds {count} messages instead of {expected}"
            );
            self.channel
                .queue_purge(queue.as_str().into(), QueuePurgeOptions::default())
                .await?;
        }
        Ok(())
    }
}
