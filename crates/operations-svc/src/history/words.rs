//! What each event says, in words and as fields.

use picup_event_types::{
    Event, PersonalField,
    messages::{AlbumShared, MediaKind, MediaPurged, RenditionsRecorded, UploadStarted},
};
use serde_json::{Map, Value, json};

use super::{
    Opener,
    text::{grouped, hexadecimal, id, time},
};

/// An event, told.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// One line of English, without a subject: who did it stands beside it.
    pub words: String,
    /// The event's fields.
    pub fields: Map<String, Value>,
}

/// Tells an event.
pub fn tell(event: &Event, opener: &Opener) -> Told {
    let title = |sealed: &[u8]| opener.quote(PersonalField::AlbumTitle, sealed);
    let name = |sealed: &[u8]| opener.quote(PersonalField::DisplayName, sealed);
    match event {
        Event::AccountOpened(e) => told(
            format!("opened the account as {}", name(&e.display_name_sealed)),
            json!({
                "email": opener.open(PersonalField::Email, &e.email_sealed),
                "display_name": opener.open(PersonalField::DisplayName, &e.display_name_sealed),
            }),
        ),
        Event::DisplayNameChanged(e) => told(
            format!(
                "changed the display name to {}",
                name(&e.display_name_sealed)
            ),
            json!({
                "display_name": opener.open(PersonalField::DisplayName, &e.display_name_sealed),
            }),
        ),
        Event::TrashEmptied(_) => told("emptied the trash", json!({})),
        Event::AccountClosed(_) => told("closed the account for good", json!({})),
        Event::AccountErased(_) => told(
            "erased the account: nothing of it is left, and the key of its text is destroyed",
            json!({}),
        ),
        Event::AlbumCreated(e) => told(
            format!("created the album {}", title(&e.title_sealed)),
            json!({
                "account_id": id(&e.account_id),
                "title": opener.open(PersonalField::AlbumTitle, &e.title_sealed),
            }),
        ),
        Event::AlbumRenamed(e) => told(
            format!("renamed the album to {}", title(&e.title_sealed)),
            json!({ "title": opener.open(PersonalField::AlbumTitle, &e.title_sealed) }),
        ),
        Event::AlbumCoverChosen(e) if e.media_id.is_empty() => told(
            "had the newest item stand for the album",
            json!({ "media_id": "" }),
        ),
        Event::AlbumCoverChosen(e) => told(
            format!("had the item {} stand for the album", id(&e.media_id)),
            json!({ "media_id": id(&e.media_id) }),
        ),
        Event::AlbumShared(e) => album_shared(e),
        Event::AlbumShareRevoked(e) => told(
            format!("took the link {} back", id(&e.share_id)),
            json!({ "share_id": id(&e.share_id) }),
        ),
        Event::AlbumDeleted(_) => told("deleted the album", json!({})),
        Event::AlbumRestored(_) => told("brought the album back", json!({})),
        Event::UploadStarted(e) => upload_started(e, opener),
        Event::UploadCompleted(_) => told("completed the upload: stored and checked", json!({})),
        Event::UploadAbandoned(e) => told(
            format!("gave the upload up: {}", e.reason),
            json!({ "account_id": id(&e.account_id), "reason": e.reason }),
        ),
        Event::MediaMoved(e) => told(
            format!("moved to the album {}", id(&e.album_id)),
            json!({ "album_id": id(&e.album_id) }),
        ),
        Event::MediaTrashed(e) => told(
            if e.with_album {
                "moved to the trash with its album"
            } else {
                "moved to the trash"
            },
            json!({ "with_album": e.with_album }),
        ),
        Event::MediaRestored(_) => told("restored from the trash", json!({})),
        Event::MediaDeleted(e) => told(
            "deleted for good; its objects are to be removed",
            json!({ "account_id": id(&e.account_id) }),
        ),
        Event::MediaPurged(e) => media_purged(e),
        Event::RenditionsRecorded(e) => renditions_recorded(e, opener),
        Event::RenditionsFailed(e) => told(
            format!("could not make renditions: {}", e.message),
            json!({ "reason": e.reason, "message": e.message }),
        ),
        Event::RenditionsRequested(_) => told("asked for renditions once more", json!({})),
        Event::QuotaChanged(e) => told(
            format!("set the quota to {} bytes", grouped(e.quota_bytes)),
            json!({ "account_id": id(&e.account_id), "quota_bytes": e.quota_bytes }),
        ),
        Event::BytesReserved(e) => booked("reserved", "for", &e.account_id, &e.media_id, e.bytes),
        Event::BytesStored(e) => booked("stored", "of", &e.account_id, &e.media_id, e.bytes),
        Event::BytesReleased(e) => {
            let held = if e.from_reserved {
                "reserved"
            } else {
                "stored"
            };
            let mut told = booked("released", "of", &e.account_id, &e.media_id, e.bytes);
            told.words = format!("{}, which were {held}", told.words);
            told.fields
                .insert("from_reserved".to_owned(), json!(e.from_reserved));
            told
        }
    }
}

fn album_shared(e: &AlbumShared) -> Told {
    let expires_at = time(e.expires_at_micros);
    let password = if e.has_password {
        " with a password"
    } else {
        ""
    };
    let may = match (e.guests_may_download, e.guests_may_upload) {
        (false, false) => "look",
        (true, false) => "look and download originals",
        (false, true) => "look and add to it",
        (true, true) => "look, download originals and add to it",
    };
    told(
        format!("shared the album{password} until {expires_at}: guests may {may}"),
        json!({
            "share_id": id(&e.share_id),
            "expires_at": expires_at,
            "has_password": e.has_password,
            "guests_may_download": e.guests_may_download,
            "guests_may_upload": e.guests_may_upload,
        }),
    )
}

fn upload_started(e: &UploadStarted, opener: &Opener) -> Told {
    let kind = match e.kind() {
        MediaKind::Photo => "photo",
        MediaKind::Video => "video",
        MediaKind::Unspecified => "file",
    };
    let album = id(&e.album_id);
    let file_name = opener.quote(PersonalField::FileName, &e.file_name_sealed);
    let mut told = told(
        format!(
            "started the upload of the {kind} {file_name} into album {album}: {}, {} bytes",
            e.content_type,
            grouped(e.bytes)
        ),
        json!({
            "account_id": id(&e.account_id),
            "album_id": album,
            "file_name": opener.open(PersonalField::FileName, &e.file_name_sealed),
            "content_type": e.content_type,
            "kind": kind,
            "bytes": e.bytes,
            "sha256": hexadecimal(&e.sha256),
        }),
    );
    if !e.share_id.is_empty() {
        told.fields
            .insert("share_id".to_owned(), json!(id(&e.share_id)));
    }
    told
}

fn media_purged(e: &MediaPurged) -> Told {
    let receipt = e.receipt.clone().unwrap_or_default();
    let count = receipt.objects.len();
    let plural = if count == 1 { "" } else { "s" };
    let bytes: u64 = receipt.objects.iter().map(|object| object.bytes).sum();
    let verified_at = time(receipt.verified_at_micros);
    let objects = receipt.objects.iter();
    let objects = objects.map(|object| {
        json!({ "key": object.key, "bytes": object.bytes, "gone_before": object.gone_before })
    });
    told(
        format!(
            "purged: {count} object{plural}, {} bytes; receipt of {verified_at}",
            grouped(bytes)
        ),
        json!({
            "objects": objects.collect::<Vec<_>>(),
            "verified_at": verified_at,
            "invalidation_id": receipt.invalidation_id,
        }),
    )
}

fn renditions_recorded(e: &RenditionsRecorded, opener: &Opener) -> Told {
    let details = e.details.clone().unwrap_or_default();
    let names: Vec<&str> = e.renditions.iter().map(|made| made.name.as_str()).collect();
    let made = e.renditions.iter().map(|made| {
        json!({
            "name": made.name,
            "content_type": made.content_type,
            "bytes": made.bytes,
            "width": made.width,
            "height": made.height,
        })
    });
    let location = if details.location_sealed.is_empty() {
        Value::Null
    } else {
        json!(opener.open(PersonalField::Location, &details.location_sealed))
    };
    told(
        format!(
            "made {} from the original of {}×{} pixels",
            names.join(", "),
            details.width,
            details.height
        ),
        json!({
            "renditions": made.collect::<Vec<_>>(),
            "width": details.width,
            "height": details.height,
            "taken_at_local_micros": details.taken_at_local_micros,
            "taken_at_offset_minutes": details.taken_at_offset_minutes,
            "camera": details.camera,
            "duration_millis": details.duration_millis,
            "location": location,
        }),
    )
}

fn booked(verb: &str, preposition: &str, account: &[u8], media: &[u8], bytes: u64) -> Told {
    let media = id(media);
    told(
        format!(
            "{verb} {} bytes {preposition} media item {media}",
            grouped(bytes)
        ),
        json!({ "account_id": id(account), "media_id": media, "bytes": bytes }),
    )
}

fn told(words: impl Into<String>, fields: Value) -> Told {
    let fields = match fields {
        Value::Object(fields) => fields,
        _ => Map::new(),
    };
    Told {
        words: words.into(),
        fields,
    }
}

#[cfg(test)]
mod tests {
    use picup_event_types::messages::{MediaTrashed, PurgeReceipt, PurgedObject};

    use super::*;

    #[test]
    fn a_purge_says_what_was_removed_and_when_that_was_checked() {
        let object = |key: &str, bytes| PurgedObject {
            key: key.to_owned(),
            bytes,
            gone_before: false,
        };
        let event = Event::MediaPurged(MediaPurged {
            receipt: Some(PurgeReceipt {
                objects: vec![object("a", 12_000), object("b", 345), object("c", 0)],
                verified_at_micros: 1_700_000_000_000_000,
                invalidation_id: String::new(),
            }),
        });
        let told = tell(&event, &Opener::Sealed);
        assert_eq!(
            told.words,
            "purged: 3 objects, 12,345 bytes; receipt of 2023-11-14T22:13:20Z"
        );
        assert_eq!(told.fields["objects"][1]["bytes"], 345);
        let trashed = tell(
            &Event::MediaTrashed(MediaTrashed::default()),
            &Opener::Sealed,
        );
        assert_eq!(trashed.words, "moved to the trash");
    }
}
