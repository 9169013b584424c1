use std::time::Duration;

use aws_lc_rs::{digest, rand};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use sqlx::{MySqlConnection, MySqlPool, Row as _, mysql::MySqlRow};
use time::{OffsetDateTime, PrimitiveDateTime};
use uuid::Uuid;

use super::statements::execute_each;

/// Sign-ins of one account that are listed, at most.
const MOST_SESSIONS: u32 = 100;

/// Refresh tokens: random, kept by their hash only, good for one use.
///
/// A sign-in's row in `sessions` is what stands or falls: whoever changes its tokens locks it first, so a token that is
/// made while the sign-in is ended goes with the others. Locks are taken in this order everywhere.
#[derive(Clone)]
pub struct RefreshTokens {
    pool: MySqlPool,
    lifetime: Duration,
}

/// Who shows a refresh token.
#[derive(Clone, Copy, Debug)]
pub enum ShownBy {
    /// A program that has stored each token before it uses it: none is shown twice.
    Client,
    /// A browser's cookie. A page may be left before the answer is there, and a browser that is killed has the cookie
    /// of half a minute ago: so a token may be shown again as long as no later one of its family was shown. Once one
    /// was, two parties have tokens of the family.
    Browser,
}

/// A refresh token that was just made.
pub struct Issued {
    /// The sign-in that it belongs to.
    pub session: Uuid,
    /// What the client shows next.
    pub token: String,
}

/// A sign-in that has not ended.
pub struct SessionRow {
    /// Its id, that of its family of tokens.
    pub session: Uuid,
    /// What the client's program calls itself.
    pub device: String,
    /// When it began.
    pub started_at: OffsetDateTime,
    /// When it last asked for a token.
    pub last_used_at: OffsetDateTime,
}

/// What became of a refresh token that was shown.
pub enum Refreshed {
    /// It was good; here is the next one.
    Next {
        /// Whose it is.
        account: Uuid,
        /// The token to use next, and what it is of.
        next: Issued,
    },
    /// It is unknown, expired or signed out.
    Unknown,
    /// It had been used before: somebody has a copy, so its whole family is revoked.
    Reused,
}

impl RefreshTokens {
    /// Keeps tokens in the log's database, beside the credentials.
    pub fn new(pool: MySqlPool, lifetime: Duration) -> Self {
        Self { pool, lifetime }
    }

    /// Starts a family: one sign-in on one device.
    pub async fn start(
        &self,
        account: Uuid,
        device: &str,
        now: OffsetDateTime,
    ) -> Result<Issued, sqlx::Error> {
        self.forget_expired(account, now).await?;
        let session = Uuid::new_v4();
        let mut transaction = self.pool.begin().await?;
        sqlx::query(
            "INSERT INTO sessions (session_id, account_id, device, started_at, last_used_at) \
             VALUES (?, ?, ?, ?, ?)",
        )
        .bind(session)
        .bind(account)
        .bind(device)
        .bind(plain(now))
        .bind(plain(now))
        .execute(&mut *transaction)
        .await?;
        let issued = self.insert(&mut transaction, account, session, now).await?;
        transaction.commit().await?;
        Ok(issued)
    }

    async fn forget_expired(&self, account: Uuid, now: OffsetDateTime) -> Result<(), sqlx::Error> {
        sqlx::query("DELETE FROM refresh_tokens WHERE account_id = ? AND expires_at < ?")
            .bind(account)
            .bind(plain(now))
            .execute(&self.pool)
            .await?;
        // Looked up apart: a subquery of a DELETE would lock the tokens of sessions that are being refreshed.
        let over: Vec<Uuid> = sqlx::query_scalar(
            "SELECT s.session_id FROM sessions s WHERE s.account_id = ? AND NOT EXISTS \
             (SELECT 1 FROM refresh_tokens t WHERE t.family_id = s.session_id)",
        )
        .bind(account)
        .fetch_all(&self.pool)
        .await?;
        for session in over {
            sqlx::query("DELETE FROM sessions WHERE session_id = ?")
                .bind(session)
                .execute(&self.pool)
                .await?;
        }
        Ok(())
    }

    /// Where an account is signed in, the last used first.
    pub async fn sessions(
        &self,
        account: Uuid,
        now: OffsetDateTime,
    ) -> Result<Vec<SessionRow>, sqlx::Error> {
        let rows = sqlx::query(
            "SELECT s.session_id, s.device, s.started_at, s.last_used_at FROM sessions s \
             WHERE s.account_id = ? AND EXISTS (SELECT 1 FROM refresh_tokens t \
             WHERE t.family_id = s.session_id AND t.expires_at > ?) \
             ORDER BY s.last_used_at DESC LIMIT ?",
        )
        .bind(account)
        .bind(plain(now))
        .bind(MOST_SESSIONS)
        .fetch_all(&self.pool)
        .await?;
        let time = |row: &MySqlRow, column| {
            let time: PrimitiveDateTime = row.try_get(column)?;
            Ok::<_, sqlx::Error>(time.assume_utc())
        };
        let session = |row: &MySqlRow| {
            Ok(SessionRow {
                session: row.try_get("session_id")?,
                device: row.try_get("device")?,
                started_at: time(row, "started_at")?,
                last_used_at: time(row, "last_used_at")?,
            })
        };
        rows.iter().map(session).collect()
    }

    /// Ends a sign-in of an account's, and says whether there was such a one.
    pub async fn end(&self, account: Uuid, session: Uuid) -> Result<bool, sqlx::Error> {
        let mut transaction = self.pool.begin().await?;
        let found = sqlx::query("SELECT 1 FROM sessions WHERE session_id = ? AND account_id = ?")
            .bind(session)
            .bind(account)
            .fetch_optional(&mut *transaction)
            .await?;
        if found.is_some() {
            end(&mut transaction, session).await?;
        }
        transaction.commit().await?;
        Ok(found.is_some())
    }

    /// How long a token is good for.
    pub fn lifetime(&self) -> Duration {
        self.lifetime
    }

    /// Exchanges a token for the next one of its family.
    pub async fn refresh(
        &self,
        token: &str,
        now: OffsetDateTime,
        shown_by: ShownBy,
    ) -> Result<Refreshed, sqlx::Error> {
        let hash = hash(token);
        let Some(family) = self.session_of(token).await? else {
            return Ok(Refreshed::Unknown);
        };
        let mut transaction = self.pool.begin().await?;
        if !lock(&mut transaction, family).await? {
            return Ok(Refreshed::Unknown);
        }
        let row = sqlx::query(
            "SELECT t.account_id, t.used_at IS NOT NULL AS used, \
             EXISTS (SELECT 1 FROM refresh_tokens n WHERE n.family_id = t.family_id \
             AND n.expires_at > t.expires_at AND n.used_at IS NOT NULL) AS later_used \
             FROM refresh_tokens t WHERE t.token_hash = ? AND t.expires_at > ?",
        )
        .bind(hash.as_slice())
        .bind(plain(now))
        .fetch_optional(&mut *transaction)
        .await?;
        let Some(row) = row else {
            return Ok(Refreshed::Unknown);
        };
        let account: Uuid = row.try_get("account_id")?;
        let reused = match shown_by {
            ShownBy::Client => row.try_get("used")?,
            ShownBy::Browser => row.try_get("later_used")?,
        };
        if reused {
            end(&mut transaction, family).await?;
            transaction.commit().await?;
            return Ok(Refreshed::Reused);
        }
        sqlx::query("UPDATE refresh_tokens SET used_at = ? WHERE token_hash = ?")
            .bind(plain(now))
            .bind(hash.as_slice())
            .execute(&mut *transaction)
            .await?;
        sqlx::query("UPDATE sessions SET last_used_at = ? WHERE session_id = ?")
            .bind(plain(now))
            .bind(family)
            .execute(&mut *transaction)
            .await?;
        let next = self.insert(&mut transaction, account, family, now).await?;
        transaction.commit().await?;
        Ok(Refreshed::Next { account, next })
    }

    /// Ends the family of a token. A token that is unknown is signed out already.
    pub async fn sign_out(&self, token: &str) -> Result<(), sqlx::Error> {
        if let Some(family) = self.session_of(token).await? {
            let mut transaction = self.pool.begin().await?;
            end(&mut transaction, family).await?;
            transaction.commit().await?;
        }
        Ok(())
    }

    async fn session_of(&self, token: &str) -> Result<Option<Uuid>, sqlx::Error> {
        sqlx::query_scalar("SELECT family_id FROM refresh_tokens WHERE token_hash = ?")
            .bind(hash(token).as_slice())
            .fetch_optional(&self.pool)
            .await
    }

    async fn insert(
        &self,
        connection: &mut MySqlConnection,
        account: Uuid,
        session: Uuid,
        now: OffsetDateTime,
    ) -> Result<Issued, sqlx::Error> {
        let mut random = [0; 32];
        rand::fill(&mut random).map_err(|_| sqlx::Error::WorkerCrashed)?;
        let token = BASE64_URL_SAFE_NO_PAD.encode(random);
        sqlx::query(
            "INSERT INTO refresh_tokens (token_hash, family_id, account_id, expires_at) \
             VALUES (?, ?, ?, ?)",
        )
        .bind(hash(&token).as_slice())
        .bind(session)
        .bind(account)
        .bind(plain(now + self.lifetime))
        .execute(connection)
        .await?;
        Ok(Issued { session, token })
    }
}

/// Locks a sign-in that stands, and says whether it does.
async fn lock(connection: &mut MySqlConnection, session: Uuid) -> Result<bool, sqlx::Error> {
    let found = sqlx::query("SELECT 1 FROM sessions WHERE session_id = ? FOR UPDATE")
        .bind(session)
        .fetch_optional(connection)
        .await?;
    Ok(found.is_some())
}

async fn end(connection: &mut MySqlConnection, session: Uuid) -> Result<(), sqlx::Error> {
    let statements = &[
        "DELETE FROM sessions WHERE session_id = ?",
        "DELETE FROM refresh_tokens WHERE family_id = ?",
    ];
    execute_each(connection, statements, session).await
}

fn hash(token: &str) -> Vec<u8> {
    digest::digest(&digest::SHA256, token.as_bytes())
        .as_ref()
        .to_vec()
}

fn plain(time: OffsetDateTime) -> PrimitiveDateTime {
    PrimitiveDateTime::new(time.date(), time.time())
}
