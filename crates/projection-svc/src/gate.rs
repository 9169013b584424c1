//! Which version of each stream a read model has applied.

use std::{collections::BTreeMap, time::Duration};

use picup_event_types::{Category, StreamId};
use picup_proto::types::v1::ConsistencyToken;
use picup_service::errors::{ErrorCode, Fault};
use sqlx::{MySqlConnection, MySqlPool, Row as _};
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
///
/// Lists go into these statements as one JSON parameter, so that their text never changes and they stay
/// prepared. A statement that is prepared for one use costs 40 ms: sqlx closes it with a packet that has no
/// answer, and as it does not set TCP_NODELAY the next packet waits for the server's delayed ACK.
pub async fn reached(
    pool: &MySqlPool,
    streams: &[StreamId],
) -> Result<BTreeMap<Uuid, u64>, sqlx::Error> {
    let select = sqlx::query(
        "SELECT g.stream_id, g.version FROM JSON_TABLE(?, '$[*]' COLUMNS (id CHAR(32) PATH '$')) s \
         STRAIGHT_JOIN gate g FORCE INDEX (PRIMARY) ON g.stream_id = UNHEX(s.id)",
    );
    versions(&select.bind(json(streams)).fetch_all(pool).await?)
}

/// The same under lock, with a row for each stream, so that no other instance applies to them until the
/// transaction ends. Streams are given in order, so that rows are locked in one fixed order.
pub async fn lock(
    connection: &mut MySqlConnection,
    streams: &[StreamId],
    unseen: &[StreamId],
) -> Result<BTreeMap<Uuid, u64>, sqlx::Error> {
    if !unseen.is_empty() {
        sqlx::query(
            "INSERT IGNORE INTO gate (stream_id, version) SELECT UNHEX(s.id), 0 \
             FROM JSON_TABLE(?, '$[*]' COLUMNS (id CHAR(32) PATH '$')) s",
        )
        .bind(json(unseen))
        .execute(&mut *connection)
        .await?;
    }
    let select = sqlx::query(
        "SELECT g.stream_id, g.version FROM JSON_TABLE(?, '$[*]' COLUMNS (id CHAR(32) PATH '$')) s \
         STRAIGHT_JOIN gate g FORCE INDEX (PRIMARY) ON g.stream_id = UNHEX(s.id) FOR UPDATE",
    );
    versions(&select.bind(json(streams)).fetch_all(connection).await?)
}

/// Moves the gate of streams that [`lock`] has locked.
pub async fn advance(
    connection: &mut MySqlConnection,
    versions: &BTreeMap<Uuid, u64>,
) -> Result<(), sqlx::Error> {
    let entries = versions.iter().map(|(stream, version)| {
        format!("{{\"id\":\"{}\",\"version\":{version}}}", stream.simple())
    });
    let entries: Vec<String> = entries.collect();
    sqlx::query(
        "INSERT INTO gate (stream_id, version) SELECT UNHEX(s.id), s.version FROM JSON_TABLE(?, '$[*]' \
         COLUMNS (id CHAR(32) PATH '$.id', version BIGINT UNSIGNED PATH '$.version')) s \
         ON DUPLICATE KEY UPDATE version = VALUES(version)",
    )
    .bind(format!("[{}]", entries.join(",")))
    .execute(connection)
    .await?;
    Ok(())
}

fn json(streams: &[StreamId]) -> String {
    let ids = streams
        .iter()
        .map(|stream| format!("\"{}\"", stream.id.simple()));
    format!("[{}]", ids.collect::<Vec<_>>().join(","))
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
