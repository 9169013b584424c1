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

/// The reactor that makes renditions of photos.
pub const THUMBNAILER: ConsumerSpec = ConsumerSpec {
    name: "thumbnailer",
    version: 1,
    bindings: &["media.UploadCompleted", "media.RenditionsRequested"],
};

/// The same for videos, which take their time: no photo waits behind one.
pub const VIDEO_THUMBNAILER: ConsumerSpec = ConsumerSpec {
    name: "video-thumbnailer",
    ..THUMBNAILER
};

/// All of them.
pub const CONSUMERS: [ConsumerSpec; 5] = [
    STORAGE_USAGE,
    ALBUM_LISTINGS,
    PURGER,
    THUMBNAILER,
    VIDEO_THUMBNAILER,
];

/// The consumers whose queues are to stand, where projections have these generations: one for each of them,
/// and all consumers that have no generations.
pub fn standing<'a>(
    generations: impl IntoIterator<Item = (&'a str, u32)> + Clone,
) -> Vec<ConsumerSpec> {
    let mut standing = Vec::new();
    for consumer in CONSUMERS {
        let before = standing.len();
        for (name, generation) in generations.clone() {
            if name == consumer.name {
                standing.push(consumer.of_generation(generation));
            }
        }
        if standing.len() == before {
            standing.push(consumer);
        }
    }
    standing
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_generation_has_a_queue_and_who_has_none_keeps_its_own() {
        let queues: Vec<String> = standing([("album-listings", 2), ("album-listings", 3)])
            .iter()
            .map(ConsumerSpec::work_queue)
            .collect();
        let expected = [
            "storage-usage.v1",
            "album-listings.v2",
            "album-listings.v3",
            "purger.v1",
            "thumbnailer.v1",
            "video-thumbnailer.v1",
        ];
        assert_eq!(queues, expected);
    }
}
