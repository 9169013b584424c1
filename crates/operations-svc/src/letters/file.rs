//! From a dead letter on the bus to its rows.

use aws_lc_rs::digest::{Context, SHA256, digest};
use picup_event_bus::DeadLetter;
use picup_event_types::StreamId;
use picup_proto::events::v1::Envelope;
use prost::Message as _;
use sqlx::MySqlConnection;
use time::{OffsetDateTime, PrimitiveDateTime};
use uuid::Uuid;

use super::fingerprint::fingerprint;

/// The largest part of a body that goes in one statement.
const PART: usize = 1024 * 1024;
/// Characters of an error, at most.
const LONGEST_ERROR: usize = 1024;

/// A letter as it is filed.
#[derive(Debug)]
pub struct Entry<'a> {
    pub consumer: &'a str,
    pub event_id: Uuid,
    stream: String,
    category: &'static str,
    version: u64,
    r#type: String,
    trace_id: String,
    error: String,
    attempts: u32,
    first_failed_at: OffsetDateTime,
    failed_at: OffsetDateTime,
    /// The same whenever the broker delivers the very same letter again.
    arrival: [u8; 16],
    headers: String,
    body: &'a [u8],
}

impl<'a> Entry<'a> {
    /// Reads what can be read. Nothing in a letter keeps it from being filed.
    pub fn of(letter: &'a DeadLetter, now: OffsetDateTime) -> Self {
        let envelope = Envelope::decode(letter.body.clone()).unwrap_or_default();
        let stream: Option<StreamId> = envelope.stream.parse().ok();
        let metadata = envelope.metadata.unwrap_or_default();
        let failed_at = letter
            .moved_by_broker
            .as_ref()
            .map_or(now, |moved| moved.at);
        let failure = letter.failure.as_ref();
        let event_id = Uuid::from_slice(&envelope.event_id)
            .ok()
            .or_else(|| Uuid::try_parse(&letter.message_id).ok())
            .filter(|id| !id.is_nil());
        Self {
            consumer: &letter.consumer,
            event_id: event_id.unwrap_or_else(|| id_of_bytes(&letter.body)),
            stream: stream.map(|stream| stream.to_string()).unwrap_or_default(),
            category: stream.map_or("", |stream| stream.category.as_str()),
            version: envelope.version,
            r#type: ascii(&envelope.r#type, 64),
            trace_id: ascii(metadata.traceparent.split('-').nth(1).unwrap_or(""), 32),
            error: error(letter),
            attempts: failure.map_or(1, |failure| failure.attempt),
            first_failed_at: failure.map_or(failed_at, |failure| failure.first_failed_at),
            failed_at,
            arrival: arrival(letter),
            headers: headers(letter),
            body: &letter.body,
        }
    }

    /// Files it, or does nothing where this very failure is filed already. Answers whether it was new.
    pub async fn file(&self, connection: &mut MySqlConnection) -> Result<bool, sqlx::Error> {
        let letter = self.insert(connection).await?;
        let failure = sqlx::query(
            "INSERT IGNORE INTO dead_letter_failures \
             (letter_id, arrival, failed_at, first_failed_at, attempts, error) \
             VALUES (?, ?, ?, ?, ?, ?)",
        )
        .bind(letter)
        .bind(self.arrival.as_slice())
        .bind(plain(self.failed_at))
        .bind(plain(self.first_failed_at))
        .bind(self.attempts)
        .bind(&self.error)
        .execute(&mut *connection)
        .await?;
        if failure.rows_affected() == 0 {
            return Ok(false);
        }
        sqlx::query(
            "UPDATE dead_letters SET error = ?, fingerprint = ?, headers = ?, \
             attempts = attempts + ?, failures = failures + 1, last_failed_at = ?, \
             discard_reason = NULL WHERE id = ?",
        )
        .bind(&self.error)
        .bind(fingerprint(&self.error))
        .bind(&self.headers)
        .bind(self.attempts)
        .bind(plain(self.failed_at))
        .bind(letter)
        .execute(&mut *connection)
        .await?;
        sqlx::query(
            "INSERT INTO open_letters \
             (letter_id, consumer, fingerprint, failures, first_failed_at, last_failed_at) \
             SELECT id, consumer, fingerprint, failures, first_failed_at, last_failed_at \
             FROM dead_letters WHERE id = ? ON DUPLICATE KEY UPDATE \
             fingerprint = VALUES(fingerprint), failures = VALUES(failures), \
             last_failed_at = VALUES(last_failed_at)",
        )
        .bind(letter)
        .execute(&mut *connection)
        .await?;
        Ok(true)
    }

    /// The number of the letter's row, which may have been there already.
    async fn insert(&self, connection: &mut MySqlConnection) -> Result<u64, sqlx::Error> {
        let known = "SELECT id FROM dead_letters WHERE consumer = ? AND event_id = ? FOR UPDATE";
        let known: Option<u64> = sqlx::query_scalar(known)
            .bind(self.consumer)
            .bind(self.event_id)
            .fetch_optional(&mut *connection)
            .await?;
        if let Some(id) = known {
            return Ok(id);
        }
        let inserted = sqlx::query(
            "INSERT INTO dead_letters (consumer, event_id, stream, category, version, type, trace_id, \
             error, fingerprint, attempts, failures, first_failed_at, last_failed_at, \
             body_bytes, headers) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, ?, ?, ?, ?)",
        )
        .bind(self.consumer)
        .bind(self.event_id)
        .bind(&self.stream)
        .bind(self.category)
        .bind(self.version)
        .bind(&self.r#type)
        .bind(&self.trace_id)
        .bind(&self.error)
        .bind(fingerprint(&self.error))
        .bind(plain(self.first_failed_at))
        .bind(plain(self.failed_at))
        .bind(u64::try_from(self.body.len()).unwrap_or(u64::MAX))
        .bind(&self.headers)
        .execute(&mut *connection)
        .await?;
        let id = inserted.last_insert_id();
        for (part, bytes) in (0_u32..).zip(self.body.chunks(PART)) {
            sqlx::query("INSERT INTO dead_letter_bodies (letter_id, part, bytes) VALUES (?, ?, ?)")
                .bind(id)
                .bind(part)
                .bind(bytes)
                .execute(&mut *connection)
                .await?;
        }
        Ok(id)
    }
}

/// Stands for the event where a body has no id that can be read: the same bytes are the same letter.
fn id_of_bytes(body: &[u8]) -> Uuid {
    let mut id = [0; 16];
    id.copy_from_slice(&digest(&SHA256, body).as_ref()[..16]);
    Uuid::from_bytes(id)
}

fn error(letter: &DeadLetter) -> String {
    let error = match (&letter.moved_by_broker, &letter.failure) {
        (Some(moved), _) if moved.reason == "delivery_limit" => {
            "delivery limit: it was handed out too often without an ack, so it kills its consumer"
                .to_owned()
        }
        (Some(moved), _) => format!("the broker gave up on it: {}", moved.reason),
        (None, Some(failure)) => failure.last_error.clone(),
        (None, None) => "it does not say why it was given up on".to_owned(),
    };
    error.chars().take(LONGEST_ERROR).collect()
}

fn arrival(letter: &DeadLetter) -> [u8; 16] {
    let mut hash = Context::new(&SHA256);
    if let Some(failure) = &letter.failure {
        hash.update(&failure.first_failed_at.unix_timestamp_nanos().to_be_bytes());
        hash.update(&failure.attempt.to_be_bytes());
    }
    if let Some(moved) = &letter.moved_by_broker {
        hash.update(&moved.at.unix_timestamp_nanos().to_be_bytes());
        hash.update(&moved.count.to_be_bytes());
    }
    let mut arrival = [0; 16];
    arrival.copy_from_slice(&hash.finish().as_ref()[..16]);
    arrival
}

fn headers(letter: &DeadLetter) -> String {
    let headers = letter.headers.iter();
    let headers = headers.map(|(name, value)| (name.clone(), value.clone().into()));
    serde_json::Value::Object(headers.collect()).to_string()
}

fn ascii(text: &str, most: usize) -> String {
    let graphic = text.chars().filter(char::is_ascii_graphic);
    graphic.take(most).collect()
}

fn plain(time: OffsetDateTime) -> PrimitiveDateTime {
    let time = time.to_offset(time::UtcOffset::UTC);
    PrimitiveDateTime::new(time.date(), time.time())
}
