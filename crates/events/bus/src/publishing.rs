use std::{
    collections::{HashSet, VecDeque},
    pin::Pin,
    time::Duration,
};

use futures::{
    future::{MaybeDone, maybe_done},
    poll,
};
use lapin::{
    Channel, Confirmation, Connection,
    message::BasicReturnMessage,
    options::{BasicPublishOptions, ConfirmSelectOptions, QueueDeclareOptions},
    types::FieldTable,
};
use tokio::time::{Instant, timeout_at};

use crate::{
    BrokerUrl, BusError, Outgoing, PublishError, Topology, UNROUTED_QUEUE, broker::within,
};

/// How many messages may be unconfirmed at a time.
const WINDOW: usize = 1000;
/// How long the broker may take for an answer to anything but a publish.
const ANSWER_LIMIT: Duration = Duration::from_secs(10);

/// One connection to publish on, from its opening to its first trouble.
pub(crate) struct Publishing {
    connection: Connection,
    channel: Channel,
    /// A confirm is still owed, so the channel must not be used for another batch: see
    /// [`Self::publish`].
    spent: bool,
}

type InFlight<F> = VecDeque<Pin<Box<MaybeDone<F>>>>;

impl Publishing {
    pub(crate) async fn open(
        url: &BrokerUrl,
        name: &str,
        topology: &Topology,
    ) -> Result<Self, BusError> {
        let connection = url.connect(name).await?;
        let channel = within(ANSWER_LIMIT, connection.create_channel()).await?;
        // The broker may have lost its disk since the last time: what is published must find its
        // queues, and not only those of the consumers that have noticed already.
        topology.declare_on(&channel).await?;
        within(
            ANSWER_LIMIT,
            channel.confirm_select(ConfirmSelectOptions::default()),
        )
        .await?;
        Ok(Self {
            connection,
            channel,
            spent: false,
        })
    }

    /// The broker has raised an alarm. Lapin then writes nothing more, not even a goodbye: a
    /// connection that is given up in this state stays until the alarm is over.
    pub(crate) fn is_blocked(&self) -> bool {
        let status = self.connection.status();
        status.connected() && status.blocked()
    }

    pub(crate) fn is_usable(&self) -> bool {
        !self.spent && self.channel.status().connected()
    }

    /// Publishes all messages without waiting in between, then awaits the confirms in order.
    ///
    /// AMQP does not say to which confirm a returned message belongs, and lapin hands it to whichever
    /// comes next. So returns are collected over the whole batch and found again by address and id,
    /// no batch is begun while another is under way, and after a confirm that did not come nothing
    /// counts as published and the channel is never used again.
    pub(crate) async fn publish(
        &mut self,
        batch: &[Outgoing],
        deadline: Instant,
    ) -> Vec<Result<(), PublishError>> {
        self.spent = true;
        let channel = &self.channel;
        let mut settled = Settled::with_capacity(batch.len());
        let mut in_flight = InFlight::with_capacity(batch.len().min(WINDOW));
        for message in batch {
            if in_flight.len() == WINDOW {
                settled.settle_first(&mut in_flight, deadline).await;
            }
            if settled.incomplete.is_some() {
                break;
            }
            let mut confirm = Box::pin(maybe_done(send(channel, message)));
            // The first poll hands the message to lapin, in the order of the batch.
            let _ = poll!(confirm.as_mut());
            in_flight.push_back(confirm);
        }
        while !in_flight.is_empty() {
            settled.settle_first(&mut in_flight, deadline).await;
        }
        self.spent = settled.incomplete.is_some();
        settled.into_results(batch)
    }

    pub(crate) async fn unrouted_count(&self) -> Result<u32, BusError> {
        // On a channel of its own, because the broker closes it if the queue is missing.
        let channel = within(ANSWER_LIMIT, self.connection.create_channel()).await?;
        let options = QueueDeclareOptions::durable().passive();
        let count = channel.queue_declare(UNROUTED_QUEUE.into(), options, FieldTable::default());
        Ok(within(ANSWER_LIMIT, count).await?.message_count())
    }

    /// Says goodbye, so that the broker does not log a lost connection.
    pub(crate) async fn close(self) {
        if !self.is_blocked() {
            let _ = within(ANSWER_LIMIT, self.connection.close(200, "closed".into())).await;
        }
    }
}

async fn send(channel: &Channel, message: &Outgoing) -> Result<Confirmation, PublishError> {
    let malformed = |error| PublishError::Malformed(format!("{error}"));
    let (exchange, routing_key) = message.address().map_err(malformed)?;
    let properties = message.properties().map_err(malformed)?;
    let options = BasicPublishOptions {
        mandatory: true,
        immediate: false,
    };
    let lost = |error: lapin::Error| PublishError::Disconnected(error.to_string());
    channel
        .basic_publish(exchange, routing_key, options, &message.body, properties)
        .await
        .map_err(lost)?
        .await
        .map_err(lost)
}

/// What has become of the messages of a batch so far.
struct Settled {
    results: Vec<Result<(), PublishError>>,
    /// Exchange, routing key and message id of what came back.
    returned: HashSet<(String, String, String)>,
    /// Why nothing from here on counts as published.
    incomplete: Option<PublishError>,
}

impl Settled {
    fn with_capacity(capacity: usize) -> Self {
        let results = Vec::with_capacity(capacity);
        Self {
            results,
            returned: HashSet::new(),
            incomplete: None,
        }
    }

    async fn settle_first(
        &mut self,
        in_flight: &mut InFlight<impl Future<Output = Result<Confirmation, PublishError>>>,
        deadline: Instant,
    ) {
        let Some(mut confirm) = in_flight.pop_front() else {
            return;
        };
        // Looked at once even after the deadline: it may hold what was returned to another.
        let _ = timeout_at(deadline, confirm.as_mut()).await;
        let outcome = confirm.as_mut().take_output().unwrap_or_else(|| {
            Err(PublishError::Disconnected(
                "the confirm did not come in time".to_owned(),
            ))
        });
        let result = match outcome {
            Ok(Confirmation::Ack(returned)) => {
                self.keep_returned(returned);
                Ok(())
            }
            Ok(Confirmation::Nack(returned)) => {
                self.keep_returned(returned);
                Err(PublishError::Nacked)
            }
            Ok(Confirmation::NotRequested) => Err(PublishError::Disconnected(
                "the channel gives no confirms".to_owned(),
            )),
            Err(error) => Err(error),
        };
        if let Err(error @ PublishError::Disconnected(_)) = &result {
            self.incomplete.get_or_insert_with(|| error.clone());
        }
        self.results.push(match &self.incomplete {
            Some(error) => Err(error.clone()),
            None => result,
        });
    }

    fn keep_returned(&mut self, message: Option<BasicReturnMessage>) {
        if let Some(message) = message {
            let id = message
                .properties
                .message_id()
                .as_ref()
                .map(ToString::to_string);
            self.returned.insert((
                message.exchange.to_string(),
                message.routing_key.to_string(),
                id.unwrap_or_default(),
            ));
        }
    }

    fn into_results(mut self, batch: &[Outgoing]) -> Vec<Result<(), PublishError>> {
        if let Some(error) = self.incomplete {
            self.results.resize(batch.len(), Err(error));
        }
        if !self.returned.is_empty() {
            for (message, result) in batch.iter().zip(&mut self.results) {
                let Outgoing {
                    exchange,
                    routing_key,
                    message_id,
                    ..
                } = message.clone();
                if result.is_ok() && self.returned.contains(&(exchange, routing_key, message_id)) {
                    *result = Err(PublishError::Returned);
                }
            }
        }
        self.results
    }
}
