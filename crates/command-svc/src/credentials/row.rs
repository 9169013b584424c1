use futures::future::BoxFuture;
use picup_event_log::{Alongside, NewAccountKey, destroy_key};
use sqlx::{MySqlConnection, MySqlPool, Row as _, mysql::MySqlRow};
use uuid::Uuid;

use super::statements::execute_each;

/// What an account signs in with.
#[derive(Clone)]
pub struct Credential {
    /// Whose it is.
    pub account: Uuid,
    /// Argon2id, in PHC form.
    pub password_hash: String,
    /// `user` or `operator`.
    pub role: String,
}

/// The rows that come into being with an account, in the transaction of AccountOpened.
pub struct NewAccountRows {
    /// The account's key.
    pub key: NewAccountKey,
    /// Its credential.
    pub credential: Credential,
    /// The keyed hash of its address.
    pub email_index: [u8; 32],
}

impl Alongside for NewAccountRows {
    fn write<'a>(
        &'a self,
        connection: &'a mut MySqlConnection,
    ) -> BoxFuture<'a, Result<(), sqlx::Error>> {
        Box::pin(async move {
            sqlx::query(
                "INSERT INTO credentials (account_id, email_index, password_hash, role) \
                 VALUES (?, ?, ?, ?)",
            )
            .bind(self.credential.account)
            .bind(self.email_index.as_slice())
            .bind(&self.credential.password_hash)
            .bind(&self.credential.role)
            .execute(&mut *connection)
            .await?;
            self.key.insert(connection).await
        })
    }
}

/// What goes in the transaction of AccountClosed: nobody can sign in or stay signed in any more.
pub struct ClosedAccountRows {
    /// Whose.
    pub account: Uuid,
}

impl Alongside for ClosedAccountRows {
    fn write<'a>(
        &'a self,
        connection: &'a mut MySqlConnection,
    ) -> BoxFuture<'a, Result<(), sqlx::Error>> {
        Box::pin(async move {
            let statements = &[
                "DELETE FROM credentials WHERE account_id = ?",
                "DELETE FROM sessions WHERE account_id = ?",
                "DELETE FROM refresh_tokens WHERE account_id = ?",
            ];
            execute_each(connection, statements, self.account).await
        })
    }
}

/// What goes in the transaction of AccountErased: the key of the person's text, the hints where its
/// originals were, and the passwords of its shares.
pub struct ErasedAccountRows {
    /// Whose.
    pub account: Uuid,
}

impl Alongside for ErasedAccountRows {
    fn write<'a>(
        &'a self,
        connection: &'a mut MySqlConnection,
    ) -> BoxFuture<'a, Result<(), sqlx::Error>> {
        Box::pin(async move {
            destroy_key(&mut *connection, self.account).await?;
            let statements = &[
                "DELETE FROM originals WHERE account_id = ?",
                "DELETE FROM share_passwords WHERE account_id = ?",
            ];
            execute_each(connection, statements, self.account).await
        })
    }
}

/// The credential of an address, by its keyed hash.
pub async fn find_by_email(
    pool: &MySqlPool,
    email_index: &[u8; 32],
) -> Result<Option<Credential>, sqlx::Error> {
    sqlx::query("SELECT account_id, password_hash, role FROM credentials WHERE email_index = ?")
        .bind(email_index.as_slice())
        .fetch_optional(pool)
        .await?
        .map(|row| credential(&row))
        .transpose()
}

/// The credential of an account.
pub async fn find_by_account(
    pool: &MySqlPool,
    account: Uuid,
) -> Result<Option<Credential>, sqlx::Error> {
    sqlx::query("SELECT account_id, password_hash, role FROM credentials WHERE account_id = ?")
        .bind(account)
        .fetch_optional(pool)
        .await?
        .map(|row| credential(&row))
        .transpose()
}

/// Replaces what an account signs in with, and ends every session that it had.
pub async fn replace(pool: &MySqlPool, credential: &Credential) -> Result<(), sqlx::Error> {
    let mut transaction = pool.begin().await?;
    sqlx::query("UPDATE credentials SET password_hash = ?, role = ? WHERE account_id = ?")
        .bind(&credential.password_hash)
        .bind(&credential.role)
        .bind(credential.account)
        .execute(&mut *transaction)
        .await?;
    let statements = &[
        "DELETE FROM sessions WHERE account_id = ?",
        "DELETE FROM refresh_tokens WHERE account_id = ?",
    ];
    execute_each(&mut transaction, statements, credential.account).await?;
    transaction.commit().await
}

fn credential(row: &MySqlRow) -> Result<Credential, sqlx::Error> {
    Ok(Credential {
        account: row.try_get("account_id")?,
        password_hash: row.try_get("password_hash")?,
        role: row.try_get("role")?,
    })
}
