//! Freezing what an operator chose.

use picup_proto::operations::v1::{LetterGroup, SelectLettersRequest};
use sqlx::{MySqlPool, Row as _};
use time::{OffsetDateTime, PrimitiveDateTime};
use uuid::Uuid;

use super::find::group;

/// Selections are forgotten after so many days.
const KEPT_DAYS: u32 = 30;
/// Selections that are forgotten at a time, at most.
const FORGOTTEN: u32 = 20;

/// A frozen selection.
pub struct Selected {
    pub id: Uuid,
    pub letters: u64,
    pub groups: Vec<LetterGroup>,
}

/// Freezes the letters that wait and meet all criteria, each with the number of its failures.
pub async fn select(
    pool: &MySqlPool,
    by: Uuid,
    wanted: &SelectLettersRequest,
    criteria: &str,
) -> Result<Selected, sqlx::Error> {
    forget(pool).await?;
    let id = Uuid::now_v7();
    let ids: Vec<String> = wanted.ids.iter().map(u64::to_string).collect();
    let before = wanted
        .failed_before_micros
        .and_then(|micros| {
            OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1000).ok()
        })
        .map(|time| PrimitiveDateTime::new(time.date(), time.time()));
    let mut transaction = pool.begin().await?;
    // A list of ids goes as one parameter, so that the statement's text never changes.
    let by_ids = "INSERT INTO selection_letters (selection_id, letter_id, failures) \
         SELECT ?, o.letter_id, o.failures FROM \
         (SELECT DISTINCT i.id FROM JSON_TABLE(?, '$[*]' COLUMNS (id BIGINT UNSIGNED PATH '$')) i) i \
         STRAIGHT_JOIN open_letters o FORCE INDEX (PRIMARY) ON o.letter_id = i.id \
         WHERE (? = '' OR o.consumer = ? OR o.consumer LIKE CONCAT(?, '.v%')) \
         AND (? = '' OR o.fingerprint = ?) AND (? IS NULL OR o.last_failed_at < ?)";
    let without_ids = "INSERT INTO selection_letters (selection_id, letter_id, failures) \
         SELECT ?, o.letter_id, o.failures FROM open_letters o \
         WHERE ? = '[]' \
         AND (? = '' OR o.consumer = ? OR o.consumer LIKE CONCAT(?, '.v%')) \
         AND (? = '' OR o.fingerprint = ?) AND (? IS NULL OR o.last_failed_at < ?)";
    let inserted = sqlx::query(if ids.is_empty() { without_ids } else { by_ids })
        .bind(id)
        .bind(format!("[{}]", ids.join(",")))
        .bind(&wanted.consumer)
        .bind(&wanted.consumer)
        .bind(&wanted.consumer)
        .bind(&wanted.fingerprint)
        .bind(&wanted.fingerprint)
        .bind(before)
        .bind(before)
        .execute(&mut *transaction)
        .await?;
    let letters = inserted.rows_affected();
    sqlx::query(
        "INSERT INTO selections (id, made_at, made_by, criteria, letters) \
         VALUES (?, UTC_TIMESTAMP(6), ?, ?, ?)",
    )
    .bind(id)
    .bind(by)
    .bind(criteria)
    .bind(letters)
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    let groups = groups(pool, id).await?;
    Ok(Selected {
        id,
        letters,
        groups,
    })
}

/// What is in a selection.
async fn groups(pool: &MySqlPool, selection: Uuid) -> Result<Vec<LetterGroup>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT g.consumer, g.fingerprint, g.letters, g.first_failed_at, g.last_failed_at, d.error, d.type \
         FROM (SELECT l.consumer, l.fingerprint, CAST(COUNT(*) AS UNSIGNED) AS letters, MIN(l.id) AS id, \
         MIN(l.first_failed_at) AS first_failed_at, MAX(l.last_failed_at) AS last_failed_at \
         FROM selection_letters s STRAIGHT_JOIN dead_letters l ON l.id = s.letter_id \
         WHERE s.selection_id = ? GROUP BY l.consumer, l.fingerprint \
         ORDER BY letters DESC, l.consumer, l.fingerprint LIMIT 1000) g \
         JOIN dead_letters d ON d.id = g.id ORDER BY g.letters DESC, g.consumer, g.fingerprint",
    )
    .bind(selection)
    .fetch_all(pool)
    .await?;
    rows.iter().map(group).collect()
}

/// Forgets old selections, a few at a time.
async fn forget(pool: &MySqlPool) -> Result<(), sqlx::Error> {
    let old = sqlx::query(
        "SELECT id FROM selections WHERE made_at < UTC_TIMESTAMP(6) - INTERVAL ? DAY LIMIT ?",
    );
    let old = old.bind(KEPT_DAYS).bind(FORGOTTEN).fetch_all(pool).await?;
    for row in old {
        let id: Uuid = row.try_get("id")?;
        for statement in [
            "DELETE FROM selection_letters WHERE selection_id = ?",
            "DELETE FROM selections WHERE id = ?",
        ] {
            sqlx::query(statement).bind(id).execute(pool).await?;
        }
    }
    Ok(())
}
