use std::time::Duration;

use aws_lc_rs::{digest, rand};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use sqlx::{Executor, MySql, MySqlPool, Row as _};
use time::{OffsetDateTime, PrimitiveDateTime};
use uuid::Uuid;

/// Refresh tokens: random, kept by their hash only, good for one use.
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

/// What became of a refresh token that was shown.
pub enum Refreshed {
    /// It was good; here is the next one.
    Next {
        /// Whose it is.
        account: Uuid,
        /// The token to use next.
        token: String,
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
    pub async fn start(&self, account: Uuid, now: OffsetDateTime) -> Result<String, sqlx::Error> {
        sqlx::query("DELETE FROM refresh_tokens WHERE account_id = ? AND expires_at < ?")
            .bind(account)
            .bind(plain(now))
            .execute(&self.pool)
            .await?;
        self.insert(&self.pool, account, Uuid::new_v4(), now).await
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
        let mut transaction = self.pool.begin().await?;
        let row = sqlx::query(
            "SELECT t.account_id, t.family_id, t.used_at IS NOT NULL AS used, \
             EXISTS (SELECT 1 FROM refresh_tokens n WHERE n.family_id = t.family_id \
             AND n.expires_at > t.expires_at AND n.used_at IS NOT NULL) AS later_used \
             FROM refresh_tokens t WHERE t.token_hash = ? AND t.expires_at > ? FOR UPDATE",
        )
        .bind(hash.as_slice())
        .bind(plain(now))
        .fetch_optional(&mut *transaction)
        .await?;
        let Some(row) = row else {
            return Ok(Refreshed::Unknown);
        };
        let (account, family): (Uuid, Uuid) =
            (row.try_get("account_id")?, row.try_get("family_id")?);
        let reused = match shown_by {
            ShownBy::Client => row.try_get("used")?,
            ShownBy::Browser => row.try_get("later_used")?,
        };
        if reused {
            sqlx::query("DELETE FROM refresh_tokens WHERE family_id = ?")
                .bind(family)
                .execute(&mut *transaction)
                .await?;
            transaction.commit().await?;
            return Ok(Refreshed::Reused);
        }
        sqlx::query("UPDATE refresh_tokens SET used_at = ? WHERE token_hash = ?")
            .bind(plain(now))
            .bind(hash.as_slice())
            .execute(&mut *transaction)
            .await?;
        let token = self.insert(&mut *transaction, account, family, now).await?;
        transaction.commit().await?;
        Ok(Refreshed::Next { account, token })
    }

    /// Ends the family of a token. A token that is unknown is signed out already.
    pub async fn sign_out(&self, token: &str) -> Result<(), sqlx::Error> {
        let family: Option<Uuid> =
            sqlx::query_scalar("SELECT family_id FROM refresh_tokens WHERE token_hash = ?")
                .bind(hash(token).as_slice())
                .fetch_optional(&self.pool)
                .await?;
        if let Some(family) = family {
            sqlx::query("DELETE FROM refresh_tokens WHERE family_id = ?")
                .bind(family)
                .execute(&self.pool)
                .await?;
        }
        Ok(())
    }

    async fn insert<'e>(
        &self,
        executor: impl Executor<'e, Database = MySql>,
        account: Uuid,
        family: Uuid,
        now: OffsetDateTime,
    ) -> Result<String, sqlx::Error> {
        let mut random = [0; 32];
        rand::fill(&mut random).map_err(|_| sqlx::Error::WorkerCrashed)?;
        let token = BASE64_URL_SAFE_NO_PAD.encode(random);
        sqlx::query(
            "INSERT INTO refresh_tokens (token_hash, family_id, account_id, expires_at) \
             VALUES (?, ?, ?, ?)",
        )
        .bind(hash(&token).as_slice())
        .bind(family)
        .bind(account)
        .bind(plain(now + self.lifetime))
        .execute(executor)
        .await?;
        Ok(token)
    }
}

fn hash(token: &str) -> Vec<u8> {
    digest::digest(&digest::SHA256, token.as_bytes())
        .as_ref()
        .to_vec()
}

fn plain(time: OffsetDateTime) -> PrimitiveDateTime {
    PrimitiveDateTime::new(time.date(), time.time())
}
