//! Which albums have changed, for those who watch.

use sqlx::{AssertSqlSafe, MySqlConnection, MySqlPool, Row as _};
use uuid::Uuid;

/// The database's clock: microseconds since 1970.
const NOW: &str = "CAST(UNIX_TIMESTAMP(NOW(6)) * 1000000 AS SIGNED)";

/// An album that has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Touched {
    /// Which.
    pub album: Uuid,
    /// When, by the database's clock: microseconds since 1970.
    pub at_micros: i64,
}

/// Notes that an album of this account changes.
pub async fn touch(
    connection: &mut MySqlConnection,
    album: Uuid,
    account: Uuid,
) -> Result<(), sqlx::Error> {
    let statement = format!(
        "INSERT INTO touched (album_id, account_id, at_micros) VALUES (?, ?, {NOW}) \
         ON DUPLICATE KEY UPDATE at_micros = VALUES(at_micros)"
    );
    sqlx::query(AssertSqlSafe(statement))
        .bind(album)
        .bind(account)
        .execute(connection)
        .await?;
    Ok(())
}

/// The same for an album whose row is there.
pub async fn touch_album(connection: &mut MySqlConnection, album: Uuid) -> Result<(), sqlx::Error> {
    touch_row_of(connection, "albums", "album_id", album).await
}

/// The same for the album of an item.
pub async fn touch_album_of(
    connection: &mut MySqlConnection,
    media: Uuid,
) -> Result<(), sqlx::Error> {
    touch_row_of(connection, "media", "media_id", media).await
}

async fn touch_row_of(
    connection: &mut MySqlConnection,
    table: &'static str,
    key: &'static str,
    id: Uuid,
) -> Result<(), sqlx::Error> {
    let statement = format!(
        "INSERT INTO touched (album_id, account_id, at_micros) \
         SELECT album_id, account_id, {NOW} FROM {table} WHERE {key} = ? \
         ON DUPLICATE KEY UPDATE at_micros = VALUES(at_micros)"
    );
    sqlx::query(AssertSqlSafe(statement))
        .bind(id)
        .execute(connection)
        .await?;
    Ok(())
}

/// The account's albums that have changed at or after a time, at most `limit`, in the order of their changes.
pub async fn touched_since(
    pool: &MySqlPool,
    account: Uuid,
    since_micros: i64,
    limit: u32,
) -> Result<Vec<Touched>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT album_id, at_micros FROM touched FORCE INDEX (touched_since) \
         WHERE account_id = ? AND at_micros >= ? ORDER BY at_micros LIMIT ?",
    )
    .bind(account)
    .bind(since_micros)
    .bind(limit)
    .fetch_all(pool)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(Touched {
                album: row.try_get("album_id")?,
                at_micros: row.try_get("at_micros")?,
            })
        })
        .collect()
}

/// What the clock says by which changes are noted: microseconds since 1970.
pub async fn now(pool: &MySqlPool) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar(AssertSqlSafe(format!("SELECT {NOW}")))
        .fetch_one(pool)
        .await
}
