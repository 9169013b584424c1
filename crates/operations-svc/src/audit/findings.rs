use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Ids or keys that one difference names, at most.
const NAMED: usize = 100;

/// Where a figure comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The fold of the media items' own events.
    MediaEvents,
    /// The fold of the ledger's events.
    Ledger,
    /// The read model storage-usage.
    StorageUsage,
    /// The read model album-listings.
    AlbumListings,
    /// What S3 holds.
    Objects,
}

/// Two sources that do not say the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Whose bytes they are; `None` for an object outside of every account.
    pub account: Option<Uuid>,
    /// What is compared, for example `stored_bytes`.
    pub figure: &'static str,
    /// What is believed, and what it says.
    pub expected: (Source, i64),
    /// What says otherwise, and what it says.
    pub found: (Source, i64),
    /// What happened, in words.
    pub what: String,
    /// The media items concerned, where they are known.
    pub media: Vec<Uuid>,
    /// The objects concerned.
    pub keys: Vec<String>,
}

impl Difference {
    /// Names a media item, unless enough are named.
    #[must_use]
    pub fn of_media(mut self, media: Uuid) -> Self {
        if self.media.len() < NAMED {
            self.media.push(media);
        }
        self
    }

    /// Names an object, unless enough are named.
    #[must_use]
    pub fn of_key(mut self, key: impl Into<String>) -> Self {
        if self.keys.len() < NAMED {
            self.keys.push(key.into());
        }
        self
    }
}

/// What is under way in an account. Nothing of it is a difference.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InFlight {
    /// Uploads that have neither completed nor been abandoned.
    pub uploads: u64,
    /// Their bytes.
    pub upload_bytes: u64,
    /// Deleted or abandoned items whose purge is not recorded.
    pub purges: u64,
    /// Their bytes.
    pub purge_bytes: u64,
    /// Events that a read model has not applied.
    pub unapplied: u64,
    /// The account changed so fast that its read models could not be compared.
    pub moving: bool,
}

/// How far an audit has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Accounts that are done with.
    pub accounts: u64,
    /// Media items whose events were folded.
    pub media: u64,
    /// Objects that were looked at.
    pub objects: u64,
    /// Their bytes.
    pub object_bytes: u64,
}

/// What one step found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// Sources that do not agree.
    pub differences: Vec<Difference>,
    /// What is under way in accounts that are done with.
    pub in_flight: Vec<(Uuid, InFlight)>,
}

/// A number of bytes as differences carry it.
pub fn signed(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}
