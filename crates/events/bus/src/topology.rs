use std::{
    fmt::Write as _,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use lapin::{
    Channel, ExchangeKind,
    options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions},
    types::{AMQPValue, FieldTable, ShortString},
};

use crate::{BrokerUrl, BusError, RETRY_TIERS, RetryTier, broker::within};

/// The topic exchange of all events; routing keys are `<category>.<event>`.
pub const EXCHANGE: &str = "picup.events";
/// Where the broker puts what no queue is bound for. It confirms such a message as any other, and
/// `mandatory` says nothing, so this queue must be watched.
pub const UNROUTED_QUEUE: &str = "picup.unrouted.v1";

const UNROUTED_EXCHANGE: &str = "picup.unrouted";
/// How long declaring everything may take.
const DECLARE_LIMIT: Duration = Duration::from_secs(30);
/// A message that was handed out so often without an ack kills its consumer.
const DELIVERY_LIMIT: i32 = 20;
/// Some brokers have a limit by default and drop what exceeds it; where nothing may be dropped the
/// limit is out of reach.
const NO_DELIVERY_LIMIT: i32 = i32::MAX;

/// A consumer and what it wants to hear of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConsumerSpec {
    /// For example `storage-usage`.
    pub name: &'static str,
    /// Raised whenever the arguments of its queues change, or to start over beside the old one.
    pub version: u32,
    /// Routing keys, with the wildcards of a topic exchange: `album.*`.
    pub bindings: &'static [&'static str],
}

impl ConsumerSpec {
    /// The same consumer for one generation of its read model, which has queues of its own.
    #[must_use]
    pub fn of_generation(self, generation: u32) -> Self {
        Self {
            version: generation,
            ..self
        }
    }

    /// The queue that it works on. The name stands for the consumer everywhere.
    pub fn work_queue(&self) -> String {
        format!("{}.v{}", self.name, self.version)
    }

    /// Where its messages wait for another attempt.
    pub fn retry_queue(&self, tier: RetryTier) -> String {
        format!("{}.retry.{}", self.work_queue(), tier.name)
    }

    /// Where the messages are that it gave up on.
    pub fn dead_letter_queue(&self) -> String {
        Self::dead_letter_queue_of(&self.work_queue())
    }

    /// The same for a consumer that is known by its work queue only.
    pub fn dead_letter_queue_of(work_queue: &str) -> String {
        format!("{work_queue}.dlq")
    }

    /// The names of all its queues, those first that others point to.
    pub(crate) fn queue_names(&self) -> Vec<String> {
        self.queues().into_iter().map(|queue| queue.name).collect()
    }

    /// The queues, those first that others point to.
    fn queues(&self) -> Vec<Queue> {
        let work = self.work_queue();
        let dead_letters = self.dead_letter_queue();
        let mut queues = vec![
            Queue {
                name: dead_letters.clone(),
                kind: Kind::Kept,
            },
            Queue {
                name: work.clone(),
                kind: Kind::Work { dead_letters },
            },
        ];
        queues.extend(RETRY_TIERS.map(|tier| Queue {
            name: self.retry_queue(tier),
            kind: Kind::Retry {
                longest: tier.longest(),
                back_to: work.clone(),
            },
        }));
        queues
    }
}

struct Queue {
    name: String,
    kind: Kind,
}

enum Kind {
    /// Emptied by hand or by the keeper; nothing leaves it by itself.
    Kept,
    /// Has no length limit, because every way to keep one drops messages or refuses them for all
    /// other consumers too. A backlog is bounded by the broker's disk alarm, which holds back the
    /// relay while the events wait in the outbox.
    Work { dead_letters: String },
    /// Gives its messages back to one work queue, never to other consumers.
    Retry { longest: Duration, back_to: String },
}

impl Queue {
    fn arguments(&self) -> FieldTable {
        let mut arguments = FieldTable::default();
        let mut set = |name: &str, value: AMQPValue| {
            arguments.insert(name.into(), value);
        };
        set("x-queue-type", text("quorum"));
        let (limit, dead_letters_to) = match &self.kind {
            Kind::Kept => (NO_DELIVERY_LIMIT, None),
            Kind::Work { dead_letters } => (DELIVERY_LIMIT, Some(dead_letters)),
            Kind::Retry { longest, back_to } => {
                let milliseconds = i64::try_from(longest.as_millis()).unwrap_or(i64::MAX);
                set("x-message-ttl", AMQPValue::LongLongInt(milliseconds));
                (NO_DELIVERY_LIMIT, Some(back_to))
            }
        };
        set("x-delivery-limit", AMQPValue::LongInt(limit));
        if let Some(queue) = dead_letters_to {
            set("x-dead-letter-exchange", text(""));
            set("x-dead-letter-routing-key", text(queue));
            set("x-dead-letter-strategy", text("at-least-once"));
            // Without a length limit it never refuses, but at-least-once is not had without it.
            set("x-overflow", text("reject-publish"));
        }
        arguments
    }
}

/// Everything that stands on the broker: the one place that declares it.
///
/// Clones share their consumers: [`Self::replace`] reaches whoever declares it the next time. So a publisher
/// that reconnects after a year does not bring back the queues of a generation that was dropped long ago.
#[derive(Clone, Debug)]
pub struct Topology {
    consumers: Arc<RwLock<Vec<ConsumerSpec>>>,
}

impl Topology {
    /// The exchanges, and the queues of these consumers.
    pub fn new(consumers: impl Into<Vec<ConsumerSpec>>) -> Self {
        Self {
            consumers: Arc::new(RwLock::new(consumers.into())),
        }
    }

    /// Other consumers from now on, for all clones. Nothing is declared or deleted by this alone.
    pub fn replace(&self, consumers: impl Into<Vec<ConsumerSpec>>) {
        *self
            .consumers
            .write()
            .unwrap_or_else(PoisonError::into_inner) = consumers.into();
    }

    fn consumers(&self) -> Vec<ConsumerSpec> {
        let consumers = self.consumers.read();
        consumers.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Declares everything on a connection of its own. What stands already is left as it is; where
    /// it stands with other arguments, that is [`BusError::Conflict`].
    pub async fn declare(&self, url: &BrokerUrl) -> Result<(), BusError> {
        let connection = url.connect("picup topology").await?;
        let channel = within(DECLARE_LIMIT, connection.create_channel()).await?;
        self.declare_on(&channel).await?;
        within(DECLARE_LIMIT, connection.close(200, "declared".into())).await
    }

    pub(crate) async fn declare_on(&self, channel: &Channel) -> Result<(), BusError> {
        within(DECLARE_LIMIT, self.declare_all(channel)).await
    }

    async fn declare_all(&self, channel: &Channel) -> lapin::Result<()> {
        declare_exchange(channel, UNROUTED_EXCHANGE, ExchangeKind::Fanout, &[]).await?;
        let unrouted = Queue {
            name: UNROUTED_QUEUE.to_owned(),
            kind: Kind::Kept,
        };
        declare_queue(channel, &unrouted).await?;
        bind(channel, UNROUTED_QUEUE, UNROUTED_EXCHANGE, "").await?;
        let alternate = [("alternate-exchange", text(UNROUTED_EXCHANGE))];
        declare_exchange(channel, EXCHANGE, ExchangeKind::Topic, &alternate).await?;
        for consumer in self.consumers() {
            for queue in consumer.queues() {
                declare_queue(channel, &queue).await?;
            }
            // Last, so that no event comes before there is a place for its failure.
            for routing_key in consumer.bindings {
                bind(channel, &consumer.work_queue(), EXCHANGE, routing_key).await?;
            }
        }
        Ok(())
    }

    /// The picture of it, as a Mermaid flowchart.
    pub fn to_mermaid(&self) -> String {
        let mut lines = vec![
            "flowchart LR".to_owned(),
            format!("  {EXCHANGE}{{{{{EXCHANGE}}}}}"),
            format!("  {EXCHANGE} -. no queue bound .-> {UNROUTED_QUEUE}[(\"{UNROUTED_QUEUE}\")]"),
        ];
        for consumer in self.consumers() {
            let work = consumer.work_queue();
            let keys = consumer.bindings.join("<br/>");
            lines.push(format!(
                "  {EXCHANGE} -- \"{keys}\" --> {work}[(\"{work}\")]"
            ));
            for Queue { name, kind } in consumer.queues() {
                match kind {
                    Kind::Work { .. } => {}
                    Kind::Kept => {
                        lines.push(format!("  {work} -- given up --> {name}[(\"{name}\")]"));
                    }
                    Kind::Retry { longest, back_to } => {
                        lines.push(format!("  {work} -- failed --> {name}[(\"{name}\")]"));
                        lines.push(format!("  {name} -. within {longest:?} .-> {back_to}"));
                    }
                }
            }
        }
        lines.iter().fold(String::new(), |mut picture, line| {
            let _ = writeln!(picture, "{line}");
            picture
        })
    }
}

fn text(text: &str) -> AMQPValue {
    AMQPValue::LongString(text.into())
}

fn short(name: &str) -> lapin::Result<ShortString> {
    ShortString::try_new(name).map_err(|error| std::io::Error::other(error).into())
}

async fn declare_exchange(
    channel: &Channel,
    name: &str,
    kind: ExchangeKind,
    arguments: &[(&str, AMQPValue)],
) -> lapin::Result<()> {
    let mut table = FieldTable::default();
    for (argument, value) in arguments {
        table.insert(short(argument)?, value.clone());
    }
    let options = ExchangeDeclareOptions {
        durable: true,
        ..Default::default()
    };
    channel
        .exchange_declare(short(name)?, kind, options, table)
        .await
}

async fn declare_queue(channel: &Channel, queue: &Queue) -> lapin::Result<()> {
    let name = short(&queue.name)?;
    channel
        .queue_declare(name, QueueDeclareOptions::durable(), queue.arguments())
        .await?;
    Ok(())
}

async fn bind(
    channel: &Channel,
    queue: &str,
    exchange: &str,
    routing_key: &str,
) -> lapin::Result<()> {
    let options = QueueBindOptions::default();
    let (queue, exchange, routing_key) = (short(queue)?, short(exchange)?, short(routing_key)?);
    channel
        .queue_bind(queue, exchange, routing_key, options, FieldTable::default())
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_shows_every_queue_and_binding() {
        const USAGE: ConsumerSpec = ConsumerSpec {
            name: "usage",
            version: 2,
            bindings: &["ledger.*", "album.AlbumDeleted"],
        };
        let picture = Topology::new([USAGE]).to_mermaid();
        assert!(picture.starts_with("flowchart LR\n"));
        for part in USAGE
            .queues()
            .iter()
            .map(|queue| queue.name.as_str())
            .chain([
                EXCHANGE,
                UNROUTED_QUEUE,
                "ledger.*",
                "album.AlbumDeleted",
                "usage.v2.retry.about-10m -. within 720s .-> usage.v2\n",
            ])
        {
            assert!(picture.contains(part), "{part} is missing in\n{picture}");
        }
    }
}
