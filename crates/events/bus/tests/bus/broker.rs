use std::{
    env::temp_dir,
    fs,
    process::Command,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use lapin::{
    BasicProperties, Channel, Connection, ConnectionProperties,
    message::BasicGetMessage,
    options::{BasicGetOptions, BasicPublishOptions, QueueDeclareOptions},
    types::FieldTable,
};
use picup_event_bus::{
    BrokerUrl, ConsumerSettings, ConsumerSpec, Publisher, Topology, UNROUTED_QUEUE,
};
use picup_local_stack::{DataFolder, Programs, RabbitMq};
use tokio::task::spawn_blocking;

pub const SPEC: ConsumerSpec = ConsumerSpec {
    name: "albums",
    version: 1,
    bindings: &["album.*", "media.MediaTrashed"],
};

/// Where Debian has it; the one on `PATH` switches to another user.
const RABBITMQ_CONTROL: &str = "/usr/lib/rabbitmq/bin/rabbitmqctl";

/// How long anything may take that the broker does by itself.
const PATIENCE: Duration = Duration::from_mins(1);

/// A virtual host, and a connection to look into it past the code under test.
pub struct Vhost {
    pub url: BrokerUrl,
    _connection: Connection,
    pub channel: Channel,
}

/// A new virtual host on the broker that all tests share.
pub async fn vhost() -> Vhost {
    static BROKER: OnceLock<Broker> = OnceLock::new();
    static NEXT: AtomicU32 = AtomicU32::new(1);
    let url = spawn_blocking(|| {
        let broker = &BROKER.get_or_init(Broker::start).server;
        broker
            .add_vhost(&format!("test-{}", NEXT.fetch_add(1, Ordering::Relaxed)))
            .unwrap()
    });
    Vhost::open(&url.await.unwrap()).await
}

/// A broker and, after it, the folder that it lives in.
pub struct Broker {
    server: RabbitMq,
    _folder: DataFolder,
}

impl Broker {
    fn start() -> Self {
        let folder = DataFolder::throw_away(&temp_dir()).unwrap();
        Self {
            server: RabbitMq::start(&folder, &Programs::for_tests()).unwrap(),
            _folder: folder,
        }
    }

    /// A broker that no other test uses.
    pub async fn own() -> Arc<Self> {
        Arc::new(spawn_blocking(Self::start).await.unwrap())
    }

    pub fn url(&self) -> &str {
        self.server.url()
    }

    /// Sets how much memory the broker may use; a byte is less than it does, so it raises an alarm.
    pub async fn allow_memory(self: &Arc<Self>, bytes: u32) {
        let mut control = Command::new(RABBITMQ_CONTROL);
        control.args([
            "set_vm_memory_high_watermark",
            "absolute",
            &bytes.to_string(),
        ]);
        control.envs(self.environment());
        let output = spawn_blocking(move || control.output().unwrap())
            .await
            .unwrap();
        assert!(output.status.success(), "{output:?}");
    }

    /// Where `rabbitmqctl` finds the node: what the broker itself was told.
    fn environment(&self) -> Vec<(String, String)> {
        let environment = fs::read(format!("/proc/{}/environ", self.server.pid().unwrap()));
        String::from_utf8(environment.unwrap())
            .unwrap()
            .split('\0')
            .filter_map(|variable| variable.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }

    /// Does something to the server that takes its time.
    pub async fn change(
        self: &Arc<Self>,
        change: fn(&RabbitMq) -> Result<(), picup_local_stack::Error>,
    ) {
        let broker = Arc::clone(self);
        spawn_blocking(move || change(&broker.server))
            .await
            .unwrap()
            .unwrap();
    }
}

impl Vhost {
    pub async fn open(url: &str) -> Self {
        let connection = Connection::connect(url, ConnectionProperties::default())
            .await
            .unwrap();
        let channel = connection.create_channel().await.unwrap();
        Self {
            url: url.parse().unwrap(),
            _connection: connection,
            channel,
        }
    }

    /// A publisher, after the topology with our one consumer was declared.
    pub async fn publisher(&self) -> Publisher {
        let publisher = Publisher::new(self.url.clone(), "test", Topology::new([SPEC]));
        publisher.connected().await;
        publisher
    }

    pub fn settings(&self) -> ConsumerSettings {
        ConsumerSettings::new(self.url.clone(), SPEC)
    }

    /// How many messages are in the queue that no consumer has in hand.
    pub async fn ready(&self, queue: &str) -> u32 {
        let options = QueueDeclareOptions::durable().passive();
        let queue = self
            .channel
            .queue_declare(queue.into(), options, FieldTable::default());
        queue.await.unwrap().message_count()
    }

    pub async fn wait_until_ready(&self, queue: &str, count: u32) {
        let mut found = 0;
        eventually(&format!("{count} messages in {queue}"), async || {
            found = self.ready(queue).await;
            found == count
        })
        .await;
    }

    /// Takes a message out of a queue, as soon as there is one.
    pub async fn take(&self, queue: &str) -> BasicGetMessage {
        let mut taken = None;
        eventually(&format!("a message in {queue}"), async || {
            let options = BasicGetOptions { no_ack: true };
            taken = self.channel.basic_get(queue.into(), options).await.unwrap();
            taken.is_some()
        })
        .await;
        taken.unwrap()
    }

    /// Puts bytes straight into a queue.
    pub async fn put(&self, queue: &str, body: &[u8], properties: BasicProperties) {
        let options = BasicPublishOptions::default();
        let publish =
            self.channel
                .basic_publish("".into(), queue.into(), options, body, properties);
        publish.await.unwrap().await.unwrap();
    }

    /// Takes the catch-all away, so that what no queue is bound for is returned.
    pub async fn unbind_unrouted(&self) {
        let unbind = self.channel.queue_unbind(
            UNROUTED_QUEUE.into(),
            "picup.unrouted".into(),
            "".into(),
            FieldTable::default(),
        );
        unbind.await.unwrap();
    }
}

/// Looks again and again, for a bounded time.
pub async fn eventually(what: &str, mut look: impl AsyncFnMut() -> bool) {
    let start = Instant::now();
    while !look().await {
        assert!(
            start.elapsed() < PATIENCE,
            "not within {PATIENCE:?}: {what}"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
