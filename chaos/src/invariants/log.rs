use std::collections::{BTreeMap, HashMap};

use picup_event_types::{Category, RecordedEvent, StreamId, messages::Metadata};
use prost::Message as _;
use sqlx::{MySqlPool, Row as _, mysql::MySqlRow};
use time::PrimitiveDateTime;
use uuid::Uuid;

use super::Violation;
use crate::book::{Entry, Outcome};

/// Events read at once.
const PAGE: u64 = 5000;

/// The whole log, as the rig reads it.
#[derive(Default)]
pub struct History {
    /// By stream, in order of position.
    pub streams: BTreeMap<StreamId, Vec<RecordedEvent>>,
    /// Which events each command left: stream, version, type.
    commands: HashMap<Uuid, Vec<(StreamId, u64, String)>>,
    /// How many there are.
    pub events: u64,
}

impl History {
    /// Reads all of it.
    pub async fn read(pool: &MySqlPool) -> anyhow::Result<Self> {
        let mut history = Self::default();
        let mut after = 0_u64;
        loop {
            let rows = sqlx::query(
                "SELECT position, stream_id, version, event_id, type, payload, metadata, recorded_at, \
                 command_id FROM events WHERE position > ? ORDER BY position LIMIT ?",
            )
            .bind(after)
            .bind(PAGE)
            .fetch_all(pool)
            .await?;
            for row in &rows {
                let event = recorded(row)?;
                after = event.position;
                let left = (event.stream, event.version, event.routing_key.clone());
                history
                    .commands
                    .entry(row.try_get("command_id")?)
                    .or_default()
                    .push(left);
                history.streams.entry(event.stream).or_default().push(event);
                history.events += 1;
            }
            if rows.is_empty() {
                return Ok(history);
            }
        }
    }

    /// The newest version of each stream of these categories.
    pub fn newest(&self, categories: &[Category]) -> BTreeMap<StreamId, u64> {
        let followed = self
            .streams
            .iter()
            .filter(|(stream, _)| categories.contains(&stream.category));
        let newest = followed.map(|(stream, events)| {
            (
                *stream,
                events.iter().map(|event| event.version).max().unwrap_or(0),
            )
        });
        newest.collect()
    }
}

/// The newest position in the log.
pub async fn newest_position(pool: &MySqlPool) -> anyhow::Result<u64> {
    let newest: Option<u64> = sqlx::query_scalar("SELECT MAX(position) FROM events")
        .fetch_one(pool)
        .await?;
    Ok(newest.unwrap_or(0))
}

/// The events between two positions, both included.
pub async fn between_positions(
    pool: &MySqlPool,
    from: u64,
    to: u64,
) -> anyhow::Result<Vec<RecordedEvent>> {
    let rows = sqlx::query(
        "SELECT position, stream_id, version, event_id, type, payload, metadata, recorded_at FROM events \
         WHERE position BETWEEN ? AND ? ORDER BY position",
    )
    .bind(from)
    .bind(to)
    .fetch_all(pool)
    .await?;
    rows.iter().map(recorded).collect()
}

fn recorded(row: &MySqlRow) -> anyhow::Result<RecordedEvent> {
    let routing_key: String = row.try_get("type")?;
    let category = routing_key.split('.').next().unwrap_or_default();
    let category: Category = category
        .parse()
        .map_err(|_| anyhow::anyhow!("{routing_key} has no category"))?;
    let metadata: Vec<u8> = row.try_get("metadata")?;
    let payload: Vec<u8> = row.try_get("payload")?;
    let recorded_at: PrimitiveDateTime = row.try_get("recorded_at")?;
    Ok(RecordedEvent {
        event_id: row.try_get("event_id")?,
        stream: StreamId {
            category,
            id: row.try_get("stream_id")?,
        },
        version: row.try_get("version")?,
        position: row.try_get("position")?,
        routing_key,
        recorded_at: recorded_at.assume_utc(),
        metadata: Metadata::decode(metadata.as_slice())?,
        payload: payload.into(),
    })
}

/// Versions are 1, 2, 3 … in every stream.
pub fn versions(history: &History) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (stream, events) in &history.streams {
        let mut found: Vec<u64> = events.iter().map(|event| event.version).collect();
        found.sort_unstable();
        if !found.iter().copied().eq(1..=found.len() as u64) {
            let detail = format!("its versions are {found:?}");
            violations.push(Violation::new("versions contiguous", stream, detail));
        }
    }
    violations
}

/// Acknowledged commands left their events exactly once, refused ones none, unclear ones all or none.
pub fn commands(history: &History, entries: &[Entry]) -> Vec<Violation> {
    entries
        .iter()
        .filter_map(|entry| command(history, entry))
        .collect()
}

fn command(history: &History, entry: &Entry) -> Option<Violation> {
    let subject = format!(
        "{} {} of account {}",
        entry.kind, entry.command_id, entry.account
    );
    if entry.account.is_nil() {
        return opening(history, entry, &subject);
    }
    let nothing = Vec::new();
    let events = history.commands.get(&entry.id_in_log()).unwrap_or(&nothing);
    let mut types: Vec<&str> = events.iter().map(|(_, _, name)| name.as_str()).collect();
    types.sort_unstable();
    let complete = types == entry.expected;
    match &entry.outcome {
        Outcome::Acknowledged(_) if !complete => {
            let detail = format!("left {types:?} in the log instead of {:?}", entry.expected);
            Some(Violation::new("acknowledged once", subject, detail))
        }
        Outcome::Acknowledged(token) => events
            .iter()
            .find(|(stream, version, _)| {
                let reached = token.iter().find(|(name, _)| *name == stream.to_string());
                reached.is_none_or(|(_, reached)| reached < version)
            })
            .map(|(stream, version, _)| {
                let detail =
                    format!("its token {token:?} does not cover {stream} version {version}");
                Violation::new("acknowledged once", subject, detail)
            }),
        Outcome::Refused(why) if !types.is_empty() => {
            let detail = format!("left {types:?} in the log though it was refused: {why}");
            Some(Violation::new("refused left none", subject, detail))
        }
        Outcome::Unknown(_) if !types.is_empty() && !complete => Some(Violation::new(
            "all or none",
            subject,
            format!("left {types:?} in the log"),
        )),
        Outcome::Refused(_) | Outcome::Unknown(_) => None,
    }
}

/// The id of an account's opening follows from a secret of command-svc, so this goes by the streams.
fn opening(history: &History, entry: &Entry, subject: &str) -> Option<Violation> {
    let Outcome::Acknowledged(token) = &entry.outcome else {
        return None;
    };
    let missing = token.iter().find(|(name, _)| {
        let stream: Option<StreamId> = name.parse().ok();
        let events = stream.and_then(|stream| history.streams.get(&stream));
        let first = events.and_then(|events| events.first());
        !first.is_some_and(|first| entry.expected.contains(&first.routing_key.as_str()))
    });
    let (stream, _) = missing?;
    let detail = format!("{stream} does not begin with one of {:?}", entry.expected);
    Some(Violation::new("acknowledged once", subject, detail))
}
