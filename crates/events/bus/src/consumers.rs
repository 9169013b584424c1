//! Every consumer there is: the one place that says who gets which events.

use crate::ConsumerSpec;

/// The projection of what each account holds.
pub const STORAGE_USAGE: ConsumerSpec = ConsumerSpec {
    name: "storage-usage",
    version: 1,
    bindings: &["account.*", "ledger.*", "media.*"],
};

/// The projection of album cards and the media of albums.
pub const ALBUM_LISTINGS: ConsumerSpec = ConsumerSpec {
    name: "album-listings",
    version: 1,
    bindings: &["account.*", "album.*", "media.*"],
};

/// The reactor that removes objects from S3.
pub const PURGER: ConsumerSpec = ConsumerSpec {
    name: "purger",
    version: 1,
    bindings: &["media.MediaDeleted", "media.UploadAbandoned"],
};

/// All of them.
pub const CONSUMERS: [ConsumerSpec; 3] = [STORAGE_USAGE, ALBUM_LISTINGS, PURGER];
