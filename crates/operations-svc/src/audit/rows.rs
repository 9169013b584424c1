use picup_domain::Ledger;
use picup_event_types::StreamId;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    AuditError, Difference, ReadModels, Source, findings::signed, read_models::STORAGE_USAGE,
    shown::Shown,
};

/// What the read models say of an account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The version of the ledger that it stands for.
    pub ledger_version: u64,
    quota: i64,
    reserved: i64,
    stored: i64,
    usage: Shown,
    listings: Shown,
}

impl Row {
    /// Asks for it. An account without a row holds nothing, whatever the gate says.
    pub async fn read(read_models: &ReadModels, account: Uuid) -> Result<Self, AuditError> {
        let ledger = StreamId::ledger_of(account).id;
        // Before the row: a row that is missing after its ledger was applied is missing.
        let reached = read_models.reached(STORAGE_USAGE, &[ledger]).await?;
        let Some(usage) = read_models.usage_of(account).await? else {
            return Ok(Self {
                ledger_version: reached.get(&ledger).copied().unwrap_or(0),
                ..Self::default()
            });
        };
        Ok(Self {
            ledger_version: usage.ledger_version,
            quota: usage.quota_bytes,
            reserved: usage.reserved_bytes,
            stored: usage.stored_bytes,
            usage: Shown {
                photos: usage.photos,
                videos: usage.videos,
                bytes: 0,
                trash: usage.trash_bytes,
            },
            listings: Shown {
                photos: usage.listed_photos,
                videos: usage.listed_videos,
                bytes: usage.listed_bytes,
                trash: 0,
            },
        })
    }

    /// Against the ledger at the row's version: exact, whatever goes on meanwhile.
    pub fn differs_from_ledger(&self, account: Uuid, ledger: &Ledger) -> Vec<Difference> {
        let what = format!(
            "storage-usage does not show what version {} of the ledger says",
            self.ledger_version
        );
        let figures = [
            ("quota_bytes", signed(ledger.quota()), self.quota),
            ("reserved_bytes", signed(ledger.reserved()), self.reserved),
            ("stored_bytes", signed(ledger.stored()), self.stored),
        ];
        differing(
            account,
            Source::Ledger,
            Source::StorageUsage,
            &what,
            &figures,
        )
    }

    /// Against what the media items' events say.
    pub fn differs_from_shown(
        &self,
        account: Uuid,
        usage: &Shown,
        listings: &Shown,
    ) -> Vec<Difference> {
        let figures = [
            ("trash_bytes", usage.trash, self.usage.trash),
            ("photos", usage.photos, self.usage.photos),
            ("videos", usage.videos, self.usage.videos),
        ];
        let what = "storage-usage does not show what the media items' events say";
        let events = Source::MediaEvents;
        let mut found = differing(account, events, Source::StorageUsage, what, &figures);
        let figures = [
            ("listed_bytes", listings.bytes, self.listings.bytes),
            ("listed_photos", listings.photos, self.listings.photos),
            ("listed_videos", listings.videos, self.listings.videos),
        ];
        let what = "album-listings does not show what the media items' events say";
        found.extend(differing(
            account,
            events,
            Source::AlbumListings,
            what,
            &figures,
        ));
        found
    }
}

fn differing(
    account: Uuid,
    expected: Source,
    found: Source,
    what: &str,
    figures: &[(&'static str, i64, i64)],
) -> Vec<Difference> {
    let differing = figures.iter().filter(|(_, left, right)| left != right);
    let differences = differing.map(|(figure, left, right)| Difference {
        account: Some(account),
        figure,
        expected: (expected, *left),
        found: (found, *right),
        what: what.to_owned(),
        media: Vec::new(),
        keys: Vec::new(),
    });
    differences.collect()
}
