use sqlx::{MySqlPool, Row as _};
use time::{OffsetDateTime, PrimitiveDateTime};
use uuid::Uuid;

/// Characters of an owner's name, at most.
const LONGEST_OWNER: usize = 255;

/// Rights to do what only one process may do at a time, in the log's database. Cheap to clone.
#[derive(Clone)]
pub struct Leases {
    pool: MySqlPool,
}

/// A right that is held, until it runs out or is given back.
#[derive(Clone, Debug)]
pub struct HeldLease {
    name: &'static str,
    held_by: Uuid,
}

/// What became of taking a lease.
#[derive(Clone, Debug)]
pub enum Taking {
    /// It is ours.
    Taken(HeldLease),
    /// Somebody else has it.
    Held {
        /// Who, in words.
        owner: String,
        /// Since when.
        taken_at: OffsetDateTime,
        /// When it runs out if they are never heard of again.
        until: OffsetDateTime,
    },
}

impl Leases {
    /// Leases in the log's database.
    pub fn new(pool: MySqlPool) -> Self {
        Self { pool }
    }

    /// Takes a lease for so many seconds, where nobody has it or whoever had it let it run out. `owner` names us to
    /// people.
    pub async fn take(
        &self,
        name: &'static str,
        owner: &str,
        seconds: u32,
    ) -> Result<Taking, sqlx::Error> {
        let held_by = Uuid::new_v4();
        let owner: String = owner.chars().take(LONGEST_OWNER).collect();
        // `held_until` is set last: assignments are made from left to right, and all others ask for the old one.
        sqlx::query(
            "INSERT INTO leases (name, held_by, owner, taken_at, held_until) \
             VALUES (?, ?, ?, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6) + INTERVAL ? SECOND) \
             ON DUPLICATE KEY UPDATE owner = IF(held_until < UTC_TIMESTAMP(6), VALUES(owner), owner), \
             held_by = IF(held_until < UTC_TIMESTAMP(6), VALUES(held_by), held_by), \
             taken_at = IF(held_until < UTC_TIMESTAMP(6), VALUES(taken_at), taken_at), \
             held_until = IF(held_until < UTC_TIMESTAMP(6), VALUES(held_until), held_until)",
        )
        .bind(name)
        .bind(held_by)
        .bind(owner)
        .bind(seconds)
        .execute(&self.pool)
        .await?;
        let row =
            sqlx::query("SELECT held_by, owner, taken_at, held_until FROM leases WHERE name = ?")
                .bind(name)
                .fetch_one(&self.pool)
                .await?;
        if row.try_get::<Uuid, _>("held_by")? == held_by {
            return Ok(Taking::Taken(HeldLease { name, held_by }));
        }
        Ok(Taking::Held {
            owner: row.try_get("owner")?,
            taken_at: row
                .try_get::<PrimitiveDateTime, _>("taken_at")?
                .assume_utc(),
            until: row
                .try_get::<PrimitiveDateTime, _>("held_until")?
                .assume_utc(),
        })
    }

    /// Holds a lease for so many seconds from now. Says whether it is still ours.
    pub async fn renew(&self, lease: &HeldLease, seconds: u32) -> Result<bool, sqlx::Error> {
        let renewed = sqlx::query(
            "UPDATE leases SET held_until = UTC_TIMESTAMP(6) + INTERVAL ? SECOND \
             WHERE name = ? AND held_by = ? AND held_until >= UTC_TIMESTAMP(6)",
        )
        .bind(seconds)
        .bind(lease.name)
        .bind(lease.held_by)
        .execute(&self.pool)
        .await?;
        Ok(renewed.rows_affected() == 1)
    }

    /// Gives a lease back, noting whether the work was done.
    pub async fn give_back(&self, lease: &HeldLease, done: bool) -> Result<(), sqlx::Error> {
        sqlx::query(
            "UPDATE leases SET held_until = UTC_TIMESTAMP(6) - INTERVAL 1 SECOND, \
             done_at = IF(?, UTC_TIMESTAMP(6), done_at) WHERE name = ? AND held_by = ?",
        )
        .bind(done)
        .bind(lease.name)
        .bind(lease.held_by)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Whether the work under this name was last done longer ago than so many seconds, or never.
    pub async fn is_due(&self, name: &str, seconds: u64) -> Result<bool, sqlx::Error> {
        let recent: i64 = sqlx::query_scalar(
            "SELECT COUNT(*) FROM leases WHERE name = ? \
             AND done_at > UTC_TIMESTAMP(6) - INTERVAL ? SECOND",
        )
        .bind(name)
        .bind(seconds)
        .fetch_one(&self.pool)
        .await?;
        Ok(recent == 0)
    }
}
