//! What happens to an item's bytes: the ledger says it, and an event of the item goes with it.

use picup_event_types::{Event, RecordedEvent};
use uuid::Uuid;

use super::AuditError;

/// What happens to an item's bytes in the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Booking {
    /// Promised, when the upload starts.
    Reserved,
    /// Stored, when it completes.
    Stored,
    /// Free again, when the purge is recorded.
    Released,
}

impl Booking {
    /// What the ledger must have taken in together with an event of a media item.
    pub fn of_media(event: &Event) -> Option<Self> {
        match event {
            Event::UploadStarted(_) => Some(Self::Reserved),
            Event::UploadCompleted(_) => Some(Self::Stored),
            Event::MediaPurged(_) => Some(Self::Released),
            Event::UploadAbandoned(_)
            | Event::MediaMoved(_)
            | Event::MediaTrashed(_)
            | Event::MediaRestored(_)
            | Event::MediaDeleted(_)
            | Event::AccountOpened(_)
            | Event::DisplayNameChanged(_)
            | Event::TrashEmptied(_)
            | Event::AccountClosed(_)
            | Event::AccountErased(_)
            | Event::AlbumCreated(_)
            | Event::AlbumRenamed(_)
            | Event::AlbumCoverChosen(_)
            | Event::AlbumShared(_)
            | Event::AlbumShareRevoked(_)
            | Event::AlbumDeleted(_)
            | Event::AlbumRestored(_)
            | Event::RenditionsRecorded(_)
            | Event::RenditionsFailed(_)
            | Event::RenditionsRequested(_)
            | Event::QuotaChanged(_)
            | Event::BytesReserved(_)
            | Event::BytesStored(_)
            | Event::BytesReleased(_) => None,
        }
    }
}

/// The item and the bytes that an event of a ledger books.
pub fn of_ledger(event: &Event) -> Option<(Booking, Uuid, u64)> {
    let (kind, media, bytes) = match event {
        Event::BytesReserved(event) => (Booking::Reserved, &event.media_id, event.bytes),
        Event::BytesStored(event) => (Booking::Stored, &event.media_id, event.bytes),
        Event::BytesReleased(event) => (Booking::Released, &event.media_id, event.bytes),
        Event::QuotaChanged(_)
        | Event::AccountOpened(_)
        | Event::DisplayNameChanged(_)
        | Event::TrashEmptied(_)
        | Event::AccountClosed(_)
        | Event::AccountErased(_)
        | Event::AlbumCreated(_)
        | Event::AlbumRenamed(_)
        | Event::AlbumCoverChosen(_)
        | Event::AlbumShared(_)
        | Event::AlbumShareRevoked(_)
        | Event::AlbumDeleted(_)
        | Event::AlbumRestored(_)
        | Event::RenditionsRecorded(_)
        | Event::RenditionsFailed(_)
        | Event::RenditionsRequested(_)
        | Event::UploadStarted(_)
        | Event::UploadCompleted(_)
        | Event::UploadAbandoned(_)
        | Event::MediaMoved(_)
        | Event::MediaTrashed(_)
        | Event::MediaRestored(_)
        | Event::MediaDeleted(_)
        | Event::MediaPurged(_) => return None,
    };
    Some((kind, Uuid::from_slice(media).unwrap_or_default(), bytes))
}

/// The media items that a page of a ledger reserved bytes for.
pub fn reserved(page: &[RecordedEvent]) -> Result<Vec<Uuid>, AuditError> {
    let mut media = Vec::new();
    for recorded in page {
        match of_ledger(&decoded(recorded)?) {
            Some((Booking::Reserved, id, _)) => media.push(id),
            Some((Booking::Stored | Booking::Released, ..)) | None => {}
        }
    }
    Ok(media)
}

/// Reads an event of the log.
pub fn decoded(recorded: &RecordedEvent) -> Result<Event, AuditError> {
    let event = recorded.event();
    event.map_err(|error| AuditError::Log(sqlx::Error::Decode(Box::new(error))))
}
