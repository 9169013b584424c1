use std::{num::NonZeroU32, time::Duration};

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use picup_event_log::MasterKey;
use picup_proto::access::v1::Session;
use picup_service::{
    auth::{Guest, Role},
    errors::{ErrorCode, Fault},
};
use secrecy::{ExposeSecret as _, SecretString};
use sqlx::MySqlPool;
use time::OffsetDateTime;
use uuid::Uuid;

use super::guesses::{Guesser, Guesses};
use crate::credentials::{
    AccessTokens, Credential, Issued, Passwords, RefreshTokens, Refreshed, SessionRow, ShownBy,
    find_by_account, find_by_email, find_share_password, replace,
};

/// Signing in, staying signed in, and signing out.
pub struct Sessions {
    pool: MySqlPool,
    master_key: MasterKey,
    passwords: Passwords,
    access: AccessTokens,
    refresh: RefreshTokens,
    attempts: DefaultKeyedRateLimiter<[u8; 32]>,
    guesses: Guesses,
}

impl Sessions {
    pub fn new(
        pool: MySqlPool,
        master_key: MasterKey,
        passwords: Passwords,
        access: AccessTokens,
        refresh: RefreshTokens,
        sign_ins_per_minute: u32,
    ) -> Self {
        let rate = NonZeroU32::new(sign_ins_per_minute).unwrap_or(NonZeroU32::MIN);
        let attempts = RateLimiter::keyed(Quota::per_minute(rate));
        Self {
            pool,
            master_key,
            passwords,
            access,
            refresh,
            attempts,
            guesses: Guesses::new(sign_ins_per_minute),
        }
    }

    /// The keyed hash that an address is found by.
    pub fn email_index(&self, email: &str) -> [u8; 32] {
        self.master_key.blind_index("email", email)
    }

    pub async fn hash(&self, password: SecretString) -> Result<String, Fault> {
        self.passwords.hash(password).await
    }

    /// The credential of an address, with whether this is its password. For accounts of our own
    /// configuration: it is neither throttled nor timing-flat.
    pub async fn look_up(
        &self,
        email: &str,
        password: SecretString,
    ) -> Result<Option<(Credential, bool)>, Fault> {
        let found = find_by_email(&self.pool, &self.email_index(email)).await;
        let Some(credential) = found.map_err(unavailable)? else {
            return Ok(None);
        };
        let hash = Some(credential.password_hash.as_str());
        let right = self.passwords.verify(password, hash).await?;
        Ok(Some((credential, right)))
    }

    /// Gives an account another password and role, and ends its sessions.
    pub async fn replace(&self, credential: &Credential) -> Result<(), Fault> {
        replace(&self.pool, credential).await.map_err(unavailable)
    }

    /// Checks an address and password. It takes as long, and says the same, where there is no such account.
    pub async fn sign_in(
        &self,
        email: &str,
        password: SecretString,
        device: &str,
    ) -> Result<(Uuid, Session), Fault> {
        let index = self.email_index(email);
        self.throttle(&index)?;
        let credential = find_by_email(&self.pool, &index)
            .await
            .map_err(unavailable)?;
        let hash = credential
            .as_ref()
            .map(|credential| credential.password_hash.as_str());
        let right = self.passwords.verify(password, hash).await?;
        match credential {
            Some(credential) if right => {
                let session = self.start(&credential, device).await?;
                Ok((credential.account, session))
            }
            _ => Err(Fault::new(
                ErrorCode::Unauthenticated,
                "the address or the password is not right",
            )
            .with_reason("SIGN_IN_REFUSED")),
        }
    }

    /// Refuses unless this is the account's password. Throttled like signing in.
    pub async fn check_password(&self, account: Uuid, password: SecretString) -> Result<(), Fault> {
        self.throttle(&self.email_index(&account.to_string()))?;
        let credential = find_by_account(&self.pool, account)
            .await
            .map_err(unavailable)?;
        let hash = credential
            .as_ref()
            .map(|credential| credential.password_hash.as_str());
        if self.passwords.verify(password, hash).await? {
            return Ok(());
        }
        let fault = Fault::new(ErrorCode::PermissionDenied, "the password is not right");
        Err(fault.with_reason("PASSWORD_REFUSED"))
    }

    /// Starts a session for an account whose password has just been checked or set.
    pub async fn start(&self, credential: &Credential, device: &str) -> Result<Session, Fault> {
        let now = OffsetDateTime::now_utc();
        let issued = self.refresh.start(credential.account, device, now).await;
        self.session(credential, issued.map_err(unavailable)?, now)
    }

    /// Where an account is signed in, the last used first.
    pub async fn list(&self, account: Uuid) -> Result<Vec<SessionRow>, Fault> {
        let now = OffsetDateTime::now_utc();
        let sessions = self.refresh.sessions(account, now).await;
        sessions.map_err(unavailable)
    }

    /// Ends a sign-in of an account's.
    pub async fn end(&self, account: Uuid, session: Uuid) -> Result<(), Fault> {
        let ended = self.refresh.end(account, session).await;
        if ended.map_err(unavailable)? {
            return Ok(());
        }
        let message = "there is no such session: it has ended already";
        Err(Fault::new(ErrorCode::NotFound, message))
    }

    /// Hashes a password that somebody who is signed in has thought of, as often as they may sign in.
    pub async fn hash_for(&self, account: Uuid, password: SecretString) -> Result<String, Fault> {
        self.throttle(&self.email_index(&format!("{account} shares")))?;
        self.passwords.hash(password).await
    }

    /// Refuses unless this is the password of a share.
    pub async fn check_share_password(
        &self,
        guesser: Guesser,
        password: SecretString,
    ) -> Result<(), Fault> {
        let refused = |message, reason| {
            Err(Fault::new(ErrorCode::Unauthenticated, message).with_reason(reason))
        };
        if password.expose_secret().is_empty() {
            return refused("this link asks for a password", "SHARE_PASSWORD_NEEDED");
        }
        self.guesses.begin(guesser).await?;
        let hash = find_share_password(&self.pool, guesser.0).await;
        let hash = hash.map_err(unavailable)?;
        if self.passwords.verify(password, hash.as_deref()).await? {
            self.guesses.was_right(guesser).await;
            return Ok(());
        }
        refused("the password is not right", "SHARE_PASSWORD_REFUSED")
    }

    /// A guest's access token, with the seconds that it works; it ends with the share at the latest.
    pub fn let_in(
        &self,
        guest: &Guest,
        now: OffsetDateTime,
        share_ends_micros: i64,
    ) -> Result<(String, u32), Fault> {
        let ends = OffsetDateTime::from_unix_timestamp(share_ends_micros / 1_000_000);
        let ends = ends.map_err(|error| Fault::new(ErrorCode::Internal, error.to_string()))?;
        self.access.sign_guest(guest, now, ends)
    }

    /// How long a session lasts that is not used.
    pub fn lifetime(&self) -> Duration {
        self.refresh.lifetime()
    }

    /// Exchanges a refresh token for a new session.
    pub async fn refresh(&self, token: &str, shown_by: ShownBy) -> Result<Session, Fault> {
        let now = OffsetDateTime::now_utc();
        match self
            .refresh
            .refresh(token, now, shown_by)
            .await
            .map_err(unavailable)?
        {
            Refreshed::Next { account, next } => {
                let credential = find_by_account(&self.pool, account)
                    .await
                    .map_err(unavailable)?;
                let credential = credential.ok_or_else(|| over("SESSION_OVER"))?;
                self.session(&credential, next, now)
            }
            Refreshed::Unknown => Err(over("SESSION_OVER")),
            Refreshed::Reused => {
                tracing::warn!("a refresh token was used twice: its family is revoked");
                Err(over("REFRESH_TOKEN_REUSED"))
            }
        }
    }

    pub async fn sign_out(&self, token: &str) -> Result<(), Fault> {
        self.refresh.sign_out(token).await.map_err(unavailable)
    }

    fn session(
        &self,
        credential: &Credential,
        issued: Issued,
        now: OffsetDateTime,
    ) -> Result<Session, Fault> {
        let role = if credential.role == "operator" {
            Role::Operator
        } else {
            Role::User
        };
        Ok(Session {
            access_token: self
                .access
                .sign(credential.account, role, issued.session, now)?,
            access_token_seconds: self.access.seconds(),
            refresh_token: issued.token,
        })
    }

    fn throttle(&self, index: &[u8; 32]) -> Result<(), Fault> {
        // Keys whose allowance is full again are forgotten, so that the table stays small.
        if self.attempts.len() > 10_000 {
            self.attempts.retain_recent();
        }
        self.attempts.check_key(index).map_err(|_| {
            Fault::new(ErrorCode::TooManyRequests, "too many tries: wait a minute")
                .with_reason("SIGN_IN_THROTTLED")
        })
    }
}

fn over(reason: &'static str) -> Fault {
    Fault::new(
        ErrorCode::Unauthenticated,
        "this session is over: sign in again",
    )
    .with_reason(reason)
}

fn unavailable(error: sqlx::Error) -> Fault {
    tracing::warn!(%error, "credentials are unavailable");
    Fault::new(
        ErrorCode::Unavailable,
        "the database does not answer; try again",
    )
}
