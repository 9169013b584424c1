//! What holds for all media of an account. Account and media may overtake each other, so either makes what it needs.

use sqlx::MySqlConnection;
use uuid::Uuid;

use super::due::{Of, settle};
use crate::apply::ApplyError;

/// What lay in the trash before this position is to be deleted.
pub async fn emptied(
    connection: &mut MySqlConnection,
    account: Uuid,
    position: u64,
) -> Result<(), ApplyError> {
    sqlx::query(
        "INSERT INTO accounts (account_id, emptied_position) VALUES (?, ?) \
         ON DUPLICATE KEY UPDATE emptied_position = VALUES(emptied_position)",
    )
    .bind(account)
    .bind(position)
    .execute(&mut *connection)
    .await?;
    Ok(settle(connection, Of::Trash(account)).await?)
}

/// All that the account holds is to be deleted.
pub async fn closed(connection: &mut MySqlConnection, account: Uuid) -> Result<(), ApplyError> {
    sqlx::query(
        "INSERT INTO accounts (account_id, closed) VALUES (?, TRUE) \
         ON DUPLICATE KEY UPDATE closed = TRUE",
    )
    .bind(account)
    .execute(connection)
    .await?;
    Ok(())
}

/// Nothing is left to be done with the account. Its albums stay as rows without a text: an event of theirs may
/// still come.
pub async fn erased(connection: &mut MySqlConnection, account: Uuid) -> Result<(), ApplyError> {
    sqlx::query("UPDATE accounts SET erased = TRUE WHERE account_id = ?")
        .bind(account)
        .execute(&mut *connection)
        .await?;
    sqlx::query("UPDATE albums SET deleted = TRUE, title_sealed = NULL WHERE account_id = ?")
        .bind(account)
        .execute(connection)
        .await?;
    Ok(())
}
