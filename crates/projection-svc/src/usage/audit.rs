//! What accounts hold, with the version of the ledger that it stands for, so that it can be proved.

use picup_event_types::StreamId;
use sqlx::{MySqlPool, Row as _};
use uuid::Uuid;

/// The sums of one account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountSums {
    /// Whose they are.
    pub account: Uuid,
    /// The version of its ledger that has been applied.
    pub ledger_version: u64,
    /// Bytes that it may hold.
    pub quota: i64,
    /// Bytes promised to uploads under way.
    pub reserved: i64,
    /// Bytes of its originals.
    pub stored: i64,
    /// The part of them in the trash.
    pub trash: i64,
    /// Photos in its albums.
    pub photos: i64,
    /// Videos in its albums.
    pub videos: i64,
}

/// The sums of accounts after one of them, in the order of their ids. Sums and version are read with one
/// statement, so they belong together.
pub async fn sums(
    pool: &MySqlPool,
    after: Option<Uuid>,
    limit: u32,
) -> Result<Vec<AccountSums>, sqlx::Error> {
    let accounts: Vec<Uuid> = sqlx::query_scalar(
        "SELECT account_id FROM accounts WHERE ? OR account_id > ? ORDER BY account_id LIMIT ?",
    )
    .bind(after.is_none())
    .bind(after.unwrap_or_default())
    .bind(limit)
    .fetch_all(pool)
    .await?;
    let pairs = accounts.iter().map(|account| {
        let ledger = StreamId::ledger_of(*account).id;
        format!(
            "{{\"account\":\"{}\",\"ledger\":\"{}\"}}",
            account.simple(),
            ledger.simple()
        )
    });
    let rows = sqlx::query(
        "SELECT a.account_id, a.quota_bytes, a.reserved_bytes, a.stored_bytes, a.trash_bytes, a.photos, \
         a.videos, CAST(COALESCE(g.version, 0) AS UNSIGNED) AS ledger_version \
         FROM JSON_TABLE(?, '$[*]' COLUMNS (account CHAR(32) PATH '$.account', \
          ledger CHAR(32) PATH '$.ledger')) s \
         STRAIGHT_JOIN accounts a FORCE INDEX (PRIMARY) ON a.account_id = UNHEX(s.account) \
         LEFT JOIN gate g FORCE INDEX (PRIMARY) ON g.stream_id = UNHEX(s.ledger) ORDER BY a.account_id",
    )
    .bind(format!("[{}]", pairs.collect::<Vec<_>>().join(",")))
    .fetch_all(pool)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(AccountSums {
                account: row.try_get("account_id")?,
                ledger_version: row.try_get("ledger_version")?,
                quota: row.try_get("quota_bytes")?,
                reserved: row.try_get("reserved_bytes")?,
                stored: row.try_get("stored_bytes")?,
                trash: row.try_get("trash_bytes")?,
                photos: row.try_get("photos")?,
                videos: row.try_get("videos")?,
            })
        })
        .collect()
}
