use sqlx::{MySqlPool, Row as _, mysql::MySqlRow};
use time::{OffsetDateTime, PrimitiveDateTime};

/// Characters of a reason, at most.
const LONGEST_REASON: usize = 255;

/// What lies in S3 without an event that explains it, in the log's database. It knows nothing of S3. Cheap to clone.
#[derive(Clone)]
pub struct Quarantine {
    pool: MySqlPool,
}

/// An object, or an upload in parts, that nothing explains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unexplained {
    /// Its key.
    pub key: String,
    /// Which upload in parts it is; empty for an object.
    pub upload_id: String,
    /// What tells it from another object under the same key; empty for an upload in parts.
    pub e_tag: String,
    /// Its length; 0 for an upload in parts.
    pub bytes: u64,
    /// Why nothing explains it.
    pub reason: String,
}

/// What lies in quarantine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quarantined {
    /// Its number.
    pub id: u64,
    /// What it is.
    pub unexplained: Unexplained,
    /// Since when it has lain here.
    pub first_seen_at: OffsetDateTime,
    /// For how many seconds, by the database's clock.
    pub seconds: u64,
    /// Whether its deletion has begun: if it is gone now, it was we who deleted it.
    pub deleting: bool,
}

impl Quarantine {
    /// The quarantine in the log's database.
    pub fn new(pool: MySqlPool) -> Self {
        Self { pool }
    }

    /// Whether this very object, or upload, lies here.
    pub async fn holds(&self, unexplained: &Unexplained) -> Result<bool, sqlx::Error> {
        let held: Option<Vec<u8>> = sqlx::query_scalar(
            "SELECT e_tag FROM quarantine WHERE object_key = ? AND upload_id = ? AND place = 'held'",
        )
        .bind(unexplained.key.as_bytes())
        .bind(unexplained.upload_id.as_bytes())
        .fetch_optional(&self.pool)
        .await?;
        Ok(held.as_deref() == Some(unexplained.e_tag.as_bytes()))
    }

    /// Takes something in: its time begins now. It takes the place of another object under the same key.
    pub async fn hold(&self, unexplained: &Unexplained) -> Result<(), sqlx::Error> {
        let reason: String = unexplained.reason.chars().take(LONGEST_REASON).collect();
        sqlx::query(
            "INSERT INTO quarantine (object_key, upload_id, e_tag, bytes, reason, first_seen_at, place) \
             VALUES (?, ?, ?, ?, ?, UTC_TIMESTAMP(6), 'held') ON DUPLICATE KEY UPDATE \
             e_tag = VALUES(e_tag), bytes = VALUES(bytes), reason = VALUES(reason), \
             first_seen_at = VALUES(first_seen_at), deleting_at = NULL",
        )
        .bind(unexplained.key.as_bytes())
        .bind(unexplained.upload_id.as_bytes())
        .bind(unexplained.e_tag.as_bytes())
        .bind(unexplained.bytes)
        .bind(reason)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// What lies here after a number, in the order of the numbers, at most `limit`.
    pub async fn list(&self, after: u64, limit: u32) -> Result<Vec<Quarantined>, sqlx::Error> {
        let rows = sqlx::query(
            "SELECT id, object_key, upload_id, e_tag, bytes, reason, first_seen_at, \
             CAST(TIMESTAMPDIFF(SECOND, first_seen_at, UTC_TIMESTAMP(6)) AS SIGNED) AS seconds, \
             CAST(deleting_at IS NOT NULL AS SIGNED) AS deleting \
             FROM quarantine WHERE place = 'held' AND id > ? ORDER BY id LIMIT ?",
        )
        .bind(after)
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(quarantined).collect()
    }

    /// Lets go of what is explained now, or gone by itself.
    pub async fn release(&self, id: u64) -> Result<(), sqlx::Error> {
        sqlx::query("DELETE FROM quarantine WHERE id = ? AND place = 'held'")
            .bind(id)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Notes that a deletion is about to begin, so that it is known afterwards whoever was killed in between.
    pub async fn begin_deletion(&self, id: u64) -> Result<(), sqlx::Error> {
        sqlx::query(
            "UPDATE quarantine SET deleting_at = UTC_TIMESTAMP(6) WHERE id = ? AND place = 'held'",
        )
        .bind(id)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Notes that something is deleted. Its row is kept.
    pub async fn end_deletion(&self, id: u64) -> Result<(), sqlx::Error> {
        sqlx::query(
            "UPDATE quarantine SET deleted_at = UTC_TIMESTAMP(6), place = NULL \
             WHERE id = ? AND place = 'held'",
        )
        .bind(id)
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}

fn quarantined(row: &MySqlRow) -> Result<Quarantined, sqlx::Error> {
    let text = |column| -> Result<String, sqlx::Error> {
        let bytes: &[u8] = row.try_get(column)?;
        Ok(String::from_utf8_lossy(bytes).into_owned())
    };
    let first_seen_at: PrimitiveDateTime = row.try_get("first_seen_at")?;
    let seconds: i64 = row.try_get("seconds")?;
    Ok(Quarantined {
        id: row.try_get("id")?,
        unexplained: Unexplained {
            key: text("object_key")?,
            upload_id: text("upload_id")?,
            e_tag: text("e_tag")?,
            bytes: row.try_get("bytes")?,
            reason: row.try_get("reason")?,
        },
        first_seen_at: first_seen_at.assume_utc(),
        seconds: u64::try_from(seconds).unwrap_or(0),
        deleting: row.try_get::<i64, _>("deleting")? != 0,
    })
}
