use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use lapin::{
    message::Delivery,
    types::{AMQPValue, FieldTable},
};
use metrics::{counter, gauge};
use time::OffsetDateTime;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::{
    BrokerUrl, BusError, ConsumerSpec, Failure, Paused, backoff::Backoff,
    subscription::Subscription,
};

/// Letters in hand at most, and at most so many in one batch.
const PREFETCH: u16 = 100;
/// How long the batch in hand may still take when the process stops.
const DRAIN: Duration = Duration::from_secs(5);

/// A message that its consumer gave up on, as it lies in the consumer's dead-letter queue.
#[derive(Clone, Debug)]
pub struct DeadLetter {
    /// The work queue of the consumer that gave up.
    pub consumer: String,
    /// As the message carries it; empty where it carries none.
    pub message_id: String,
    /// The very bytes that came.
    pub body: Bytes,
    /// Why the consumer gave up, in its own words. `None` where it never came to say anything.
    pub failure: Option<Failure>,
    /// What the broker says, where it was the broker that moved it: the message kills its consumer.
    pub moved_by_broker: Option<MovedByBroker>,
    /// All headers, for people to read.
    pub headers: Vec<(String, String)>,
}

/// The broker moved a message to the dead letters by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MovedByBroker {
    /// `delivery_limit`: it was handed out too often without an ack.
    pub reason: String,
    /// How often that has happened to it.
    pub count: i64,
    /// When, to the second.
    pub at: OffsetDateTime,
}

/// What is done with dead letters.
pub trait Keep: Send + Sync + 'static {
    /// Keeps letters for good; they are acked afterwards and then come no more. On [`Paused`] they go
    /// back to their queue.
    fn keep(&self, letters: &[DeadLetter]) -> impl Future<Output = Result<(), Paused>> + Send;

    /// Whether letters could be kept now. It is asked before any is taken out of its queue.
    fn is_ready(&self) -> impl Future<Output = bool> + Send;
}

/// Hands the dead letters of one consumer, named by its work queue, to the keeper until `stopping`, and
/// reconnects for ever. While the keeper is not ready nothing is taken: the letters lie in their queue,
/// where everybody can count them.
pub async fn keep_dead_letters<K: Keep>(
    url: BrokerUrl,
    consumer: String,
    keeper: Arc<K>,
    stopping: CancellationToken,
) {
    let mut backoff = Backoff::default();
    let paused = gauge!("picup_keeper_paused", "consumer" => consumer.clone());
    loop {
        if keeper.is_ready().await {
            paused.set(0);
            match keep_until_trouble(&url, &consumer, &*keeper, &stopping, &mut backoff).await {
                Ok(()) => return,
                Err(trouble) => warn!(consumer, error = %trouble, "letters are not kept for now"),
            }
        } else {
            paused.set(1);
            warn!(
                consumer,
                "the keeper is not ready: letters stay in their queue"
            );
        }
        let delay = backoff.failed();
        if stopping.run_until_cancelled(sleep(delay)).await.is_none() {
            return;
        }
    }
}

/// Why letters are not kept for now.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error(transparent)]
    Bus(#[from] BusError),
    #[error(transparent)]
    Paused(#[from] Paused),
}

/// `Ok` when it is to stop.
async fn keep_until_trouble<K: Keep>(
    url: &BrokerUrl,
    consumer: &str,
    keeper: &K,
    stopping: &CancellationToken,
    backoff: &mut Backoff,
) -> Result<(), Trouble> {
    let queue = ConsumerSpec::dead_letter_queue_of(consumer);
    let open = Subscription::to_existing(url, &queue, PREFETCH);
    let Some(subscription) = stopping.run_until_cancelled(open).await else {
        return Ok(());
    };
    let mut subscription = subscription?;
    info!(consumer, "keeping dead letters");
    loop {
        let next = subscription.next_batch(PREFETCH.into());
        let Some(batch) = stopping.run_until_cancelled(next).await else {
            subscription.close().await;
            return Ok(());
        };
        let mut batch = batch?;
        let letters: Vec<DeadLetter> = batch
            .iter_mut()
            .map(|delivery| read(consumer, delivery))
            .collect();
        let kept = tokio::select! {
            kept = keeper.keep(&letters) => kept,
            () = drained(stopping) => return Ok(()),
        };
        if let Err(paused) = kept {
            // The goodbye gives them back at once, in their old places.
            subscription.close().await;
            return Err(paused.into());
        }
        if let Some(last) = batch.last() {
            subscription.ack_up_to(last).await?;
        }
        backoff.reset();
        let count = u64::try_from(letters.len()).unwrap_or(u64::MAX);
        counter!("picup_dead_letters_kept_total", "consumer" => consumer.to_owned())
            .increment(count);
    }
}

async fn drained(stopping: &CancellationToken) {
    stopping.cancelled().await;
    sleep(DRAIN).await;
}

fn read(consumer: &str, delivery: &mut Delivery) -> DeadLetter {
    let properties = &delivery.properties;
    let message_id = properties.message_id().as_ref();
    let nothing = FieldTable::default();
    let headers = properties.headers().as_ref().unwrap_or(&nothing);
    DeadLetter {
        consumer: consumer.to_owned(),
        message_id: message_id.map_or_else(String::new, ToString::to_string),
        body: Bytes::from(std::mem::take(&mut delivery.data)),
        failure: Failure::from_headers(headers),
        moved_by_broker: moved_by_broker(consumer, headers),
        headers: headers
            .inner()
            .iter()
            .map(|(name, value)| (name.to_string(), text(value)))
            .collect(),
    }
}

/// The broker notes every queue that it moved a message out of. A retry queue that let it expire is no
/// death; only the work queue is.
fn moved_by_broker(consumer: &str, headers: &FieldTable) -> Option<MovedByBroker> {
    let deaths = headers.inner().get("x-death")?.as_array()?;
    deaths.as_slice().iter().find_map(|death| {
        let AMQPValue::FieldTable(death) = death else {
            return None;
        };
        let field = |name: &str| death.inner().get(name);
        if text(field("queue")?) != consumer {
            return None;
        }
        let at = match field("time") {
            Some(AMQPValue::Timestamp(seconds)) => i64::try_from(*seconds).ok(),
            _ => None,
        };
        Some(MovedByBroker {
            reason: field("reason").map(text).unwrap_or_default(),
            count: field("count")
                .and_then(AMQPValue::as_long_long_int)
                .unwrap_or(1),
            at: at
                .and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok())
                .unwrap_or(OffsetDateTime::UNIX_EPOCH),
        })
    })
}

fn text(value: &AMQPValue) -> String {
    match value {
        AMQPValue::LongString(text) => text.to_string(),
        AMQPValue::ShortString(text) => text.to_string(),
        AMQPValue::LongLongInt(number) => number.to_string(),
        AMQPValue::Timestamp(seconds) => seconds.to_string(),
        AMQPValue::FieldArray(values) => {
            let values: Vec<String> = values.as_slice().iter().map(text).collect();
            format!("[{}]", values.join(", "))
        }
        AMQPValue::FieldTable(fields) => {
            let fields: Vec<String> = fields
                .inner()
                .iter()
                .map(|(name, value)| format!("{name}: {}", text(value)))
                .collect();
            format!("{{{}}}", fields.join(", "))
        }
        other => format!("{other:?}"),
    }
}
