//! Which version of each stream a read model has applied.

use std::{collections::BTreeMap, time::Duration};

use picup_event_types::{Category, StreamId};
use picup_proto::types::v1::ConsistencyToken;
use picup_service::errors::{ErrorCode, Fault};
use sqlx::{MySql, MySqlConnection, MySqlPool, QueryBuilder, Row as _};
use tokio::{sync::watch, time::Instant};
use uuid::Uuid;

/// How long a query waits for the read model to reach its token.
const PATIENCE: Duration = Duration::from_secs(5);
/// How soon it looks again when nothing is applied in this process, since another instance may apply it:
/// each time later, up to the longest.
const FIRST_LOOK: Duration = Duration::from_millis(10);
const LONGEST_LOOK: Duration = Duration::from_millis(200);
/// Streams in a token, at most.
const STREAMS: usize = 16;

/// The version that each of these streams has reached; streams that were never seen are left out.
pub async fn reached(
    pool: &MySqlPool,
    streams: &[StreamId],
) -> Result<BTreeMap<Uuid, u64>, sqlx::Error> {
    let mut select = select_versions(streams);
    versions(&select.build().persistent(false).fetch_all(pool).await?)
}

/// The same under lock, with a row for each stream, so that no other instance applies to them until the
/// transaction ends. Rows are locked in one fixed order.
pub async fn lock(
    connection: &mut MySqlConnection,
    streams: &[StreamId],
    unseen: &[StreamId],
) -> Result<BTreeMap<Uuid, u64>, sqlx::Error> {
    if !unseen.is_empty() {
        let mut insert =
            QueryBuilder::<MySql>::new("INSERT IGNORE INTO gate (stream_id, version) ");
        insert.push_values(unseen, |mut values, stream| {
            values.push_bind(stream.id).push("0");
        });
        insert
            .build()
            .persistent(false)
            .execute(&mut *connection)
            .await?;
    }
    let mut select = select_versions(streams);
    select.push(" ORDER BY stream_id FOR UPDATE");
    versions(
        &select
            .build()
            .persistent(false)
            .fetch_all(connection)
            .await?,
    )
}

/// Moves the gate of streams that [`lock`] has locked.
pub async fn advance(
    connection: &mut MySqlConnection,
    versions: &BTreeMap<Uuid, u64>,
) -> Result<(), sqlx::Error> {
    let mut upsert = QueryBuilder::<MySql>::new("INSERT INTO gate (stream_id, version) ");
    upsert.push_values(versions, |mut values, (stream, version)| {
        values.push_bind(stream).push_bind(version);
    });
    upsert.push(" ON DUPLICATE KEY UPDATE version = VALUES(version)");
    upsert.build().persistent(false).execute(connection).await?;
    Ok(())
}

fn select_versions(streams: &[StreamId]) -> QueryBuilder<MySql> {
    let mut select =
        QueryBuilder::<MySql>::new("SELECT stream_id, version FROM gate WHERE stream_id IN (");
    let mut list = select.separated(", ");
    for stream in streams {
        list.push_bind(stream.id);
    }
    select.push(")");
    select
}

fn versions(rows: &[sqlx::mysql::MySqlRow]) -> Result<BTreeMap<Uuid, u64>, sqlx::Error> {
    rows.iter()
        .map(|row| Ok((row.try_get("stream_id")?, row.try_get("version")?)))
        .collect()
}

/// Lets queries wait until a read model has reached their token.
#[derive(Clone)]
pub struct Gate {
    pool: MySqlPool,
    follows: &'static [Category],
    applied: watch::Receiver<()>,
}

impl Gate {
    /// The gate of a read model; `applied` changes whenever this process has applied something.
    pub fn new(
        pool: MySqlPool,
        follows: &'static [Category],
        applied: watch::Receiver<()>,
    ) -> Self {
        Self {
            pool,
            follows,
            applied,
        }
    }

    /// Returns once the read model has reached the token, or says that it is behind.
    pub async fn wait_for(&self, token: Option<&ConsistencyToken>) -> Result<(), Fault> {
        let wanted = self.wanted(token)?;
        if wanted.is_empty() {
            return Ok(());
        }
        let streams: Vec<StreamId> = wanted.keys().copied().collect();
        let deadline = Instant::now() + PATIENCE;
        let mut applied = self.applied.clone();
        let mut look = FIRST_LOOK;
        loop {
            applied.mark_unchanged();
            let reached = reached(&self.pool, &streams).await.map_err(unavailable)?;
            let behind = |(stream, version): (&StreamId, &u64)| {
                reached.get(&stream.id).copied().unwrap_or(0) < *version
            };
            if !wanted.iter().any(behind) {
                return Ok(());
            }
            if Instant::now() >= deadline {
                return Err(Fault::new(
                    ErrorCode::ReadModelBehind,
                    "the read model has not caught up with your last change yet; ask again",
                )
                .with_retry_after(Duration::from_secs(1)));
            }
            // Whether the sender is still there does not matter: the next look decides.
            drop(tokio::time::timeout(look, applied.changed()).await);
            look = (look * 2).min(LONGEST_LOOK);
        }
    }

    /// The streams of a token that this read model follows.
    fn wanted(&self, token: Option<&ConsistencyToken>) -> Result<BTreeMap<StreamId, u64>, Fault> {
        let Some(token) = token else {
            return Ok(BTreeMap::new());
        };
        if token.streams.len() > STREAMS {
            return Err(Fault::invalid(
                "token",
                format!("at most {STREAMS} streams"),
            ));
        }
        let mut wanted = BTreeMap::new();
        for entry in &token.streams {
            let stream: StreamId = entry
                .stream
                .parse()
                .map_err(|_| Fault::invalid("token", "a token that a command answered"))?;
            if self.follows.contains(&stream.category) {
                let version = wanted.entry(stream).or_insert(0);
                *version = entry.version.max(*version);
            }
        }
        Ok(wanted)
    }
}

/// The database did not answer a query.
pub fn unavailable(error: sqlx::Error) -> Fault {
    tracing::warn!(%error, "a read model cannot be read");
    Fault::new(
        ErrorCode::Unavailable,
        "the read model does not answer; try again",
    )
}
