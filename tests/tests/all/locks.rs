//! The ledgers' locks in Redis: one holder at a time, never another's lock, and nothing stops without Redis.

use std::time::Duration;

use picup_command_svc::handle::{Held, Locks};
use picup_event_types::StreamId;
use picup_tests::{Person, System, eventually, jpeg, shared_servers};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// The locks of two processes of one installation, and Redis as a test looks at it.
struct Rivals {
    one: Locks,
    other: Locks,
    streams: Vec<StreamId>,
    key: String,
    redis: redis::aio::MultiplexedConnection,
    stopping: CancellationToken,
}

impl Rivals {
    async fn new() -> Self {
        let url = &shared_servers().endpoints().redis_url;
        let installation = Uuid::new_v4().to_string();
        let stopping = CancellationToken::new();
        let locks = || {
            let locks = Locks::new(url, &installation).expect("a URL");
            tokio::spawn(locks.clone().listen(stopping.clone()));
            locks
        };
        let (one, other) = (locks(), locks());
        let ledger = StreamId::ledger_of(Uuid::new_v4());
        let client = redis::Client::open(url.as_str()).expect("a URL");
        let redis = client.get_multiplexed_async_connection().await;
        Self {
            one,
            other,
            key: format!("{installation}:lock:{ledger}"),
            streams: vec![StreamId::album(Uuid::new_v4()), ledger],
            redis: redis.expect("Redis answers"),
            stopping,
        }
    }

    async fn acquired(&self) -> Held {
        acquired(&self.one, &self.streams)
            .await
            .expect("it is free")
    }

    async fn value(&self) -> Option<String> {
        let mut redis = self.redis.clone();
        let mut get = redis::cmd("GET");
        get.arg(&self.key);
        get.query_async(&mut redis).await.expect("Redis answers")
    }

    /// How many listen for releases.
    async fn listeners(&self) -> u64 {
        let mut redis = self.redis.clone();
        let installation = self.key.split(':').next().unwrap_or_default();
        let mut count = redis::cmd("PUBSUB");
        count.arg("NUMSUB").arg(format!("{installation}:released"));
        let (_, count): (String, u64) = count.query_async(&mut redis).await.expect("Redis answers");
        count
    }

    async fn set(&self, value: &str) {
        let mut redis = self.redis.clone();
        let mut set = redis::cmd("SET");
        set.arg(&self.key).arg(value);
        set.exec_async(&mut redis).await.expect("Redis answers");
    }
}

/// The lock, as soon as it is free and Redis answers in time: on a busy machine it may not at first.
async fn acquired(locks: &Locks, streams: &[StreamId]) -> Option<Held> {
    for _ in 0..50 {
        if let Some(held) = locks.acquire(streams).await {
            return Some(held);
        }
    }
    None
}

impl Drop for Rivals {
    fn drop(&mut self) {
        self.stopping.cancel();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_process_holds_a_ledger_and_the_next_is_woken_by_its_release() {
    let rivals = Rivals::new().await;
    let mut turns = 0;
    // Some of these end while the rival is just beginning to wait.
    for round in 0..20 {
        let held = rivals.acquired().await;
        let (other, streams) = (rivals.other.clone(), rivals.streams.clone());
        let mut waiting = tokio::spawn(async move { acquired(&other, &streams).await });
        let early =
            tokio::time::timeout(Duration::from_millis(10 * (round % 4)), &mut waiting).await;
        assert!(early.is_err(), "both hold it");
        drop(held);
        turns += u32::from(waiting.await.expect("it ends").is_some());
        eventually(Duration::from_secs(10), &None, || rivals.value()).await;
    }
    assert_eq!(turns, 20);
    // Commands that touch no ledger wait for nobody.
    assert!(rivals.one.acquire(&rivals.streams[..1]).await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_is_renewed_while_it_is_held_and_a_rival_goes_on_without_it() {
    let rivals = Rivals::new().await;
    let _held = rivals.acquired().await;
    let first = rivals.value().await;
    // Together they wait longer than a lock stands that nobody renews.
    for _ in 0..6 {
        assert!(rivals.other.acquire(&rivals.streams).await.is_none());
        assert_eq!(rivals.value().await, first);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_releases_anothers_lock() {
    let rivals = Rivals::new().await;
    let held = rivals.acquired().await;
    rivals.set("another's").await;
    drop(held);
    let (one, streams) = (rivals.one.clone(), [StreamId::ledger_of(Uuid::new_v4())]);
    // A release of ours that came after it has been seen, so the first one has been too.
    drop(one.acquire(&streams).await.expect("it is free"));
    let freed = async || one.acquire(&streams).await.is_some();
    assert!(freed().await);
    assert_eq!(rivals.value().await.as_deref(), Some("another's"));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_redis_commands_work_all_the_same() {
    let nowhere = [("PICUP_REDIS_URL", "redis://127.0.0.1:1")];
    let system = System::start(shared_servers(), &nowhere).await;
    let mina = Person::sign_up(&system).await;
    let (album, _) = mina.create_album("Album").await;
    let uploads = (0..20).map(|seed| {
        let (mina, album) = (mina.clone(), album.clone());
        async move { mina.upload(&album, "image/jpeg", &jpeg(seed)).await }
    });
    futures::future::join_all(uploads).await;
    let photos = || async { mina.usage(None).await.expect("usage").photos };
    eventually(Duration::from_secs(20), &20, photos).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_listens_for_releases_subscribes_again_when_the_connection_breaks() {
    let rivals = Rivals::new().await;
    eventually(Duration::from_secs(10), &2, || rivals.listeners()).await;
    let mut redis = rivals.redis.clone();
    let mut kill = redis::cmd("CLIENT");
    kill.arg("KILL").arg("TYPE").arg("pubsub");
    let killed: u64 = kill.query_async(&mut redis).await.expect("Redis answers");
    assert!(killed >= 2);
    eventually(Duration::from_secs(10), &2, || rivals.listeners()).await;
}
