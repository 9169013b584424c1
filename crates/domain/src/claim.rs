//! What an item's events say of an object beside its others in S3: the one rule for whoever looks for objects that
//! nothing explains.

use std::time::Duration;

use uuid::Uuid;

use crate::{Media, Phase};

/// For how long a rendition may lie there before it is recorded.
pub const UNRECORDED_FOR: Duration = Duration::from_hours(1);

/// The name of the object that holds the uploaded bytes.
const ORIGINAL: &str = "original";

/// What an item's events say of one object of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// It may be there or not: bytes are still being put, or are about to be removed.
    Open,
    /// It must be there, with so many bytes.
    Held {
        /// Its length.
        bytes: u64,
    },
    /// No event says that it is there, but a rendition may be put before it is recorded.
    Unrecorded,
    /// It must not be there: there is no such item, or its purge is recorded.
    Nothing,
}

impl Media {
    /// What the item's events say of the object with this name, the last part of its key.
    pub fn claim(&self, name: &str) -> Claim {
        match self.phase() {
            Phase::Uploading | Phase::Abandoned | Phase::Deleted => Claim::Open,
            Phase::Stored | Phase::Trashed => {
                let held = self.held().find(|(held, _)| *held == name);
                held.map_or(Claim::Unrecorded, |(_, bytes)| Claim::Held { bytes })
            }
            Phase::Absent | Phase::Purged => Claim::Nothing,
        }
    }

    /// Why nothing explains an object of this age under an account and with this name; `None` where the item's events
    /// do. Its length is another matter.
    pub fn why_unexplained(
        &self,
        account: Uuid,
        name: &str,
        age: Duration,
    ) -> Option<&'static str> {
        if self.upload_of(account).is_err() {
            return Some("no event of this account knows the object's media item");
        }
        match self.claim(name) {
            Claim::Open | Claim::Held { .. } => None,
            Claim::Unrecorded if age < UNRECORDED_FOR => None,
            Claim::Unrecorded => Some("no event says that the media item has such an object"),
            Claim::Nothing => Some("the object is there although its purge is recorded"),
        }
    }

    /// Why nothing explains that an upload in parts is open under an account and for an object with this name; `None`
    /// where the item is being uploaded, or is about to be purged with what is open.
    pub fn why_unexplained_upload(&self, account: Uuid, name: &str) -> Option<&'static str> {
        let is_awaited = matches!(
            self.phase(),
            Phase::Uploading | Phase::Abandoned | Phase::Deleted
        );
        if self.upload_of(account).is_ok() && is_awaited && name == ORIGINAL {
            None
        } else {
            Some("no upload of this item is under way")
        }
    }

    /// The objects that S3 must hold now, with their lengths: none before the upload is complete and none once the
    /// item is deleted.
    pub fn held(&self) -> impl Iterator<Item = (&str, u64)> {
        let is_held = matches!(self.phase(), Phase::Stored | Phase::Trashed);
        self.stored().filter(move |_| is_held)
    }

    /// The objects that the log says are or were there: what was recorded, and the original of an upload that
    /// completed. A purged item counts as if it had.
    pub fn stored(&self) -> impl Iterator<Item = (&str, u64)> {
        let completed = !matches!(
            self.phase(),
            Phase::Absent | Phase::Uploading | Phase::Abandoned
        );
        let original = self.upload().ok().filter(|_| completed);
        let original = original.map(|upload| (ORIGINAL, upload.bytes));
        let renditions = self.renditions().iter();
        original
            .into_iter()
            .chain(renditions.map(|rendition| (rendition.name.as_str(), rendition.bytes)))
    }
}

#[cfg(test)]
mod tests {
    use picup_event_types::{
        Event,
        messages::{
            MediaDeleted, MediaPurged, Rendition, RenditionsRecorded, UploadAbandoned,
            UploadCompleted, UploadStarted,
        },
    };

    use super::*;

    fn media(events: &[Event]) -> Media {
        let mut media = Media::default();
        for event in events {
            media.apply(event);
        }
        media
    }

    fn started() -> Event {
        Event::UploadStarted(UploadStarted {
            account_id: vec![0; 16],
            bytes: 100,
            ..UploadStarted::default()
        })
    }

    fn recorded() -> Event {
        Event::RenditionsRecorded(RenditionsRecorded {
            renditions: vec![Rendition {
                name: "grid.jpg".to_owned(),
                bytes: 7,
                ..Rendition::default()
            }],
            details: None,
        })
    }

    #[test]
    fn a_stored_item_holds_its_original_and_what_was_recorded() {
        let stored = media(&[
            started(),
            Event::UploadCompleted(UploadCompleted {}),
            recorded(),
        ]);
        assert_eq!(stored.claim("original"), Claim::Held { bytes: 100 });
        assert_eq!(stored.claim("grid.jpg"), Claim::Held { bytes: 7 });
        assert_eq!(stored.claim("screen.jpg"), Claim::Unrecorded);
    }

    #[test]
    fn before_completion_and_after_deletion_anything_may_be_there() {
        let uploading = media(&[started()]);
        let deleted = media(&[
            started(),
            Event::UploadCompleted(UploadCompleted {}),
            Event::MediaDeleted(MediaDeleted::default()),
        ]);
        for item in [uploading, deleted] {
            assert_eq!(item.claim("original"), Claim::Open);
            assert_eq!(item.held().count(), 0);
        }
    }

    #[test]
    fn an_unknown_or_purged_item_explains_nothing() {
        let purged = media(&[
            started(),
            Event::MediaDeleted(MediaDeleted::default()),
            Event::MediaPurged(MediaPurged::default()),
        ]);
        for item in [Media::default(), purged] {
            assert_eq!(item.claim("original"), Claim::Nothing);
        }
    }

    #[test]
    fn a_rendition_that_is_not_recorded_is_tolerated_for_an_hour() {
        let stored = media(&[started(), Event::UploadCompleted(UploadCompleted {})]);
        let minute = Duration::from_mins(1);
        let why = |name, age| stored.why_unexplained(Uuid::nil(), name, age);
        assert_eq!(why("grid.jpg", UNRECORDED_FOR.saturating_sub(minute)), None);
        assert!(why("grid.jpg", UNRECORDED_FOR).is_some());
        assert_eq!(why("original", UNRECORDED_FOR), None);
        let another = Uuid::from_u128(1);
        assert!(
            stored
                .why_unexplained(another, "original", minute)
                .is_some()
        );
    }

    #[test]
    fn an_open_upload_of_a_stored_item_is_nobodys() {
        let uploading = media(&[started()]);
        let stored = media(&[started(), Event::UploadCompleted(UploadCompleted {})]);
        let account = Uuid::nil();
        assert_eq!(uploading.why_unexplained_upload(account, "original"), None);
        assert!(
            uploading
                .why_unexplained_upload(account, "grid.jpg")
                .is_some()
        );
        assert!(stored.why_unexplained_upload(account, "original").is_some());
    }

    #[test]
    fn an_abandoned_upload_never_said_that_its_original_was_there() {
        let abandoned = media(&[
            started(),
            recorded(),
            Event::UploadAbandoned(UploadAbandoned::default()),
        ]);
        let stored: Vec<_> = abandoned.stored().collect();
        assert_eq!(stored, [("grid.jpg", 7)]);
    }
}
