//! Wakes the relays of other processes by Redis, and ours when they append. Redis is for speed only: without
//! it the relays' own poll finds everything a little later.

use std::{sync::Arc, time::Duration};

use futures::StreamExt as _;
use redis::{AsyncCommands as _, Client};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// The longest pause before Redis is tried again.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// Other processes are woken at most this often: their own relays help out, they are not needed.
const AT_MOST_EVERY: Duration = Duration::from_millis(5);

/// Connects the relays of this process with those of all others of the same installation.
#[derive(Clone)]
pub struct Wake {
    client: Client,
    channel: String,
    /// Tells our own messages from others', which would only wake us again.
    process: String,
}

impl Wake {
    /// Takes Redis' URL and the installation's name.
    pub fn new(redis_url: &str, installation: &str) -> Result<Self, redis::RedisError> {
        Ok(Self {
            client: Client::open(redis_url)?,
            channel: format!("{installation}:outbox"),
            process: Uuid::new_v4().to_string(),
        })
    }

    /// Tells the other processes whenever this one has appended.
    pub async fn announce(self, appended: Arc<Notify>, stopping: CancellationToken) {
        let mut connection = None;
        let mut retry_at = tokio::time::Instant::now();
        loop {
            tokio::select! {
                () = stopping.cancelled() => return,
                () = appended.notified() => {}
            }
            if connection.is_none() && tokio::time::Instant::now() >= retry_at {
                connection = self.client.get_connection_manager().await.ok();
                retry_at = tokio::time::Instant::now() + LONGEST_PAUSE;
            }
            if let Some(manager) = &mut connection {
                let published: Result<(), _> = manager.publish(&self.channel, &self.process).await;
                if let Err(error) = published {
                    tracing::debug!(%error, "other relays were not woken");
                }
            }
            tokio::time::sleep(AT_MOST_EVERY).await;
        }
    }

    /// Wakes a relay here whenever another process has appended. Subscribes again whenever it must.
    pub async fn listen(self, wake: Arc<Notify>, stopping: CancellationToken) {
        let mut pause = Duration::from_millis(100);
        while !stopping.is_cancelled() {
            if let Ok(mut subscription) = self.client.get_async_pubsub().await
                && subscription.subscribe(&self.channel).await.is_ok()
            {
                pause = Duration::from_millis(100);
                // Something may have been announced before we listened.
                wake.notify_one();
                let mut messages = subscription.on_message();
                loop {
                    tokio::select! {
                        () = stopping.cancelled() => return,
                        message = messages.next() => match message {
                            None => break,
                            Some(message) if message.get_payload_bytes() == self.process.as_bytes() => {}
                            Some(_) => wake.notify_one(),
                        }
                    }
                }
            }
            tokio::select! {
                () = stopping.cancelled() => {}
                () = tokio::time::sleep(pause) => {}
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}
