//! The receipt of a purge, completed from the log: an earlier purge may have removed the objects and been killed
//! before it could report them.

use picup_domain::Media;
use picup_event_types::messages::{PurgeReceipt, PurgedObject};
use picup_objects::media_prefix;
use uuid::Uuid;

/// Adds what the log says was there and this purge did not find. Once an item is deleted or abandoned nothing is
/// recorded of it any more, so what is added does not change until the purge is recorded.
pub fn complete(receipt: PurgeReceipt, account: Uuid, id: Uuid, media: &Media) -> PurgeReceipt {
    let prefix = media_prefix(account, id);
    let mut objects = receipt.objects;
    for (name, bytes) in media.stored() {
        let key = format!("{prefix}{name}");
        if objects.iter().all(|object| object.key != key) {
            objects.push(PurgedObject {
                key,
                bytes,
                gone_before: true,
            });
        }
    }
    objects.sort_by(|one, other| one.key.cmp(&other.key));
    PurgeReceipt { objects, ..receipt }
}

#[cfg(test)]
mod tests {
    use picup_event_types::{
        Event,
        messages::{MediaDeleted, Rendition, RenditionsRecorded, UploadCompleted, UploadStarted},
    };

    use super::*;

    #[test]
    fn a_receipt_names_what_an_earlier_purge_removed_and_what_was_found_besides() {
        let (account, id) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let mut media = Media::default();
        let rendition = Rendition {
            name: "grid.jpg".to_owned(),
            bytes: 7,
            ..Rendition::default()
        };
        for event in [
            Event::UploadStarted(UploadStarted {
                account_id: account.as_bytes().to_vec(),
                bytes: 100,
                ..UploadStarted::default()
            }),
            Event::UploadCompleted(UploadCompleted {}),
            Event::RenditionsRecorded(RenditionsRecorded {
                renditions: vec![rendition],
                details: None,
            }),
            Event::MediaDeleted(MediaDeleted::default()),
        ] {
            media.apply(&event);
        }
        let prefix = media_prefix(account, id);
        let object = |name: &str, bytes, gone_before| PurgedObject {
            key: format!("{prefix}{name}"),
            bytes,
            gone_before,
        };
        let receipt = PurgeReceipt {
            objects: vec![object("stray", 3, false), object("original", 100, false)],
            verified_at_micros: 5,
            invalidation_id: "I1".to_owned(),
        };
        let complete = complete(receipt, account, id, &media);
        let expected = [
            object("grid.jpg", 7, true),
            object("original", 100, false),
            object("stray", 3, false),
        ];
        assert_eq!(complete.objects, expected);
        assert_eq!(complete.invalidation_id, "I1");
    }
}
