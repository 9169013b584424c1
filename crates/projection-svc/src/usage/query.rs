use sqlx::{MySqlPool, Row as _};
use uuid::Uuid;

/// What an account holds, and who it is, its names still sealed.
#[derive(Clone, Debug)]
pub struct AccountRow {
    /// The address that it signs in with.
    pub email_sealed: Vec<u8>,
    /// The name that others see.
    pub display_name_sealed: Vec<u8>,
    /// Microseconds since 1970.
    pub opened_at_micros: i64,
    /// Bytes that it may hold.
    pub quota_bytes: i64,
    /// Bytes promised to uploads under way.
    pub reserved_bytes: i64,
    /// Bytes of its originals.
    pub stored_bytes: i64,
    /// The part of them in the trash.
    pub trash_bytes: i64,
    /// Photos in its albums.
    pub photos: i64,
    /// Videos in its albums.
    pub videos: i64,
}

/// An account's row; `None` while the read model has not heard of it.
pub async fn account(pool: &MySqlPool, account: Uuid) -> Result<Option<AccountRow>, sqlx::Error> {
    let row = sqlx::query(
        "SELECT email_sealed, display_name_sealed, opened_at_micros, quota_bytes, reserved_bytes, \
         stored_bytes, trash_bytes, photos, videos FROM accounts \
         WHERE account_id = ? AND opened_at_micros IS NOT NULL",
    )
    .bind(account)
    .fetch_optional(pool)
    .await?;
    row.map(|row| {
        Ok(AccountRow {
            email_sealed: row.try_get("email_sealed")?,
            display_name_sealed: row.try_get("display_name_sealed")?,
            opened_at_micros: row.try_get("opened_at_micros")?,
            quota_bytes: row.try_get("quota_bytes")?,
            reserved_bytes: row.try_get("reserved_bytes")?,
            stored_bytes: row.try_get("stored_bytes")?,
            trash_bytes: row.try_get("trash_bytes")?,
            photos: row.try_get("photos")?,
            videos: row.try_get("videos")?,
        })
    })
    .transpose()
}
