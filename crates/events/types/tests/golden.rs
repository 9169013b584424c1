//! The bytes of every event type ever written are checked in under `golden/` and decode for ever.
//!
//! A new event gets its file by `PICUP_WRITE_GOLDEN=1 cargo test -p picup-event-types --test golden`; a file
//! that exists is never written again.

use std::{fs, path::PathBuf};

use picup_event_types::{Event, messages as m};

fn samples() -> Vec<Event> {
    let account_id = vec![0xA1; 16];
    let media_id = vec![0xB2; 16];
    vec![
        Event::AccountOpened(m::AccountOpened {
            email_sealed: vec![1, 2, 3],
            display_name_sealed: vec![4, 5, 6],
        }),
        Event::DisplayNameChanged(m::DisplayNameChanged {
            display_name_sealed: vec![7, 8],
        }),
        Event::TrashEmptied(m::TrashEmptied {}),
        Event::AccountClosed(m::AccountClosed {}),
        Event::AccountErased(m::AccountErased {}),
        Event::AlbumCreated(m::AlbumCreated {
            account_id: account_id.clone(),
            title_sealed: vec![9, 10],
        }),
        Event::AlbumRenamed(m::AlbumRenamed {
            title_sealed: vec![11],
        }),
        Event::AlbumCoverChosen(m::AlbumCoverChosen {
            media_id: media_id.clone(),
        }),
        Event::AlbumShared(m::AlbumShared {
            share_id: vec![0xE6; 16],
            key_sealed: vec![15, 16],
            expires_at_micros: 1_800_000_000_000_000,
            has_password: true,
            guests_may_download: true,
            guests_may_upload: true,
        }),
        Event::AlbumShareRevoked(m::AlbumShareRevoked {
            share_id: vec![0xE6; 16],
        }),
        Event::AlbumDeleted(m::AlbumDeleted {}),
        Event::AlbumRestored(m::AlbumRestored {}),
        Event::UploadStarted(m::UploadStarted {
            account_id: account_id.clone(),
            album_id: vec![0xC3; 16],
            file_name_sealed: vec![12],
            content_type: "image/jpeg".to_owned(),
            kind: m::MediaKind::Photo.into(),
            bytes: 123_456,
            sha256: vec![0xD4; 32],
            share_id: Vec::new(),
        }),
        Event::UploadCompleted(m::UploadCompleted {}),
        Event::UploadAbandoned(m::UploadAbandoned {
            account_id: account_id.clone(),
            reason: "the client gave up".to_owned(),
        }),
        Event::MediaMoved(m::MediaMoved {
            album_id: vec![0xC4; 16],
        }),
        Event::MediaTrashed(m::MediaTrashed { with_album: false }),
        Event::MediaRestored(m::MediaRestored {}),
        Event::MediaDeleted(m::MediaDeleted {
            account_id: account_id.clone(),
        }),
        Event::MediaPurged(m::MediaPurged {
            receipt: Some(m::PurgeReceipt {
                objects: vec![m::PurgedObject {
                    key: "u/a/m/b/original".to_owned(),
                    bytes: 5,
                    gone_before: false,
                }],
                verified_at_micros: 1_700_000_000_000_000,
                invalidation_id: String::new(),
            }),
        }),
        renditions_recorded(),
        Event::RenditionsFailed(m::RenditionsFailed {
            reason: "TRUNCATED".to_owned(),
            message: "the file ends too early".to_owned(),
        }),
        Event::RenditionsRequested(m::RenditionsRequested {}),
        Event::QuotaChanged(m::QuotaChanged {
            account_id: account_id.clone(),
            quota_bytes: 10_000_000_000,
        }),
        Event::BytesReserved(m::BytesReserved {
            account_id: account_id.clone(),
            media_id: media_id.clone(),
            bytes: 1,
        }),
        Event::BytesStored(m::BytesStored {
            account_id: account_id.clone(),
            media_id: media_id.clone(),
            bytes: 2,
        }),
        Event::BytesReleased(m::BytesReleased {
            account_id,
            media_id,
            bytes: 3,
            from_reserved: true,
        }),
    ]
}

fn renditions_recorded() -> Event {
    Event::RenditionsRecorded(m::RenditionsRecorded {
        renditions: vec![m::Rendition {
            name: "grid.jpg".to_owned(),
            content_type: "image/jpeg".to_owned(),
            bytes: 23_456,
            width: 400,
            height: 300,
        }],
        details: Some(m::MediaDetails {
            width: 4000,
            height: 3000,
            thumbhash: vec![0xE5; 25],
            taken_at_local_micros: Some(1_600_000_000_000_000),
            taken_at_offset_minutes: Some(540),
            camera: "Canon EOS R5".to_owned(),
            duration_millis: Some(12_345),
            location_sealed: vec![13, 14],
        }),
    })
}

#[test]
fn the_bytes_of_every_event_ever_written_still_decode_to_the_same_event() {
    for event in samples() {
        decodes(event.routing_key(), event);
    }
}

#[test]
fn an_upload_by_a_guest_names_the_share() {
    let event = Event::UploadStarted(m::UploadStarted {
        account_id: vec![0xA1; 16],
        share_id: vec![0xE6; 16],
        ..m::UploadStarted::default()
    });
    decodes("media.UploadStarted.guest", event);
}

fn decodes(name: &str, event: Event) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("golden");
    let file = folder.join(format!("{name}.bin"));
    if std::env::var_os("PICUP_WRITE_GOLDEN").is_some() && !file.exists() {
        fs::write(&file, event.encode()).expect("it is written");
    }
    let bytes = fs::read(&file).unwrap_or_else(|_| panic!("{} is missing", file.display()));
    assert_eq!(Event::decode(event.routing_key(), &bytes), Ok(event));
}

#[test]
fn every_event_has_golden_bytes() {
    let sampled: Vec<_> = samples().iter().map(Event::routing_key).collect();
    assert_eq!(sampled, Event::ROUTING_KEYS);
}
