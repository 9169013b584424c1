use std::time::Duration;

use metrics::counter;
use tokio::{
    sync::Mutex,
    time::{Instant, sleep, timeout_at},
};
use tracing::{error, info, warn};

use crate::{
    BrokerUrl, BusError, Outgoing, PublishError, Topology, backoff::Backoff, publishing::Publishing,
};

/// How long a batch may take from its beginning to its last confirm.
const BATCH_LIMIT: Duration = Duration::from_secs(15);
/// How often a blocked connection is looked at.
const BLOCKED_POLL: Duration = Duration::from_millis(100);

/// Publishes batches and waits for their confirms, on a connection of its own: an alarm of the
/// broker blocks those who publish, and must not block acks.
///
/// It opens its connection when it is first needed, declares the topology on it, and opens another
/// one whenever it is lost. Batches go one after the other; who needs more at once takes another
/// publisher.
pub struct Publisher {
    url: BrokerUrl,
    name: String,
    topology: Topology,
    link: Mutex<Link>,
}

#[derive(Default)]
struct Link {
    publishing: Option<Publishing>,
    backoff: Backoff,
}

impl Publisher {
    /// A publisher that the broker's operators see under `name`. Nothing is connected yet, so a
    /// process can start while the broker is down.
    pub fn new(url: BrokerUrl, name: impl Into<String>, topology: Topology) -> Self {
        Self {
            url,
            name: name.into(),
            topology,
            link: Mutex::default(),
        }
    }

    /// Waits, for ever if need be, until there is a connection that can be published on. Callers
    /// that hold something while they publish, such as row locks, wait here first.
    pub async fn connected(&self) {
        self.make_usable(&mut *self.link.lock().await).await;
    }

    /// Publishes the messages in their order, and answers for each of them, in the same order,
    /// within fifteen seconds. Whatever is not `Ok` has to be published again; it may be on the bus
    /// already, so duplicates are possible and losses are not.
    ///
    /// A future that is dropped leaves nothing behind: the connection is dropped with it.
    pub async fn publish_batch(&self, batch: &[Outgoing]) -> Vec<Result<(), PublishError>> {
        let deadline = Instant::now() + BATCH_LIMIT;
        let results = match timeout_at(deadline, self.usable_link()).await {
            Ok(mut link) => match link.publishing.take() {
                Some(publishing) => Self::publish(&mut link, publishing, batch, deadline).await,
                None => disconnected(batch),
            },
            Err(_) => disconnected(batch),
        };
        self.count(&results);
        results
    }

    /// How many messages no queue was bound for. Anything but 0 is an alarm.
    pub async fn unrouted_count(&self) -> Result<u32, BusError> {
        let link = timeout_at(Instant::now() + BATCH_LIMIT, self.usable_link())
            .await
            .map_err(|_| BusError::NoAnswer(BATCH_LIMIT))?;
        match &link.publishing {
            Some(publishing) => publishing.unrouted_count().await,
            None => Err(BusError::NoAnswer(BATCH_LIMIT)),
        }
    }

    /// Closes the connection in an orderly way. Publishing again opens another one.
    pub async fn close(&self) {
        if let Some(publishing) = self.link.lock().await.publishing.take() {
            publishing.close().await;
        }
    }

    /// `publishing` has been taken out of its place, so that it goes with this future should that
    /// be dropped: confirms that are still owed must not be met by a later batch.
    async fn publish(
        link: &mut Link,
        mut publishing: Publishing,
        batch: &[Outgoing],
        deadline: Instant,
    ) -> Vec<Result<(), PublishError>> {
        let results = publishing.publish(batch, deadline).await;
        if publishing.is_usable() {
            link.backoff.reset();
        }
        link.publishing = Some(publishing);
        results
    }

    async fn usable_link(&self) -> tokio::sync::MutexGuard<'_, Link> {
        let mut link = self.link.lock().await;
        self.make_usable(&mut link).await;
        link
    }

    async fn make_usable(&self, link: &mut Link) {
        loop {
            match &link.publishing {
                Some(publishing) if publishing.is_blocked() => sleep(BLOCKED_POLL).await,
                Some(publishing) if publishing.is_usable() => return,
                Some(_) => {
                    warn!(publisher = self.name, "connection lost");
                    counter!("picup_bus_reconnects_total", "connection" => self.name.clone())
                        .increment(1);
                    link.publishing = None;
                    sleep(link.backoff.failed()).await;
                }
                None => self.open(link).await,
            }
        }
    }

    async fn open(&self, link: &mut Link) {
        match Publishing::open(&self.url, &self.name, &self.topology).await {
            Ok(publishing) => {
                info!(publisher = self.name, "connected");
                link.publishing = Some(publishing);
            }
            Err(failure) => {
                if let BusError::Conflict(_) = failure {
                    error!(publisher = self.name, error = %failure, "cannot declare the topology");
                } else {
                    warn!(publisher = self.name, error = %failure, "cannot connect");
                }
                sleep(link.backoff.failed()).await;
            }
        }
    }

    fn count(&self, results: &[Result<(), PublishError>]) {
        let count = |wanted: &PublishError| {
            let found = results
                .iter()
                .filter(|result| result.as_ref().err() == Some(wanted));
            u64::try_from(found.count()).unwrap_or(u64::MAX)
        };
        let name = || self.name.clone();
        counter!("picup_publisher_returned_total", "publisher" => name())
            .increment(count(&PublishError::Returned));
        counter!("picup_publisher_nacked_total", "publisher" => name())
            .increment(count(&PublishError::Nacked));
    }
}

fn disconnected(batch: &[Outgoing]) -> Vec<Result<(), PublishError>> {
    let error =
        PublishError::Disconnected("the broker could not be published to in time".to_owned());
    vec![Err(error); batch.len()]
}
