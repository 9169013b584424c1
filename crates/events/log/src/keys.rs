use std::{fmt, sync::Arc, time::Duration};

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey},
    hmac, rand,
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use moka::future::Cache;
use picup_event_types::{AccountKey, UnsealError};
use secrecy::{ExposeSecret as _, SecretString};
use sqlx::{MySqlConnection, MySqlPool};
use thiserror::Error;
use uuid::Uuid;

/// Keys held in memory, at most.
const CACHED: u64 = 10_000;
/// For how long at most: an erased account's text can be read no longer than this.
const CACHED_FOR: Duration = Duration::from_mins(1);

/// Why an account's key cannot be had.
#[derive(Clone, Debug, Error)]
pub enum KeyError {
    /// The account was erased, or never existed.
    #[error("there is no key for this account")]
    Erased,
    /// The key does not open with this master key.
    #[error("the account's key cannot be unwrapped: is the master key the right one?")]
    Unwrap,
    /// The database did not answer.
    #[error("the account's key cannot be read: {0}")]
    Database(Arc<sqlx::Error>),
}

impl From<UnsealError> for KeyError {
    fn from(_: UnsealError) -> Self {
        Self::Unwrap
    }
}

/// The one key that wraps all accounts' keys. It comes from the configuration and is never stored.
#[derive(Clone)]
pub struct MasterKey(Arc<[u8; AccountKey::LENGTH]>);

impl fmt::Debug for MasterKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("MasterKey(…)")
    }
}

impl MasterKey {
    /// Takes 32 bytes written in base64.
    pub fn from_base64(text: &SecretString) -> Result<Self, KeyError> {
        let bytes = BASE64_STANDARD
            .decode(text.expose_secret())
            .map_err(|_| KeyError::Unwrap)?;
        Ok(Self(Arc::new(
            bytes.try_into().map_err(|_| KeyError::Unwrap)?,
        )))
    }

    /// A keyed hash that finds a text again without telling what it is (a blind index).
    pub fn blind_index(&self, purpose: &str, text: &str) -> [u8; 32] {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.0.as_slice());
        let mut context = hmac::Context::with_key(&key);
        context.update(purpose.as_bytes());
        context.update(&[0]);
        context.update(text.as_bytes());
        let mut index = [0; 32];
        index.copy_from_slice(context.sign().as_ref());
        index
    }

    fn wrapping(&self) -> Result<RandomizedNonceKey, KeyError> {
        RandomizedNonceKey::new(&AES_256_GCM, self.0.as_slice()).map_err(|_| KeyError::Unwrap)
    }

    fn wrap(&self, account: Uuid, key: &[u8]) -> Result<Vec<u8>, KeyError> {
        let mut buffer = key.to_vec();
        let nonce = self
            .wrapping()?
            .seal_in_place_append_tag(Aad::from(account.as_bytes()), &mut buffer)
            .map_err(|_| KeyError::Unwrap)?;
        let mut wrapped = nonce.as_ref().to_vec();
        wrapped.append(&mut buffer);
        Ok(wrapped)
    }

    fn unwrap(&self, account: Uuid, wrapped: &[u8]) -> Result<AccountKey, KeyError> {
        let (nonce, sealed) = wrapped
            .split_at_checked(NONCE_LEN)
            .ok_or(KeyError::Unwrap)?;
        let mut buffer = sealed.to_vec();
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| KeyError::Unwrap)?;
        let key = self
            .wrapping()?
            .open_in_place(nonce, Aad::from(account.as_bytes()), &mut buffer)
            .map_err(|_| KeyError::Unwrap)?;
        Ok(AccountKey::new(account, key)?)
    }
}

/// A key that has been made but not stored yet.
pub struct NewAccountKey {
    /// Seals the first texts.
    pub key: AccountKey,
    account: Uuid,
    wrapped: Vec<u8>,
}

impl NewAccountKey {
    /// Stores the key, in the transaction that opens the account.
    pub async fn insert(&self, connection: &mut MySqlConnection) -> Result<(), sqlx::Error> {
        sqlx::query("INSERT INTO account_keys (account_id, wrapped_key) VALUES (?, ?)")
            .bind(self.account)
            .bind(self.wrapped.as_slice())
            .execute(connection)
            .await?;
        Ok(())
    }
}

/// Destroys an account's key, in the transaction that erases the account. Where it is still in a process's memory it
/// is forgotten within a minute.
pub async fn destroy_key(
    connection: &mut MySqlConnection,
    account: Uuid,
) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM account_keys WHERE account_id = ?")
        .bind(account)
        .execute(connection)
        .await?;
    Ok(())
}

/// The accounts' keys, with a bounded cache.
#[derive(Clone)]
pub struct AccountKeys {
    pool: MySqlPool,
    master: MasterKey,
    cache: Cache<Uuid, Arc<AccountKey>>,
}

impl AccountKeys {
    /// Reads keys from the log's database.
    pub fn new(pool: MySqlPool, master: MasterKey) -> Self {
        let cache = Cache::builder()
            .max_capacity(CACHED)
            .time_to_live(CACHED_FOR)
            .build();
        Self {
            pool,
            master,
            cache,
        }
    }

    /// Makes a key for a new account.
    pub fn generate(&self, account: Uuid) -> Result<NewAccountKey, KeyError> {
        let mut bytes = [0; AccountKey::LENGTH];
        rand::fill(&mut bytes).map_err(|_| KeyError::Unwrap)?;
        let wrapped = self.master.wrap(account, &bytes)?;
        Ok(NewAccountKey {
            key: AccountKey::new(account, &bytes)?,
            account,
            wrapped,
        })
    }

    /// The key of an account.
    pub async fn get(&self, account: Uuid) -> Result<Arc<AccountKey>, KeyError> {
        if let Some(key) = self.cache.get(&account).await {
            return Ok(key);
        }
        let wrapped: Option<Vec<u8>> =
            sqlx::query_scalar("SELECT wrapped_key FROM account_keys WHERE account_id = ?")
                .bind(account)
                .fetch_optional(&self.pool)
                .await
                .map_err(|error| KeyError::Database(Arc::new(error)))?;
        let key = Arc::new(
            self.master
                .unwrap(account, &wrapped.ok_or(KeyError::Erased)?)?,
        );
        self.cache.insert(account, key.clone()).await;
        Ok(key)
    }
}
