//! The sums over all albums of accounts, so that they can be proved.

use std::collections::BTreeMap;

use sqlx::{MySqlPool, Row as _};
use uuid::Uuid;

/// The sums over an account's albums.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ListedSums {
    /// Bytes of the originals in them.
    pub bytes: i64,
    /// Photos in them.
    pub photos: i64,
    /// Videos in them.
    pub videos: i64,
}

/// The sums of these accounts; one without albums is left out.
pub async fn sums(
    pool: &MySqlPool,
    accounts: &[Uuid],
) -> Result<BTreeMap<Uuid, ListedSums>, sqlx::Error> {
    let ids = accounts
        .iter()
        .map(|account| format!("\"{}\"", account.simple()));
    let rows = sqlx::query(
        "SELECT a.account_id, CAST(SUM(a.bytes) AS SIGNED) AS bytes, \
         CAST(SUM(a.photos) AS SIGNED) AS photos, CAST(SUM(a.videos) AS SIGNED) AS videos \
         FROM JSON_TABLE(?, '$[*]' COLUMNS (id CHAR(32) PATH '$')) s \
         STRAIGHT_JOIN albums a FORCE INDEX (albums_listing) ON a.account_id = UNHEX(s.id) \
         GROUP BY a.account_id",
    )
    .bind(format!("[{}]", ids.collect::<Vec<_>>().join(",")))
    .fetch_all(pool)
    .await?;
    rows.iter()
        .map(|row| {
            let sums = ListedSums {
                bytes: row.try_get("bytes")?,
                photos: row.try_get("photos")?,
                videos: row.try_get("videos")?,
            };
            Ok((row.try_get("account_id")?, sums))
        })
        .collect()
}
