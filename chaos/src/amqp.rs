//! The rig's own hand on the broker, past all lines.

use std::time::Duration;

use anyhow::Context as _;
use lapin::{
    BasicProperties, Channel, Confirmation, Connection, ConnectionProperties,
    options::{
        BasicAckOptions, BasicGetOptions, BasicPublishOptions, ConfirmSelectOptions,
        QueueDeclareOptions,
    },
    types::FieldTable,
};
use picup_event_bus::EXCHANGE;
use tokio::time::timeout;

const LIMIT: Duration = Duration::from_secs(10);
const PERSISTENT: u8 = 2;

/// A channel with confirms. It closes when it is dropped.
pub struct Hand {
    channel: Channel,
    _connection: Connection,
}

impl Hand {
    /// Connects.
    pub async fn reach(url: &str) -> anyhow::Result<Self> {
        let opened = async {
            let connection = Connection::connect(url, ConnectionProperties::default()).await?;
            let channel = connection.create_channel().await?;
            channel
                .confirm_select(ConfirmSelectOptions::default())
                .await?;
            anyhow::Ok(Self {
                channel,
                _connection: connection,
            })
        };
        timeout(LIMIT, opened)
            .await
            .context("the broker does not answer")?
    }

    /// Messages that are ready in a queue; nothing if there is no such queue.
    pub async fn ready(&self, queue: &str) -> anyhow::Result<u32> {
        let options = QueueDeclareOptions {
            passive: true,
            ..QueueDeclareOptions::default()
        };
        let asked = self
            .channel
            .queue_declare(queue.into(), options, FieldTable::default());
        Ok(timeout(LIMIT, asked).await??.message_count())
    }

    /// Publishes, and waits until the broker has it.
    pub async fn publish(
        &self,
        exchange: &str,
        key: &str,
        id: &str,
        body: &[u8],
    ) -> anyhow::Result<()> {
        let properties = BasicProperties::default()
            .with_delivery_mode(PERSISTENT)
            .with_content_type("application/protobuf".into())
            .with_message_id(id.into());
        let options = BasicPublishOptions::default();
        let published = async {
            let publish =
                self.channel
                    .basic_publish(exchange.into(), key.into(), options, body, properties);
            anyhow::Ok(publish.await?.await?)
        };
        let confirmation = timeout(LIMIT, published).await??;
        anyhow::ensure!(
            matches!(confirmation, Confirmation::Ack(None)),
            "the broker did not take it"
        );
        Ok(())
    }

    /// Takes the next message away and answers its id.
    pub async fn take(&self, queue: &str) -> anyhow::Result<Option<String>> {
        let got = self
            .channel
            .basic_get(queue.into(), BasicGetOptions::default());
        let Some(message) = timeout(LIMIT, got).await?? else {
            return Ok(None);
        };
        message
            .delivery
            .acker
            .ack(BasicAckOptions::default())
            .await?;
        let id = message.delivery.properties.message_id().as_ref();
        Ok(Some(id.map_or_else(String::new, ToString::to_string)))
    }

    /// Takes a binding of the events' exchange away.
    pub async fn unbind(&self, queue: &str, key: &str) -> anyhow::Result<()> {
        let unbound = self.channel.queue_unbind(
            queue.into(),
            EXCHANGE.into(),
            key.into(),
            FieldTable::default(),
        );
        Ok(timeout(LIMIT, unbound).await??)
    }
}
