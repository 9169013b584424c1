use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use lapin::{
    BasicProperties, Channel, Confirmation, PublisherConfirm, options::BasicPublishOptions,
};
use picup_event_bus::Outgoing;

use super::broker::Broker;

/// Messages without a confirm, at most.
const WINDOW: usize = 1000;
/// Kept on disk.
const PERSISTENT: u8 = 2;

/// Publishes all messages on one channel and waits for all confirms.
pub async fn publish(broker: &Broker, messages: &[Outgoing]) -> anyhow::Result<Duration> {
    let channel = broker.confirming_channel().await?;
    let start = Instant::now();
    let mut unconfirmed = VecDeque::with_capacity(WINDOW);
    for message in messages {
        if unconfirmed.len() == WINDOW {
            confirmed(&mut unconfirmed).await?;
        }
        unconfirmed.push_back(send(&channel, message).await?);
    }
    while !unconfirmed.is_empty() {
        confirmed(&mut unconfirmed).await?;
    }
    let took = start.elapsed();
    channel.close(200, "done".into()).await?;
    Ok(took)
}

async fn send(channel: &Channel, message: &Outgoing) -> lapin::Result<PublisherConfirm> {
    let properties = BasicProperties::default()
        .with_delivery_mode(PERSISTENT)
        .with_content_type("application/protobuf".into())
        .with_message_id(message.message_id.as_str().into());
    let exchange = message.exchange.as_str().into();
    let routing_key = message.routing_key.as_str().into();
    let options = BasicPublishOptions::default();
    channel
        .basic_publish(exchange, routing_key, options, &message.body, properties)
        .await
}

async fn confirmed(unconfirmed: &mut VecDeque<PublisherConfirm>) -> anyhow::Result<()> {
    let oldest = unconfirmed.pop_front().context("nothing is unconfirmed")?;
    let confirmation = oldest.await?;
    anyhow::ensure!(
        matches!(confirmation, Confirmation::Ack(None)),
        "the broker did not take a message"
    );
    Ok(())
}
