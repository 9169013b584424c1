//! Holding letters of a selection, so that each is replayed or discarded by one only, and settling them.

use std::collections::BTreeMap;

use bytes::Bytes;
use picup_event_log::is_contention;
use sqlx::{MySql, Row as _, Transaction, mysql::MySqlRow};
use uuid::Uuid;

use super::selection::Selection;

/// Bytes of letters that are held at once, unless a single one is larger.
const MOST_BYTES: u64 = 8 * 1024 * 1024;
/// Tries of a transaction that loses against others.
const TRIES: u32 = 20;

/// A letter that is ours until its transaction ends.
#[derive(Debug)]
pub struct Letter {
    pub id: u64,
    pub consumer: String,
    pub event_id: Uuid,
    pub stream: String,
    pub version: u64,
    body_bytes: u64,
}

/// What became of a letter.
#[derive(Clone, Copy, Debug)]
pub enum Settled<'a> {
    Replayed,
    Discarded { reason: &'a str },
}

/// Letters that are ours: their rows are locked. The locks go with the process that has them, so that nobody waits
/// for the letters of one that was killed.
#[derive(Debug)]
pub struct Held {
    transaction: Transaction<'static, MySql>,
    selection: Uuid,
    pub letters: Vec<Letter>,
    /// The last letter that is held; `None` where there was none to hold.
    pub last: Option<u64>,
}

impl Selection {
    /// Holds up to `limit` letters after one: of those that still are what was selected, those that nobody else
    /// holds.
    pub async fn hold(&self, after: u64, limit: u32) -> Result<Held, sqlx::Error> {
        let mut tries = 0;
        loop {
            tries += 1;
            match self.try_to_hold(after, limit).await {
                Err(error) if tries < TRIES && is_contention(&error) => {}
                held => return held,
            }
        }
    }

    async fn try_to_hold(&self, after: u64, limit: u32) -> Result<Held, sqlx::Error> {
        let mut transaction = self.pool.begin().await?;
        let rows = sqlx::query(
            "SELECT d.id, d.consumer, d.event_id, d.stream, d.version, d.body_bytes \
             FROM selection_letters s FORCE INDEX (PRIMARY) \
             STRAIGHT_JOIN open_letters o FORCE INDEX (PRIMARY) \
             ON o.letter_id = s.letter_id AND o.failures = s.failures \
             STRAIGHT_JOIN dead_letters d FORCE INDEX (PRIMARY) ON d.id = o.letter_id \
             WHERE s.selection_id = ? AND s.letter_id > ? \
             ORDER BY s.letter_id LIMIT ? \
             FOR UPDATE SKIP LOCKED",
        )
        .bind(self.id)
        .bind(after)
        .bind(limit)
        .fetch_all(&mut *transaction)
        .await?;
        let mut letters = Vec::with_capacity(rows.len());
        let mut bytes = 0_u64;
        for row in &rows {
            let letter = letter(row)?;
            bytes += letter.body_bytes;
            if bytes > MOST_BYTES && !letters.is_empty() {
                break;
            }
            letters.push(letter);
        }
        Ok(Held {
            transaction,
            selection: self.id,
            last: letters.last().map(|letter| letter.id),
            letters,
        })
    }
}

impl Held {
    /// The bytes of the letters.
    pub async fn bodies(&mut self) -> Result<BTreeMap<u64, Bytes>, sqlx::Error> {
        let ids: Vec<u64> = self.letters.iter().map(|letter| letter.id).collect();
        let rows = sqlx::query(
            "SELECT b.letter_id, b.bytes \
             FROM JSON_TABLE(?, '$[*]' COLUMNS (id BIGINT UNSIGNED PATH '$')) i \
             STRAIGHT_JOIN dead_letter_bodies b FORCE INDEX (PRIMARY) ON b.letter_id = i.id \
             ORDER BY b.letter_id, b.part",
        )
        .bind(json(&ids))
        .fetch_all(&mut *self.transaction)
        .await?;
        let mut bodies: BTreeMap<u64, Vec<u8>> = ids.iter().map(|id| (*id, Vec::new())).collect();
        for row in &rows {
            let part: &[u8] = row.try_get("bytes")?;
            bodies
                .entry(row.try_get("letter_id")?)
                .or_default()
                .extend_from_slice(part);
        }
        let bodies = bodies.into_iter();
        Ok(bodies.map(|(id, body)| (id, Bytes::from(body))).collect())
    }

    /// Settles some of the letters and lets go of all: the others wait as before.
    pub async fn settle(mut self, ids: &[u64], settled: Settled<'_>) -> Result<(), sqlx::Error> {
        if ids.is_empty() {
            return self.transaction.rollback().await;
        }
        let ids_json = json(ids);
        if let Settled::Discarded { reason } = settled {
            sqlx::query(
                "UPDATE JSON_TABLE(?, '$[*]' COLUMNS (id BIGINT UNSIGNED PATH '$')) i \
                 STRAIGHT_JOIN dead_letters d FORCE INDEX (PRIMARY) ON d.id = i.id \
                 SET d.discard_reason = ?",
            )
            .bind(&ids_json)
            .bind(reason)
            .execute(&mut *self.transaction)
            .await?;
        }
        sqlx::query(
            "DELETE o FROM JSON_TABLE(?, '$[*]' COLUMNS (id BIGINT UNSIGNED PATH '$')) i \
             STRAIGHT_JOIN open_letters o FORCE INDEX (PRIMARY) ON o.letter_id = i.id",
        )
        .bind(&ids_json)
        .execute(&mut *self.transaction)
        .await?;
        sqlx::query("UPDATE selections SET done = done + ? WHERE id = ?")
            .bind(u64::try_from(ids.len()).unwrap_or(u64::MAX))
            .bind(self.selection)
            .execute(&mut *self.transaction)
            .await?;
        self.transaction.commit().await
    }
}

fn letter(row: &MySqlRow) -> Result<Letter, sqlx::Error> {
    Ok(Letter {
        id: row.try_get("id")?,
        consumer: row.try_get("consumer")?,
        event_id: row.try_get("event_id")?,
        stream: row.try_get("stream")?,
        version: row.try_get("version")?,
        body_bytes: row.try_get("body_bytes")?,
    })
}

fn json(ids: &[u64]) -> String {
    let ids: Vec<String> = ids.iter().map(u64::to_string).collect();
    format!("[{}]", ids.join(","))
}
