//! Reading the table of dead letters.

use picup_proto::operations::v1::{Letter, LetterFailure, LetterGroup, ListLettersRequest};
use sqlx::{MySqlPool, Row as _, mysql::MySqlRow};
use time::PrimitiveDateTime;

/// Groups in one answer, at most.
const GROUPS: u32 = 1000;
/// Failures of one letter that are shown, at most.
const FAILURES: u32 = 100;

/// What is read of a letter, from [`LETTERS`].
const COLUMNS: &str = "d.id, d.consumer, d.event_id, d.stream, d.version, d.type, d.error, d.fingerprint, \
     d.attempts, d.failures, d.first_failed_at, d.last_failed_at, d.trace_id, d.body_bytes, \
     d.discard_reason, o.letter_id IS NOT NULL AS is_open";
const LETTERS: &str = "dead_letters d LEFT JOIN open_letters o ON o.letter_id = d.id";

/// One letter with all that is known of it.
pub struct Found {
    pub letter: Letter,
    pub headers: String,
    pub body: Vec<u8>,
    /// Newest first.
    pub failures: Vec<LetterFailure>,
}

/// A page of letters, newest first.
pub async fn list(
    pool: &MySqlPool,
    wanted: &ListLettersRequest,
) -> Result<Vec<Letter>, sqlx::Error> {
    let limit = if wanted.page_size == 0 {
        100
    } else {
        wanted.page_size.min(1000)
    };
    let state = if wanted.state.is_empty() {
        "open"
    } else {
        &wanted.state
    };
    let before = if wanted.before == 0 {
        u64::MAX
    } else {
        wanted.before
    };
    let statement = format!(
        "SELECT {COLUMNS} FROM {LETTERS} WHERE d.id < ? \
         AND (? = 'all' OR (? = 'open') = (o.letter_id IS NOT NULL) \
         AND (o.letter_id IS NOT NULL OR (? = 'discarded') = (d.discard_reason IS NOT NULL))) \
         AND (? = '' OR d.consumer = ? OR d.consumer LIKE CONCAT(?, '.v%')) \
         AND (? = '' OR d.fingerprint = ?) ORDER BY d.id DESC LIMIT ?"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(statement))
        .bind(before)
        .bind(state)
        .bind(state)
        .bind(state)
        .bind(&wanted.consumer)
        .bind(&wanted.consumer)
        .bind(&wanted.consumer)
        .bind(&wanted.fingerprint)
        .bind(&wanted.fingerprint)
        .bind(limit)
        .fetch_all(pool)
        .await?;
    rows.iter().map(letter).collect()
}

/// The groups of letters that wait, the largest first. Counted within the index `open_letters_groups`; only
/// one row of each group is read from the table itself.
pub async fn groups(pool: &MySqlPool) -> Result<Vec<LetterGroup>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT g.consumer, g.fingerprint, g.letters, g.first_failed_at, g.last_failed_at, d.error, d.type \
         FROM (SELECT consumer, fingerprint, CAST(COUNT(*) AS UNSIGNED) AS letters, MIN(letter_id) AS id, \
         MIN(first_failed_at) AS first_failed_at, MAX(last_failed_at) AS last_failed_at \
         FROM open_letters GROUP BY consumer, fingerprint \
         ORDER BY letters DESC, consumer, fingerprint LIMIT ?) g \
         JOIN dead_letters d ON d.id = g.id ORDER BY g.letters DESC, g.consumer, g.fingerprint",
    )
    .bind(GROUPS)
    .fetch_all(pool)
    .await?;
    rows.iter().map(group).collect()
}

/// How many letters wait.
pub async fn waiting(pool: &MySqlPool) -> Result<u64, sqlx::Error> {
    sqlx::query_scalar("SELECT CAST(COUNT(*) AS UNSIGNED) FROM open_letters")
        .fetch_one(pool)
        .await
}

/// Everything about one letter.
pub async fn find(pool: &MySqlPool, id: u64) -> Result<Option<Found>, sqlx::Error> {
    let statement = format!("SELECT {COLUMNS}, d.headers FROM {LETTERS} WHERE d.id = ?");
    let row = sqlx::query(sqlx::AssertSqlSafe(statement))
        .bind(id)
        .fetch_optional(pool)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let parts: Vec<Vec<u8>> = sqlx::query_scalar(
        "SELECT bytes FROM dead_letter_bodies WHERE letter_id = ? ORDER BY part",
    )
    .bind(id)
    .fetch_all(pool)
    .await?;
    let failures = sqlx::query(
        "SELECT failed_at, first_failed_at, attempts, error FROM dead_letter_failures \
         WHERE letter_id = ? ORDER BY id DESC LIMIT ?",
    )
    .bind(id)
    .bind(FAILURES)
    .fetch_all(pool)
    .await?;
    Ok(Some(Found {
        letter: letter(&row)?,
        headers: row.try_get("headers")?,
        body: parts.concat(),
        failures: failures.iter().map(failure).collect::<Result<_, _>>()?,
    }))
}

/// The letters that were filed after a failure's number, each with the number of that failure.
pub async fn filed_after(
    pool: &MySqlPool,
    cursor: u64,
    limit: u32,
) -> Result<Vec<(u64, Letter)>, sqlx::Error> {
    let statement = format!(
        "SELECT {COLUMNS}, f.id AS cursor_id, f.error AS error_then FROM dead_letter_failures f \
         JOIN ({LETTERS}) ON d.id = f.letter_id WHERE f.id > ? ORDER BY f.id LIMIT ?"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(statement))
        .bind(cursor)
        .bind(limit)
        .fetch_all(pool)
        .await?;
    rows.iter()
        .map(|row| {
            let letter = Letter {
                error: row.try_get("error_then")?,
                ..letter(row)?
            };
            Ok((row.try_get("cursor_id")?, letter))
        })
        .collect()
}

/// The number of the latest failure there is.
pub async fn latest_failure(pool: &MySqlPool) -> Result<u64, sqlx::Error> {
    let latest: Option<u64> = sqlx::query_scalar("SELECT MAX(id) FROM dead_letter_failures")
        .fetch_one(pool)
        .await?;
    Ok(latest.unwrap_or(0))
}

fn letter(row: &MySqlRow) -> Result<Letter, sqlx::Error> {
    let event_id: uuid::Uuid = row.try_get("event_id")?;
    let discard_reason: Option<String> = row.try_get("discard_reason")?;
    let state = match (row.try_get("is_open")?, &discard_reason) {
        (true, _) => "open",
        (false, Some(_)) => "discarded",
        (false, None) => "replayed",
    };
    Ok(Letter {
        id: row.try_get("id")?,
        consumer: row.try_get("consumer")?,
        event_id: event_id.to_string(),
        stream: row.try_get("stream")?,
        version: row.try_get("version")?,
        r#type: row.try_get("type")?,
        error: row.try_get("error")?,
        fingerprint: row.try_get("fingerprint")?,
        attempts: row.try_get("attempts")?,
        failures: row.try_get("failures")?,
        first_failed_at_micros: micros(row, "first_failed_at")?,
        last_failed_at_micros: micros(row, "last_failed_at")?,
        state: state.to_owned(),
        trace_id: row.try_get("trace_id")?,
        body_bytes: row.try_get("body_bytes")?,
        discard_reason: discard_reason.unwrap_or_default(),
    })
}

/// Reads a row of a group.
pub fn group(row: &MySqlRow) -> Result<LetterGroup, sqlx::Error> {
    Ok(LetterGroup {
        consumer: row.try_get("consumer")?,
        fingerprint: row.try_get("fingerprint")?,
        letters: row.try_get("letters")?,
        first_failed_at_micros: micros(row, "first_failed_at")?,
        last_failed_at_micros: micros(row, "last_failed_at")?,
        error: row.try_get("error")?,
        r#type: row.try_get("type")?,
    })
}

fn failure(row: &MySqlRow) -> Result<LetterFailure, sqlx::Error> {
    Ok(LetterFailure {
        failed_at_micros: micros(row, "failed_at")?,
        first_failed_at_micros: micros(row, "first_failed_at")?,
        attempts: row.try_get("attempts")?,
        error: row.try_get("error")?,
    })
}

fn micros(row: &MySqlRow, column: &str) -> Result<i64, sqlx::Error> {
    let time: PrimitiveDateTime = row.try_get(column)?;
    let nanoseconds = time.assume_utc().unix_timestamp_nanos();
    Ok(i64::try_from(nanoseconds / 1000).unwrap_or(i64::MAX))
}
