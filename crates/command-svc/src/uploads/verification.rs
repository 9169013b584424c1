//! Reading long originals in the background: one reading an item, a bounded number at once, and whoever
//! asks meanwhile is told how far it is.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use moka::future::Cache;
use picup_service::errors::{ErrorCode, Fault};
use tokio::sync::{Semaphore, watch};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Originals read at once. Each costs a connection to S3, and hashing costs a core half of its time.
const AT_ONCE: usize = 4;
/// Originals that wait to be read, at most.
const WAITING: usize = 1000;
/// How long whoever asks is kept before it is told how far it is: well within a request's deadline.
const KEPT: Duration = Duration::from_secs(5);
/// Failures that are remembered, at most, and for how long: long enough for whoever asks the next time.
const FAILURES: u64 = 10_000;
const REMEMBERED: Duration = Duration::from_mins(2);

type Ended = Option<Result<(), Fault>>;

/// All readings under way in this process.
pub struct Verifications {
    running: Arc<Mutex<HashMap<Uuid, Running>>>,
    failures: Cache<Uuid, Fault>,
    places: Arc<Semaphore>,
    stopping: CancellationToken,
}

#[derive(Clone)]
struct Running {
    reading: Reading,
    ended: watch::Receiver<Ended>,
}

/// How far a reading is.
#[derive(Clone, Default)]
pub struct Reading(Arc<AtomicU64>);

impl Reading {
    /// So many bytes have been read.
    pub fn reached(&self, bytes: u64) {
        self.0.store(bytes, Ordering::Relaxed);
    }
}

impl Verifications {
    /// Readings that are given up when the process stops; whoever asks again begins anew.
    pub fn new(stopping: CancellationToken) -> Self {
        let failures = Cache::builder()
            .max_capacity(FAILURES)
            .time_to_live(REMEMBERED)
            .build();
        Self {
            running: Arc::default(),
            failures,
            places: Arc::new(Semaphore::new(AT_ONCE)),
            stopping,
        }
    }

    /// Waits a while for an item's reading, beginning it where there is none. `None` when it has ended well,
    /// otherwise how far it is. It goes on when nobody waits any more.
    pub async fn wait_for<F>(
        &self,
        media: Uuid,
        work: impl FnOnce(Reading) -> F,
    ) -> Result<Option<u64>, Fault>
    where
        F: Future<Output = Result<(), Fault>> + Send + 'static,
    {
        if let Some(failure) = self.failures.get(&media).await {
            return Err(failure);
        }
        let mut running = self.join(media, work)?;
        let ended = tokio::time::timeout(KEPT, running.ended.wait_for(Option::is_some)).await;
        match ended {
            Ok(Ok(ended)) => match ended.as_ref() {
                Some(Err(fault)) => Err(fault.clone()),
                _ => Ok(None),
            },
            // Its task is gone: the process stops.
            Ok(Err(_)) => Err(unavailable("this process stops; try again")),
            Err(_) => Ok(Some(running.reading.0.load(Ordering::Relaxed))),
        }
    }

    /// Remembers for a while that an item was read in vain, so that asking again does not read it again.
    pub async fn remember(&self, media: Uuid, fault: Fault) {
        self.failures.insert(media, fault).await;
    }

    /// Forgets what was found out about an item.
    pub async fn forget(&self, media: Uuid) {
        self.failures.invalidate(&media).await;
    }

    fn join<F>(&self, media: Uuid, work: impl FnOnce(Reading) -> F) -> Result<Running, Fault>
    where
        F: Future<Output = Result<(), Fault>> + Send + 'static,
    {
        let mut running = lock(&self.running);
        if let Some(running) = running.get(&media) {
            return Ok(running.clone());
        }
        if running.len() >= WAITING {
            return Err(unavailable(
                "too many uploads are being checked; try again in a while",
            ));
        }
        let reading = Reading::default();
        let (sender, ended) = watch::channel(None);
        let begun = Running {
            reading: reading.clone(),
            ended,
        };
        running.insert(media, begun.clone());
        let work = work(reading);
        let all = self.running.clone();
        let (places, stopping) = (self.places.clone(), self.stopping.clone());
        tokio::spawn(async move {
            let read = async {
                let _place = places.acquire_owned().await;
                work.await
            };
            let read = tokio::spawn(stopping.run_until_cancelled_owned(read)).await;
            let result = match read {
                Ok(Some(result)) => result,
                Ok(None) => Err(unavailable("this process stops; try again")),
                Err(error) => Err(Fault::new(ErrorCode::Internal, error.to_string())),
            };
            lock(&all).remove(&media);
            // Nobody may be waiting any more.
            let _ = sender.send(Some(result));
        });
        Ok(begun)
    }
}

fn lock(running: &Mutex<HashMap<Uuid, Running>>) -> MutexGuard<'_, HashMap<Uuid, Running>> {
    running.lock().unwrap_or_else(PoisonError::into_inner)
}

fn unavailable(message: &str) -> Fault {
    Fault::new(ErrorCode::Unavailable, message)
}
