use picup_domain::Phase;
use picup_service::auth::Uploader;
use sqlx::{MySqlPool, Row as _};
use uuid::Uuid;

use super::Uploads;

/// Items of one checksum that are looked at, at most: the newest.
const LOOKED_AT: u32 = 8;

/// Hints where an account may have an original already. They are written before an upload starts, so that
/// none is missing, and lead nowhere once its item is gone: the item's own stream is what counts.
#[derive(Clone)]
pub struct Originals {
    pool: MySqlPool,
}

/// An item of the same bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Duplicate {
    /// Which one.
    pub media: Uuid,
    /// Whether it lies in the trash.
    pub in_trash: bool,
}

impl Originals {
    pub(super) fn new(pool: MySqlPool) -> Self {
        Self { pool }
    }

    /// Leaves a hint. Done again, it changes nothing.
    pub async fn hint(&self, account: Uuid, sha256: &[u8], media: Uuid) -> Result<(), sqlx::Error> {
        sqlx::query("INSERT IGNORE INTO originals (account_id, sha256, media_id) VALUES (?, ?, ?)")
            .bind(account)
            .bind(sha256)
            .bind(media)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Where a checksum may be, the newest first.
    async fn find(&self, account: Uuid, sha256: &[u8]) -> Result<Vec<Uuid>, sqlx::Error> {
        let rows = sqlx::query(
            "SELECT media_id FROM originals WHERE account_id = ? AND sha256 = ? \
             ORDER BY media_id DESC LIMIT ?",
        )
        .bind(account)
        .bind(sha256)
        .bind(LOOKED_AT)
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(|row| row.try_get("media_id")).collect()
    }

    /// Takes a hint away that leads nowhere any more.
    async fn forget(&self, account: Uuid, sha256: &[u8], media: Uuid) -> Result<(), sqlx::Error> {
        sqlx::query("DELETE FROM originals WHERE account_id = ? AND sha256 = ? AND media_id = ?")
            .bind(account)
            .bind(sha256)
            .bind(media)
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}

impl Uploads {
    /// An item of an account's that stores these very bytes. It is an offer, not a rule: where the hints
    /// cannot be read there is none, and two uploads at once both go through. A guest is told of what the shared
    /// album shows, and of nothing else that the account has.
    pub async fn duplicate(&self, uploader: &Uploader, sha256: &[u8]) -> Option<Duplicate> {
        let account = uploader.account;
        let hints = self.originals.find(account, sha256).await;
        let hints = hints.inspect_err(|error| {
            tracing::warn!(%error, "duplicates are not looked for");
        });
        let mut trashed = None;
        for media in hints.ok()? {
            let Ok((phase, upload)) = self.item(media).await else {
                continue;
            };
            let hidden = uploader
                .guest
                .is_some_and(|guest| upload.album != guest.album || phase == Phase::Trashed);
            if upload.account != account || hidden {
                continue;
            }
            match phase {
                Phase::Stored => {
                    return Some(Duplicate {
                        media,
                        in_trash: false,
                    });
                }
                Phase::Trashed => {
                    trashed = trashed.or(Some(Duplicate {
                        media,
                        in_trash: true,
                    }));
                }
                Phase::Absent | Phase::Uploading => {}
                Phase::Abandoned | Phase::Deleted | Phase::Purged => {
                    if let Err(error) = self.originals.forget(account, sha256, media).await {
                        tracing::debug!(%error, "a hint stays");
                    }
                }
            }
        }
        trashed
    }
}
