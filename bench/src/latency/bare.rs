use std::time::{Duration, Instant};

use anyhow::Context as _;
use futures::StreamExt as _;
use lapin::{
    BasicProperties, Channel, Confirmation, Connection, ConnectionProperties, Consumer,
    options::{
        BasicAckOptions, BasicConsumeOptions, BasicPublishOptions, ConfirmSelectOptions,
        QueueDeclareOptions,
    },
    types::{AMQPValue, FieldTable},
};
use sqlx::{MySqlConnection, MySqlPool, pool::PoolConnection};
use tokio::{
    sync::mpsc,
    task::JoinSet,
    time::{MissedTickBehavior, interval, timeout},
};

use super::{commands_in, pause};
use crate::{sample, servers::Servers};

const QUEUE: &str = "bare";
/// Kept on disk.
const PERSISTENT: u8 = 2;
/// How long one round trip may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// One message through one quorum queue into one row.
pub struct Bare {
    publishing: Channel,
    _consuming: Channel,
    /// Ends when it is dropped.
    _consumer: JoinSet<()>,
    committed: mpsc::Receiver<Instant>,
    body: Vec<u8>,
    /// Closed when they are dropped.
    _connections: [Connection; 2],
}

impl Bare {
    /// Makes the queue and the row, and consumes.
    pub async fn prepare(servers: &Servers) -> anyhow::Result<Self> {
        let url = servers.broker_host("bench_bare")?;
        // As ours, publishing and consuming use connections of their own.
        let sender = Connection::connect(&url, ConnectionProperties::default()).await?;
        let receiver = Connection::connect(&url, ConnectionProperties::default()).await?;
        let publishing = sender.create_channel().await?;
        declare(&publishing).await?;
        publishing
            .confirm_select(ConfirmSelectOptions::default())
            .await?;
        let consuming = receiver.create_channel().await?;
        let deliveries = consuming.basic_consume(
            QUEUE.into(),
            "".into(),
            BasicConsumeOptions::default(),
            FieldTable::default(),
        );
        let deliveries = deliveries.await?;
        let row = row(servers).await?;
        let (commits, committed) = mpsc::channel(1);
        let mut consumer = JoinSet::new();
        consumer.spawn(async move {
            if let Err(error) = consume(deliveries, row, commits).await {
                eprintln!("latency: the bare consumer ended: {error}");
            }
        });
        Ok(Self {
            publishing,
            _consuming: consuming,
            _consumer: consumer,
            committed,
            body: sample::album_renamed().encode(),
            _connections: [sender, receiver],
        })
    }

    /// Sends one message after the other at the rate of ours, and answers how long each took from before it
    /// was published until it was confirmed and its row committed.
    pub async fn round(&mut self, length: Duration) -> anyhow::Result<Vec<Duration>> {
        let mut ticks = interval(pause());
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut times = Vec::new();
        for _ in 0..commands_in(length) {
            ticks.tick().await;
            times.push(self.send().await?);
        }
        Ok(times)
    }

    async fn send(&mut self) -> anyhow::Result<Duration> {
        let properties = BasicProperties::default().with_delivery_mode(PERSISTENT);
        let options = BasicPublishOptions::default();
        let start = Instant::now();
        let confirm = self
            .publishing
            .basic_publish("".into(), QUEUE.into(), options, &self.body, properties)
            .await?;
        let confirmation = confirm.await?;
        let confirmed = Instant::now();
        anyhow::ensure!(
            matches!(confirmation, Confirmation::Ack(None)),
            "the broker did not take a message"
        );
        let committed = timeout(PATIENCE, self.committed.recv()).await;
        let committed = committed
            .context("a message is not delivered in time")?
            .context("the bare consumer ended")?;
        Ok(confirmed.max(committed).saturating_duration_since(start))
    }
}

async fn declare(channel: &Channel) -> lapin::Result<()> {
    let mut arguments = FieldTable::default();
    arguments.insert(
        "x-queue-type".into(),
        AMQPValue::LongString("quorum".into()),
    );
    channel
        .queue_declare(QUEUE.into(), QueueDeclareOptions::durable(), arguments)
        .await?;
    Ok(())
}

/// The one row, on a connection of its own.
async fn row(servers: &Servers) -> anyhow::Result<PoolConnection<sqlx::MySql>> {
    let name = "bench_bare";
    let pool: MySqlPool = servers.database(name).open(name, 1).await?;
    sqlx::query(
        "CREATE TABLE bare (id INT PRIMARY KEY, version BIGINT UNSIGNED NOT NULL) ENGINE=InnoDB",
    )
    .execute(&pool)
    .await?;
    sqlx::query("INSERT INTO bare (id, version) VALUES (1, 0)")
        .execute(&pool)
        .await?;
    Ok(pool.acquire().await?)
}

async fn consume(
    mut deliveries: Consumer,
    mut row: PoolConnection<sqlx::MySql>,
    commits: mpsc::Sender<Instant>,
) -> anyhow::Result<()> {
    while let Some(delivery) = deliveries.next().await {
        let delivery = delivery?;
        update(&mut row).await?;
        let committed = Instant::now();
        delivery.acker.ack(BasicAckOptions::default()).await?;
        if commits.send(committed).await.is_err() {
            return Ok(());
        }
    }
    Ok(())
}

/// Without a transaction around it the statement commits by itself.
async fn update(row: &mut MySqlConnection) -> sqlx::Result<()> {
    sqlx::query("UPDATE bare SET version = version + 1 WHERE id = 1")
        .execute(row)
        .await?;
    Ok(())
}
