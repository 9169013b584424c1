//! Events as they come up in real use, about 200 bytes each.

use picup_event_types::{
    Event, RecordedEvent, StreamId,
    messages::{AlbumCreated, AlbumRenamed, MediaKind, Metadata, UploadStarted},
};
use time::OffsetDateTime;
use uuid::Uuid;

/// An album's new title, as long as sealed titles get.
pub fn album_renamed() -> Event {
    Event::AlbumRenamed(AlbumRenamed {
        title_sealed: vec![7; 200],
    })
}

/// An upload that was announced. Two consumers are bound for it.
pub fn upload_started() -> Event {
    Event::UploadStarted(UploadStarted {
        account_id: Uuid::new_v4().as_bytes().to_vec(),
        album_id: Uuid::new_v4().as_bytes().to_vec(),
        file_name_sealed: vec![7; 90],
        content_type: "image/jpeg".to_owned(),
        kind: MediaKind::Photo.into(),
        bytes: 3_500_000,
        sha256: vec![7; 32],
        share_id: Vec::new(),
    })
}

/// As many albums, each the beginning of a stream of its own.
pub fn albums_created(count: u32) -> impl Iterator<Item = RecordedEvent> {
    (0..count).map(|_| {
        let created = Event::AlbumCreated(AlbumCreated {
            account_id: Uuid::new_v4().as_bytes().to_vec(),
            title_sealed: vec![7; 90],
        });
        RecordedEvent {
            event_id: Uuid::now_v7(),
            stream: StreamId::album(Uuid::new_v4()),
            version: 1,
            position: 1,
            routing_key: "album.AlbumCreated".to_owned(),
            recorded_at: OffsetDateTime::now_utc(),
            metadata: metadata(Uuid::new_v4()),
            payload: created.encode().into(),
        }
    })
}

/// What an event that a person caused over the gateway carries.
pub fn metadata(command_id: Uuid) -> Metadata {
    Metadata {
        causation_id: command_id.as_bytes().to_vec(),
        correlation_id: Uuid::new_v4().as_bytes().to_vec(),
        actor: StreamId::account(command_id).to_string(),
        traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned(),
    }
}
