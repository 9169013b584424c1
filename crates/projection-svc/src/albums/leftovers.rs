//! What is to be done with media items and accounts by what the read model knows. Whoever does it asks the log again.

use sqlx::MySqlPool;
use uuid::Uuid;

use super::{
    apply::{TRASHED, UPLOADING},
    due::Due,
};

/// A kind of leftover.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leftovers {
    /// Items that have not gone where their album went.
    OfAlbums,
    /// Items that were in the trash when it was emptied.
    OfEmptiedTrash,
    /// Items of closed accounts.
    OfClosedAccounts,
    /// Closed accounts without items.
    EmptyAccounts,
    /// Items that went to the trash before a time, in microseconds since 1970.
    TrashedBefore(i64),
    /// Uploads that were started before a time and have not completed.
    StartedBefore(i64),
}

/// Their ids after one of them, in order, at most `limit`.
pub async fn leftovers(
    pool: &MySqlPool,
    kind: Leftovers,
    after: Uuid,
    limit: u32,
) -> Result<Vec<Uuid>, sqlx::Error> {
    let select = match kind {
        Leftovers::OfAlbums | Leftovers::OfEmptiedTrash => {
            let due = if kind == Leftovers::OfAlbums {
                Due::FollowAlbum
            } else {
                Due::Removal
            };
            sqlx::query_scalar(
                "SELECT media_id FROM media WHERE due = ? AND media_id > ? ORDER BY media_id LIMIT ?",
            )
            .bind(due as i8)
        }
        Leftovers::OfClosedAccounts => sqlx::query_scalar(
            "SELECT m.media_id FROM accounts c JOIN media m ON m.account_id = c.account_id \
             WHERE c.closed = TRUE AND c.erased = FALSE AND m.media_id > ? \
             ORDER BY m.media_id LIMIT ?",
        ),
        Leftovers::EmptyAccounts => sqlx::query_scalar(
            "SELECT c.account_id FROM accounts c WHERE c.closed = TRUE AND c.erased = FALSE \
             AND NOT EXISTS (SELECT 1 FROM media m WHERE m.account_id = c.account_id) \
             AND c.account_id > ? ORDER BY c.account_id LIMIT ?",
        ),
        Leftovers::TrashedBefore(micros) => sqlx::query_scalar(
            "SELECT media_id FROM media WHERE state = ? AND trashed_at_micros < ? \
             AND media_id > ? ORDER BY media_id LIMIT ?",
        )
        .bind(TRASHED)
        .bind(micros),
        Leftovers::StartedBefore(micros) => sqlx::query_scalar(
            "SELECT media_id FROM media WHERE state = ? AND added_at_micros < ? \
             AND media_id > ? ORDER BY media_id LIMIT ?",
        )
        .bind(UPLOADING)
        .bind(micros),
    };
    select.bind(after).bind(limit).fetch_all(pool).await
}
