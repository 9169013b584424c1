use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
    thread,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use picup_event_types::StreamId;
use sqlx::{Connection as _, MySqlConnection, mysql::MySqlConnectOptions};
use tokio::{sync::oneshot, time::timeout};
use uuid::Uuid;

/// The pause between two looks. Finer than tokio's timers, whose grain is a millisecond.
const LOOK: Duration = Duration::from_micros(300);
/// How long an effect may take.
const PATIENCE: Duration = Duration::from_secs(10);

type Waiting = Mutex<Vec<Awaited>>;

struct Awaited {
    stream: Uuid,
    version: u64,
    seen: oneshot::Sender<Instant>,
}

/// Watches the gate of a read model: one look answers for all who wait, so that watching costs the
/// servers little. It ends with the last clone.
#[derive(Clone)]
pub struct Watch {
    waiting: Arc<Waiting>,
}

impl Watch {
    /// Watches a read model's database.
    pub async fn start(server_url: &str, database: &str) -> anyhow::Result<Self> {
        let options: MySqlConnectOptions = server_url.parse()?;
        let options = options.database(database);
        // Opened and closed again, so that a mistake is told here.
        MySqlConnection::connect_with(&options)
            .await?
            .close()
            .await?;
        let waiting = Arc::new(Waiting::default());
        let watched = Arc::downgrade(&waiting);
        thread::spawn(move || {
            if let Err(error) = look_for_ever(&options, &watched) {
                eprintln!("latency: the read model cannot be watched: {error}");
            }
        });
        Ok(Self { waiting })
    }

    /// When the read model was seen to have reached a version.
    pub async fn wait_for(&self, stream: StreamId, version: u64) -> anyhow::Result<Instant> {
        let (seen, answer) = oneshot::channel();
        let stream = stream.id;
        self.lock().push(Awaited {
            stream,
            version,
            seen,
        });
        let seen = timeout(PATIENCE, answer).await;
        Ok(seen.context("a command's effect is not in the read model in time")??)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Awaited>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Looks whenever somebody waits, on a thread of its own.
fn look_for_ever(options: &MySqlConnectOptions, watched: &Weak<Waiting>) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut connection = runtime.block_on(MySqlConnection::connect_with(options))?;
    while let Some(waiting) = watched.upgrade() {
        let watch = Watch { waiting };
        if !watch.lock().is_empty() {
            let reached = runtime.block_on(reached(&mut connection))?;
            let now = Instant::now();
            let is_seen = |awaited: &mut Awaited| {
                reached.get(&awaited.stream).copied().unwrap_or(0) >= awaited.version
            };
            let seen: Vec<_> = watch.lock().extract_if(.., is_seen).collect();
            for awaited in seen {
                // Who waited may have given up.
                let _ = awaited.seen.send(now);
            }
        }
        drop(watch);
        thread::sleep(LOOK);
    }
    Ok(())
}

/// The whole gate: it holds the few albums of this measurement only.
async fn reached(connection: &mut MySqlConnection) -> sqlx::Result<HashMap<Uuid, u64>> {
    let rows: Vec<(Uuid, u64)> = sqlx::query_as("SELECT stream_id, version FROM gate")
        .fetch_all(connection)
        .await?;
    Ok(rows.into_iter().collect())
}
