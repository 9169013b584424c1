use std::{sync::Arc, time::Duration};

use lapin::{message::Delivery, types::AMQPValue};
use metrics::{counter, gauge};
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep};
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use crate::{
    BrokerUrl, BusError, ConsumerSpec, Handler, Outgoing, PublishError, Publisher, Received,
    Topology, Verdict, backoff::Backoff, batch::Decisions, subscription::Subscription,
};

/// How often a message may be handed out in vain before it is suspected to kill its consumer. A broker that
/// restarts or a process that is replaced raises the count by one.
const SUSPECT: i64 = 3;
/// After a suspect so many messages that are none let a consumer take many at once again: suspects come in
/// crowds, and each change costs a subscription.
const CALM: u32 = 20;
/// How often it is seen to that the queues and their bindings still stand.
const DECLARE_AGAIN: Duration = Duration::from_secs(10);

/// How a consumer works.
#[derive(Clone, Debug)]
pub struct ConsumerSettings {
    /// Where the broker is.
    pub url: BrokerUrl,
    /// What is consumed.
    pub spec: ConsumerSpec,
    /// How many messages may be in hand, counting those that wait for their batch.
    pub prefetch: u16,
    /// How many messages the handler gets at once, at most.
    pub batch: usize,
    /// How long the batch in hand may still take when the process stops.
    pub drain: Duration,
}

impl ConsumerSettings {
    /// The settings for most consumers: 512 messages in hand, batches of up to 256, ten seconds to
    /// finish.
    pub fn new(url: BrokerUrl, spec: ConsumerSpec) -> Self {
        Self {
            url,
            spec,
            prefetch: 512,
            batch: 256,
            drain: Duration::from_secs(10),
        }
    }
}

/// Hands messages to the handler until `stopping`, and reconnects for ever. Then the batch in hand
/// is finished, within the drain limit, and everything else is given back.
///
/// A message is acked when the handler is done with it, or when its retry or dead-letter queue has
/// confirmed it. Everything that was not acked comes again. A message that was handed out twenty
/// times without an ack is dead-lettered by the broker itself, without our headers: it kills its
/// consumer. Stops, lost connections and pauses of more than half an hour (the broker's limit for
/// an ack) count as handing out, too. All that is in hand is counted together, so messages that were
/// handed out in vain several times are taken one by one: then only the one that kills reaches the limit.
pub async fn consume<H: Handler>(
    settings: ConsumerSettings,
    handler: Arc<H>,
    stopping: CancellationToken,
) {
    let name = settings.spec.work_queue();
    let publisher = Publisher::new(
        settings.url.clone(),
        format!("{name} retries"),
        Topology::new([settings.spec]),
    );
    let mut consumer = Consumer {
        name,
        settings,
        handler,
        publisher,
        stopping,
        backoff: Backoff::default(),
        // The one before it may have died of what comes first.
        careful_for: 1,
    };
    consumer.run().await;
    consumer.publisher.close().await;
}

struct Consumer<H> {
    name: String,
    settings: ConsumerSettings,
    handler: Arc<H>,
    publisher: Publisher,
    stopping: CancellationToken,
    backoff: Backoff,
    /// So many messages more are taken one by one, if none of them is suspect.
    careful_for: u32,
}

/// Why a subscription was given up in good order.
enum Ended {
    Stopping,
    /// To go on with another prefetch.
    Resubscribing,
}

impl<H: Handler> Consumer<H> {
    async fn run(&mut self) {
        loop {
            let failure = match self.consume_until_trouble().await {
                Ok(Ended::Stopping) => return,
                Ok(Ended::Resubscribing) => continue,
                Err(failure) => failure,
            };
            if let BusError::Conflict(_) = failure {
                error!(consumer = self.name, error = %failure, "cannot declare the topology");
            } else {
                warn!(consumer = self.name, error = %failure, "subscription lost");
            }
            counter!("picup_bus_reconnects_total", "connection" => self.name.clone()).increment(1);
            let delay = self.backoff.failed();
            if self
                .stopping
                .run_until_cancelled(sleep(delay))
                .await
                .is_none()
            {
                return;
            }
        }
    }

    async fn consume_until_trouble(&mut self) -> Result<Ended, BusError> {
        let stopping = self.stopping.clone();
        let careful = self.careful_for > 0;
        let prefetch = if careful { 1 } else { self.settings.prefetch };
        let open = stopping.run_until_cancelled(Subscription::open(&self.settings, prefetch));
        let Some(subscription) = open.await else {
            return Ok(Ended::Stopping);
        };
        let mut subscription = subscription?;
        info!(consumer = self.name, careful, "subscribed");
        let mut ended = Ended::Stopping;
        let mut declare_again = interval_at(Instant::now() + DECLARE_AGAIN, DECLARE_AGAIN);
        declare_again.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let batch = tokio::select! {
                () = stopping.cancelled() => break,
                _ = declare_again.tick() => {
                    subscription.declare(self.settings.spec).await?;
                    continue;
                }
                batch = subscription.next_batch(self.settings.batch) => batch?,
            };
            let suspect = batch.iter().any(is_suspect);
            if suspect {
                self.careful_for = CALM;
            }
            if suspect && !careful {
                warn!(
                    consumer = self.name,
                    "messages were handed out in vain before: one by one from here on"
                );
                ended = Ended::Resubscribing;
                break;
            }
            let handled = tokio::select! {
                handled = self.handle(&subscription, batch) => handled?,
                () = self.drained() => break,
            };
            if !handled {
                break;
            }
            self.backoff.reset();
            if careful && !suspect {
                self.careful_for -= 1;
                if self.careful_for == 0 {
                    ended = Ended::Resubscribing;
                    break;
                }
            }
        }
        subscription.close().await;
        Ok(ended)
    }

    /// Comes to its end when the batch in hand has had its time after the stop.
    async fn drained(&self) {
        self.stopping.cancelled().await;
        sleep(self.settings.drain).await;
        warn!(
            consumer = self.name,
            "the batch in hand was not finished in time; it comes again"
        );
    }

    /// `false` when the batch was left alone because the process stops.
    async fn handle(
        &self,
        subscription: &Subscription,
        mut batch: Vec<Delivery>,
    ) -> Result<bool, BusError> {
        let acked = crate::sabotage::ack_early(subscription, &batch).await?;
        let spec = &self.settings.spec;
        let mut decisions = Decisions::default();
        let messages: Vec<Received> = batch
            .iter_mut()
            .filter_map(|delivery| decisions.read(spec, delivery))
            .collect();
        let Some(verdicts) = self.verdicts(subscription, &messages).await? else {
            return Ok(false);
        };
        decisions.judge(spec, &messages, verdicts);
        self.move_all(subscription, std::mem::take(&mut decisions.moves))
            .await?;
        // Every message up to the last has now found its end, so one ack stands for all.
        if let Some(last) = batch.last().filter(|_| !acked) {
            subscription.ack_up_to(last).await?;
        }
        self.count(&decisions);
        Ok(true)
    }

    /// Asks the handler until it decides. `None` when the process stops before.
    async fn verdicts(
        &self,
        subscription: &Subscription,
        messages: &[Received],
    ) -> Result<Option<Vec<Verdict>>, BusError> {
        if messages.is_empty() {
            return Ok(Some(Vec::new()));
        }
        let paused = gauge!("picup_consumer_paused", "consumer" => self.name.clone());
        paused.set(0);
        let mut backoff = Backoff::default();
        loop {
            let reason = match self.handler.handle(messages).await {
                Ok(verdicts) => {
                    paused.set(0);
                    return Ok(Some(self.complete(verdicts, messages.len())));
                }
                Err(pause) => pause,
            };
            warn!(consumer = self.name, %reason, "paused");
            paused.set(1);
            let delay = backoff.failed();
            if self
                .stopping
                .run_until_cancelled(sleep(delay))
                .await
                .is_none()
            {
                return Ok(None);
            }
            if !subscription.is_alive() {
                return Err(BusError::StaleAck);
            }
        }
    }

    /// A handler that does not answer for every message has a mistake in it; then no verdict can be
    /// trusted to belong to its message.
    fn complete(&self, verdicts: Vec<Verdict>, messages: usize) -> Vec<Verdict> {
        if verdicts.len() == messages {
            return verdicts;
        }
        let error = format!(
            "the handler gave {} verdicts for {messages} messages",
            verdicts.len()
        );
        error!(consumer = self.name, error);
        vec![Verdict::Retry { error }; messages]
    }

    /// Publishes retries and dead letters until all are confirmed. It does not give up while the
    /// messages can still be acked, because every redelivery counts towards the delivery limit.
    async fn move_all(
        &self,
        subscription: &Subscription,
        mut moves: Vec<Outgoing>,
    ) -> Result<(), BusError> {
        let mut backoff = Backoff::default();
        while !moves.is_empty() {
            let results = self.publisher.publish_batch(&moves).await;
            let mut left = Vec::new();
            for (message, result) in moves.into_iter().zip(results) {
                match result {
                    Ok(()) => {}
                    // It is declared again with the next subscription.
                    Err(PublishError::Returned) => {
                        return Err(BusError::QueueMissing(message.routing_key));
                    }
                    Err(failure) => {
                        warn!(consumer = self.name, queue = message.routing_key, error = %failure,
                            "a message could not be moved yet");
                        left.push(message);
                    }
                }
            }
            moves = left;
            if moves.is_empty() {
                break;
            }
            if !subscription.is_alive() {
                return Err(BusError::StaleAck);
            }
            sleep(backoff.failed()).await;
        }
        Ok(())
    }

    fn count(&self, decisions: &Decisions) {
        for (outcome, count) in [
            ("done", decisions.done),
            ("retried", decisions.retried),
            ("dead_lettered", decisions.dead_lettered),
        ] {
            let consumer = self.name.clone();
            counter!("picup_consumer_messages_total", "consumer" => consumer, "outcome" => outcome)
                .increment(count);
        }
    }
}

/// Whether a message was handed out in vain so often that it may be the one that kills its consumer.
fn is_suspect(delivery: &Delivery) -> bool {
    let headers = delivery.properties.headers().as_ref();
    let count = headers.and_then(|headers| headers.inner().get("x-delivery-count"));
    let count = count.and_then(AMQPValue::as_long_long_int);
    count.is_some_and(|count| count >= SUSPECT)
}
