use std::time::Duration;

use lapin::message::Delivery;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::{
    BrokerUrl, BusError, EXCHANGE, Outgoing, PublishError, Publisher, Topology, UNROUTED_QUEUE,
    subscription::Subscription,
};

/// How often it is looked whether anything lies there.
const LOOK: Duration = Duration::from_secs(10);
/// Messages in hand at most.
const PREFETCH: u16 = 100;
/// How long the next message may take to come.
const ANSWER_LIMIT: Duration = Duration::from_secs(5);

/// Publishes again what no queue was bound for, until `stopping`: the queues may be there by now. What finds
/// none again comes back and is tried some seconds later, for ever, and its count raises the alarm.
pub async fn route_again(url: BrokerUrl, stopping: CancellationToken) {
    let publisher = Publisher::new(url.clone(), "unrouted", Topology::new([]));
    let pause = || stopping.run_until_cancelled(sleep(LOOK));
    while pause().await.is_some() {
        let routing = route_all(&url, &publisher);
        match stopping.run_until_cancelled(routing).await {
            Some(Ok(0)) => {}
            Some(Ok(count)) => info!(count, "unrouted messages were published again"),
            Some(Err(error)) => warn!(%error, "unrouted messages lie where they are for now"),
            None => break,
        }
    }
    publisher.close().await;
}

#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error(transparent)]
    Bus(#[from] BusError),
    #[error(transparent)]
    Publish(#[from] PublishError),
}

/// Everything that lay there when it began, each message once.
async fn route_all(url: &BrokerUrl, publisher: &Publisher) -> Result<usize, Trouble> {
    let count = publisher.unrouted_count().await? as usize;
    if count == 0 {
        return Ok(0);
    }
    let mut subscription = Subscription::to_existing(url, UNROUTED_QUEUE, PREFETCH).await?;
    let mut routed = 0;
    while routed < count {
        let limit = usize::from(PREFETCH).min(count - routed);
        let Ok(batch) = timeout(ANSWER_LIMIT, subscription.next_batch(limit)).await else {
            // Another instance took the rest.
            break;
        };
        let batch = batch?;
        let messages: Vec<Outgoing> = batch.iter().map(again).collect();
        for published in publisher.publish_batch(&messages).await {
            published?;
        }
        if let Some(last) = batch.last() {
            subscription.ack_up_to(last).await?;
        }
        routed += batch.len();
    }
    subscription.close().await;
    Ok(routed)
}

/// The same message, once more for everyone who is bound for it.
fn again(delivery: &Delivery) -> Outgoing {
    let message_id = delivery.properties.message_id();
    Outgoing {
        exchange: EXCHANGE.to_owned(),
        routing_key: delivery.routing_key.as_str().to_owned(),
        message_id: message_id
            .as_ref()
            .map_or(String::new(), ToString::to_string),
        failure: None,
        expires_after: None,
        body: delivery.data.clone().into(),
    }
}
