//! Claiming letters of a selection, so that each is replayed or discarded by one only, and settling them.

use std::collections::BTreeMap;

use bytes::Bytes;
use picup_event_log::is_contention;
use sqlx::{MySqlConnection, Row as _, mysql::MySqlRow};
use uuid::Uuid;

use super::selection::Selection;

/// How long a claim holds: longer than publishing a batch may take. When its holder was killed, the
/// letters are free again after that.
pub const LEASE_SECONDS: u32 = 20;
/// Bytes of letters in one batch, unless a single one is larger.
const BATCH_BYTES: u64 = 8 * 1024 * 1024;
/// Tries of a transaction that loses against others.
const TRIES: u32 = 20;

/// A letter that is ours for the time of the lease.
#[derive(Debug)]
pub struct Claimed {
    pub id: u64,
    pub consumer: String,
    pub event_id: Uuid,
    pub stream: String,
    pub version: u64,
    body_bytes: u64,
}

/// What claiming came to.
#[derive(Debug, Default)]
pub struct Claim {
    /// What the letters carry while they are ours.
    pub id: Uuid,
    pub letters: Vec<Claimed>,
    /// Letters that are no longer what was selected.
    pub skipped: u64,
    /// Letters that somebody else has in hand.
    pub held: u64,
    /// The last letter that was looked at; `None` where there was none to look at.
    pub last: Option<u64>,
}

/// What became of claimed letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    Replayed,
    Discarded,
    /// Nothing was done: they wait again.
    Released,
}

impl Selection {
    /// Claims up to `limit` letters after one, in one transaction. Letters that are no longer what was selected are
    /// passed over for good; a claim whose holder died is taken over. Their state stays what it is: a claim
    /// touches no index, which makes it cheap.
    ///
    /// Letters that are done with leave delete marks in the index, which slow down whoever begins from the
    /// start: so a run goes on after the last letter that it has seen, and sweeps from the start at its end.
    pub async fn claim(&self, after: u64, limit: u32) -> Result<Claim, sqlx::Error> {
        let mut tries = 0;
        loop {
            tries += 1;
            match self.try_to_claim(after, limit).await {
                Err(error) if tries < TRIES && is_contention(&error) => {}
                claimed => return claimed,
            }
        }
    }

    async fn try_to_claim(&self, after: u64, limit: u32) -> Result<Claim, sqlx::Error> {
        let mut claim = Claim {
            id: Uuid::now_v7(),
            ..Claim::default()
        };
        let mut transaction = self.pool.begin().await?;
        // What others have locked is being claimed by them at this moment.
        let rows = sqlx::query(
            "SELECT d.id, d.consumer, d.event_id, d.stream, d.version, d.body_bytes, \
             d.failures = s.failures AND d.state = 'open' AS same, \
             COALESCE(d.claimed_until > UTC_TIMESTAMP(6), 0) AS held \
             FROM selection_letters s FORCE INDEX (selection_letters_state) \
             STRAIGHT_JOIN dead_letters d ON d.id = s.letter_id \
             WHERE s.selection_id = ? AND s.state = 'pending' AND s.letter_id > ? \
             ORDER BY s.letter_id LIMIT ? \
             FOR UPDATE SKIP LOCKED",
        )
        .bind(self.id)
        .bind(after)
        .bind(limit)
        .fetch_all(&mut *transaction)
        .await?;
        let mut gone = Vec::new();
        let mut bytes = 0_u64;
        for row in &rows {
            let letter = claimed(row)?;
            let seen = letter.id;
            let flag = |name: &str| row.try_get::<i64, _>(name).map(|flag| flag != 0);
            if flag("held")? && flag("same")? {
                claim.held += 1;
            } else if flag("same")? {
                bytes += letter.body_bytes;
                if bytes > BATCH_BYTES && !claim.letters.is_empty() {
                    break;
                }
                claim.letters.push(letter);
            } else {
                gone.push(letter.id);
            }
            claim.last = Some(seen);
        }
        let ids: Vec<u64> = claim.letters.iter().map(|letter| letter.id).collect();
        if !ids.is_empty() {
            sqlx::query(
                "UPDATE JSON_TABLE(?, '$[*]' COLUMNS (id BIGINT UNSIGNED PATH '$')) i \
                 STRAIGHT_JOIN dead_letters d FORCE INDEX (PRIMARY) ON d.id = i.id \
                 SET d.claim = ?, d.claimed_until = UTC_TIMESTAMP(6) + INTERVAL ? SECOND",
            )
            .bind(json(&ids))
            .bind(claim.id)
            .bind(LEASE_SECONDS)
            .execute(&mut *transaction)
            .await?;
        }
        self.mark(&mut transaction, &gone, "skipped").await?;
        transaction.commit().await?;
        claim.skipped = u64::try_from(gone.len()).unwrap_or(u64::MAX);
        Ok(claim)
    }

    /// The bytes of claimed letters.
    pub async fn bodies(&self, letters: &[Claimed]) -> Result<BTreeMap<u64, Bytes>, sqlx::Error> {
        let ids: Vec<u64> = letters.iter().map(|letter| letter.id).collect();
        let rows = sqlx::query(
            "SELECT b.letter_id, b.bytes \
             FROM JSON_TABLE(?, '$[*]' COLUMNS (id BIGINT UNSIGNED PATH '$')) i \
             STRAIGHT_JOIN dead_letter_bodies b FORCE INDEX (PRIMARY) ON b.letter_id = i.id \
             ORDER BY b.letter_id, b.part",
        )
        .bind(json(&ids))
        .fetch_all(&self.pool)
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

    /// Settles claimed letters. One that was filed again meanwhile is open and stays so.
    pub async fn settle(
        &self,
        claim: Uuid,
        ids: &[u64],
        settled: Settled,
        reason: Option<&str>,
    ) -> Result<(), sqlx::Error> {
        if ids.is_empty() {
            return Ok(());
        }
        let mut tries = 0;
        loop {
            tries += 1;
            match self.try_to_settle(claim, ids, settled, reason).await {
                Err(error) if tries < TRIES && is_contention(&error) => {}
                settled => return settled,
            }
        }
    }

    async fn try_to_settle(
        &self,
        claim: Uuid,
        ids: &[u64],
        settled: Settled,
        reason: Option<&str>,
    ) -> Result<(), sqlx::Error> {
        let state = match settled {
            Settled::Replayed => "replayed",
            Settled::Discarded => "discarded",
            Settled::Released => "open",
        };
        let mut transaction = self.pool.begin().await?;
        // The same order of locks as when claiming: first the selection's rows, then the letters.
        if settled != Settled::Released {
            self.mark(&mut transaction, ids, state).await?;
        }
        sqlx::query(
            "UPDATE JSON_TABLE(?, '$[*]' COLUMNS (id BIGINT UNSIGNED PATH '$')) i \
             STRAIGHT_JOIN dead_letters d FORCE INDEX (PRIMARY) ON d.id = i.id AND d.claim = ? \
             SET d.state = ?, d.discard_reason = ?, d.claim = NULL, d.claimed_until = NULL, \
             d.changed_at = UTC_TIMESTAMP(6)",
        )
        .bind(json(ids))
        .bind(claim)
        .bind(state)
        .bind(reason)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await
    }

    async fn mark(
        &self,
        connection: &mut MySqlConnection,
        ids: &[u64],
        state: &str,
    ) -> Result<(), sqlx::Error> {
        if ids.is_empty() {
            return Ok(());
        }
        sqlx::query(
            "UPDATE JSON_TABLE(?, '$[*]' COLUMNS (id BIGINT UNSIGNED PATH '$')) i \
             STRAIGHT_JOIN selection_letters s FORCE INDEX (PRIMARY) \
             ON s.selection_id = ? AND s.letter_id = i.id SET s.state = ?",
        )
        .bind(json(ids))
        .bind(self.id)
        .bind(state)
        .execute(connection)
        .await?;
        Ok(())
    }
}

fn claimed(row: &MySqlRow) -> Result<Claimed, sqlx::Error> {
    Ok(Claimed {
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
