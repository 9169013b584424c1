//! Which version of each stream a read model has applied.

use std::{collections::BTreeMap, time::Duration};

use picup_event_types::{Category, StreamId};
use picup_proto::types::v1::ConsistencyToken;
use picup_service::errors::{ErrorCode, Fault};
use sqlx::{MySqlConnection, MySqlPool, Row as _, mysql::MySqlRow};
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

/// What a read model knows of a stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// The version that it has reached.
    pub version: u64,
    /// What it waits for, if it does.
    pub blocked: Option<Blocked>,
}

/// What a stream waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blocked {
    /// The version that cannot be applied.
    pub failed_version: u64,
    /// The newest version that was seen of it.
    pub seen_up_to: u64,
}

const SELECT: &str = "SELECT g.stream_id, g.version, b.failed_version, b.seen_up_to \
     FROM JSON_TABLE(?, '$[*]' COLUMNS (id CHAR(32) PATH '$')) s \
     STRAIGHT_JOIN gate g FORCE INDEX (PRIMARY) ON g.stream_id = UNHEX(s.id) \
     LEFT JOIN blocked b FORCE INDEX (PRIMARY) ON b.stream_id = g.stream_id";
/// MySQL refuses a locking SELECT that names JSON_TABLE itself (3569, "in multiple locking clauses").
const SELECT_LOCKED: &str = "SELECT g.stream_id, g.version, b.failed_version, b.seen_up_to \
     FROM (SELECT UNHEX(t.id) AS id FROM JSON_TABLE(?, '$[*]' COLUMNS (id CHAR(32) PATH '$')) t) s \
     STRAIGHT_JOIN gate g FORCE INDEX (PRIMARY) ON g.stream_id = s.id \
     LEFT JOIN blocked b FORCE INDEX (PRIMARY) ON b.stream_id = g.stream_id FOR UPDATE";

/// What is known of these streams; those that were never seen are left out.
///
/// Lists go into these statements as one JSON parameter, so that their text never changes and they stay
/// prepared. A statement that is prepared for one use costs 40 ms: sqlx closes it with a packet that has no
/// answer, and as it does not set TCP_NODELAY the next packet waits for the server's delayed ACK.
pub async fn known(
    pool: &MySqlPool,
    streams: &[StreamId],
) -> Result<BTreeMap<Uuid, Known>, sqlx::Error> {
    let select = sqlx::query(SELECT).bind(json(streams));
    read(&select.fetch_all(pool).await?)
}

/// The same under lock, with a row for each stream, so that no other instance applies to them until the
/// transaction ends. Streams are given in order, so that rows are locked in one fixed order.
pub async fn lock(
    connection: &mut MySqlConnection,
    streams: &[StreamId],
    unseen: &[StreamId],
) -> Result<BTreeMap<Uuid, Known>, sqlx::Error> {
    if !unseen.is_empty() {
        sqlx::query(
            "INSERT IGNORE INTO gate (stream_id, version) SELECT UNHEX(s.id), 0 \
             FROM JSON_TABLE(?, '$[*]' COLUMNS (id CHAR(32) PATH '$')) s",
        )
        .bind(json(unseen))
        .execute(&mut *connection)
        .await?;
    }
    let select = sqlx::query(SELECT_LOCKED).bind(json(streams));
    read(&select.fetch_all(connection).await?)
}

/// Moves the gate of streams that [`lock`] has locked.
pub async fn advance(
    connection: &mut MySqlConnection,
    versions: &BTreeMap<Uuid, u64>,
) -> Result<(), sqlx::Error> {
    if versions.is_empty() {
        return Ok(());
    }
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

fn read(rows: &[MySqlRow]) -> Result<BTreeMap<Uuid, Known>, sqlx::Error> {
    let known = |row: &MySqlRow| {
        let failed_version: Option<u64> = row.try_get("failed_version")?;
        let seen_up_to: Option<u64> = row.try_get("seen_up_to")?;
        let blocked = failed_version.zip(seen_up_to);
        let known = Known {
            version: row.try_get("version")?,
            blocked: blocked.map(|(failed_version, seen_up_to)| Blocked {
                failed_version,
                seen_up_to,
            }),
        };
        Ok((row.try_get("stream_id")?, known))
    };
    rows.iter().map(known).collect()
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
            let known = known(&self.pool, &streams).await.map_err(unavailable)?;
            let behind = |(stream, version): (&StreamId, &u64)| {
                known.get(&stream.id).map_or(0, |known| known.version) < *version
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
