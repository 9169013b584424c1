//! A lock for each ledger, in Redis, so that commands of one account in different processes go one after the
//! other instead of colliding in the log.
//!
//! It is for speed only: the log's unique key is what keeps it right. So every wait is short, and whoever does
//! not get the lock, or finds no Redis, goes on without it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures::StreamExt as _;
use picup_event_types::{Category, StreamId};
use picup_service::redis::OptionalRedis;
use tokio::{
    sync::Notify,
    time::{Instant, timeout},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// How long the lock of a process that died stands.
const EXPIRES: Duration = Duration::from_secs(2);
/// How often it is renewed: two renewals may fail.
const RENEW_EVERY: Duration = Duration::from_millis(600);
/// How long a command waits before it goes on without the lock.
const WAIT: Duration = Duration::from_millis(500);
/// A missed wake-up costs no more than this.
const LOOK_AGAIN: Duration = Duration::from_millis(50);
/// The longest pause before it subscribes again.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Renews the lock if it is still ours.
const RENEW: &str = "if redis.call('get', KEYS[1]) == ARGV[1] then \
                     return redis.call('pexpire', KEYS[1], ARGV[2]) else return 0 end";
/// Releases the lock if it is still ours, and wakes those who wait.
const RELEASE: &str = "if redis.call('get', KEYS[1]) == ARGV[1] then redis.call('del', KEYS[1]) \
                       redis.call('publish', ARGV[2], KEYS[1]) return 1 else return 0 end";

/// The locks of all ledgers. Cheap to clone.
#[derive(Clone)]
pub struct Locks(Arc<Shared>);

struct Shared {
    redis: OptionalRedis,
    installation: String,
    /// Who waits here, by lock; no more than there are turns in this process.
    waiting: Mutex<HashMap<String, Arc<Notify>>>,
}

/// A lock that is held. It is released when this is dropped, and renewed until then.
pub struct Held {
    locks: Locks,
    key: String,
    token: String,
    renewing: tokio::task::JoinHandle<()>,
}

impl Locks {
    /// Takes Redis' URL and the installation's name.
    pub fn new(redis_url: &str, installation: &str) -> Result<Self, redis::RedisError> {
        Ok(Self(Arc::new(Shared {
            redis: OptionalRedis::new(redis_url)?,
            installation: installation.to_owned(),
            waiting: Mutex::default(),
        })))
    }

    /// Takes the lock of the ledger among these streams, waiting a bounded time. `None` without a ledger,
    /// without Redis, or when it takes too long: then the command runs all the same.
    pub async fn acquire(&self, streams: &[StreamId]) -> Option<Held> {
        let ledger = streams
            .iter()
            .find(|stream| stream.category == Category::Ledger)?;
        let key = format!("{}:lock:{ledger}", self.0.installation);
        let token = Uuid::new_v4().to_string();
        let deadline = Instant::now() + WAIT;
        let wake = Arc::new(Notify::new());
        let mut registered = None;
        let outcome = loop {
            // Before asking, so that no release falls between the question and the wait.
            let notified = wake.notified();
            let mut take = redis::cmd("SET");
            take.arg(&key).arg(&token).arg("NX").arg("PX");
            take.arg(millis(EXPIRES));
            match self.0.redis.ask::<Option<String>>(&take).await {
                Some(Some(_)) => break "taken",
                Some(None) if Instant::now() >= deadline => break "too_slow",
                Some(None) => {}
                None => break "redis_away",
            }
            if registered.is_none() {
                registered = Some(Waiting::register(self, &key, &wake));
                // Asked once more before it sleeps: the release may just have been published.
                continue;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            let _ = timeout(left.min(LOOK_AGAIN), notified).await;
        };
        drop(registered);
        metrics::counter!("picup_ledger_locks_total", "outcome" => outcome).increment(1);
        // One that was asked for in vain may have been taken all the same: then it expires by itself.
        (outcome == "taken").then(|| Held::new(self.clone(), key, token))
    }

    /// Wakes those who wait here whenever a lock is released anywhere. Subscribes again whenever it must.
    pub async fn listen(self, stopping: CancellationToken) {
        let channel = self.channel();
        let mut pause = Duration::from_millis(100);
        while !stopping.is_cancelled() {
            if let Ok(mut subscription) = self.0.redis.client().get_async_pubsub().await
                && subscription.subscribe(&channel).await.is_ok()
            {
                pause = Duration::from_millis(100);
                let mut messages = subscription.on_message();
                while let Some(Some(message)) = stopping.run_until_cancelled(messages.next()).await
                {
                    let waiting = lock(&self.0.waiting);
                    let key = String::from_utf8_lossy(message.get_payload_bytes());
                    if let Some(wake) = waiting.get(key.as_ref()) {
                        wake.notify_one();
                    }
                }
            }
            stopping
                .run_until_cancelled(tokio::time::sleep(pause))
                .await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    fn channel(&self) -> String {
        format!("{}:released", self.0.installation)
    }

    async fn run(&self, script: &str, key: &str, arguments: [&str; 2]) -> Option<i64> {
        let mut command = redis::cmd("EVAL");
        command.arg(script).arg(1).arg(key).arg(&arguments);
        self.0.redis.ask(&command).await
    }
}

impl Held {
    fn new(locks: Locks, key: String, token: String) -> Self {
        let (all, name, mine) = (locks.clone(), key.clone(), token.clone());
        let renewing = tokio::spawn(async move {
            let expires = millis(EXPIRES).to_string();
            loop {
                tokio::time::sleep(RENEW_EVERY).await;
                // Lost, it is not taken again: somebody else may have it.
                if all.run(RENEW, &name, [&mine, &expires]).await == Some(0) {
                    return;
                }
            }
        });
        Self {
            locks,
            key,
            token,
            renewing,
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.renewing.abort();
        let (locks, channel) = (self.locks.clone(), self.locks.channel());
        let (key, token) = (
            std::mem::take(&mut self.key),
            std::mem::take(&mut self.token),
        );
        // Nobody waits for it; should it fail, the lock expires.
        tokio::spawn(async move {
            locks.run(RELEASE, &key, [&token, &channel]).await;
        });
    }
}

/// Somebody who waits; taken off the list when it is dropped.
struct Waiting<'a> {
    locks: &'a Locks,
    key: &'a str,
    wake: &'a Arc<Notify>,
}

impl<'a> Waiting<'a> {
    fn register(locks: &'a Locks, key: &'a str, wake: &'a Arc<Notify>) -> Self {
        lock(&locks.0.waiting).insert(key.to_owned(), wake.clone());
        Self { locks, key, wake }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut waiting = lock(&self.locks.0.waiting);
        if waiting
            .get(self.key)
            .is_some_and(|wake| Arc::ptr_eq(wake, self.wake))
        {
            waiting.remove(self.key);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
