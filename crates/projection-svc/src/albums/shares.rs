//! Links to albums. They end with their album; nothing else of an account's touches them, so that it does not matter
//! which of two streams is first. Those of an erased account stay as rows whose key nobody can open.

use picup_event_types::{RecordedEvent, messages::AlbumShared};
use sqlx::{
    AssertSqlSafe, MySqlConnection, MySqlPool, Row as _,
    mysql::{MySqlQueryResult, MySqlRow},
};
use uuid::Uuid;

/// A link to an album, its key still sealed.
#[derive(Clone, Debug)]
pub struct ShareRow {
    /// The share.
    pub share: Uuid,
    /// The key in the link.
    pub key_sealed: Vec<u8>,
    /// Microseconds since 1970.
    pub created_at_micros: i64,
    /// Microseconds since 1970.
    pub expires_at_micros: i64,
    /// Whether guests are asked for a password.
    pub has_password: bool,
    /// Whether guests may fetch originals.
    pub guests_may_download: bool,
    /// Whether guests may add to the album.
    pub guests_may_upload: bool,
}

const COLUMNS: &str = "s.share_id, s.key_sealed, s.created_at_micros, s.expires_at_micros, s.has_password, \
     s.guests_may_download, s.guests_may_upload";

/// A link is there. No row is made where there is no album.
pub(super) async fn shared(
    connection: &mut MySqlConnection,
    recorded: &RecordedEvent,
    shared: &AlbumShared,
) -> Result<MySqlQueryResult, sqlx::Error> {
    sqlx::query(
        "INSERT INTO shares (share_id, album_id, account_id, key_sealed, created_at_micros, \
         expires_at_micros, has_password, guests_may_download, guests_may_upload) \
         SELECT ?, album_id, account_id, ?, ?, ?, ?, ?, ? FROM albums WHERE album_id = ?",
    )
    .bind(&shared.share_id)
    .bind(&shared.key_sealed)
    .bind(recorded.recorded_at_micros())
    .bind(shared.expires_at_micros)
    .bind(shared.has_password)
    .bind(shared.guests_may_download)
    .bind(shared.guests_may_upload)
    .bind(recorded.stream.id)
    .execute(connection)
    .await
}

/// A link was taken back.
pub(super) async fn revoked(
    connection: &mut MySqlConnection,
    share: &[u8],
) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM shares WHERE share_id = ?")
        .bind(share)
        .execute(connection)
        .await?;
    Ok(())
}

/// An album is gone, and its links with it.
pub(super) async fn ended(
    connection: &mut MySqlConnection,
    album: Uuid,
) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM shares WHERE album_id = ?")
        .bind(album)
        .execute(connection)
        .await?;
    Ok(())
}

/// The links of an album of the account's, the newest first. The rules allow but a few.
pub async fn list_shares(
    pool: &MySqlPool,
    account: Uuid,
    album: Uuid,
) -> Result<Vec<ShareRow>, sqlx::Error> {
    let statement = format!(
        "SELECT {COLUMNS} FROM shares s WHERE s.album_id = ? AND s.account_id = ? \
         ORDER BY s.created_at_micros DESC, s.share_id"
    );
    let rows = sqlx::query(AssertSqlSafe(statement))
        .bind(album)
        .bind(account)
        .fetch_all(pool)
        .await?;
    rows.iter().map(share_row).collect()
}

/// A link by which guests come to an album, while the album is there and its account open.
pub async fn share(
    pool: &MySqlPool,
    account: Uuid,
    album: Uuid,
    share: Uuid,
) -> Result<Option<ShareRow>, sqlx::Error> {
    let statement = format!(
        "SELECT {COLUMNS} FROM shares s JOIN albums a ON a.album_id = s.album_id \
         LEFT JOIN accounts c ON c.account_id = s.account_id \
         WHERE s.share_id = ? AND s.album_id = ? AND s.account_id = ? \
         AND a.deleted = FALSE AND COALESCE(c.closed, FALSE) = FALSE"
    );
    let row = sqlx::query(AssertSqlSafe(statement))
        .bind(share)
        .bind(album)
        .bind(account)
        .fetch_optional(pool)
        .await?;
    row.as_ref().map(share_row).transpose()
}

fn share_row(row: &MySqlRow) -> Result<ShareRow, sqlx::Error> {
    Ok(ShareRow {
        share: row.try_get("share_id")?,
        key_sealed: row.try_get("key_sealed")?,
        created_at_micros: row.try_get("created_at_micros")?,
        expires_at_micros: row.try_get("expires_at_micros")?,
        has_password: row.try_get("has_password")?,
        guests_may_download: row.try_get("guests_may_download")?,
        guests_may_upload: row.try_get("guests_may_upload")?,
    })
}
