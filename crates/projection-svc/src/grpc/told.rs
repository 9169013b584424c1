//! From rows to what their owner is told: sealed text is opened here.

use std::time::Duration;

use picup_event_types::{
    AccountKey, PersonalField,
    messages::{MediaDetails, RenditionsFailed, RenditionsRecorded},
};
use picup_proto::queries::v1::{
    Album, Media, MediaKind, MediaState, Rendition, RenditionState, Renditions,
};
use picup_service::errors::{ErrorCode, Fault};
use prost::Message as _;

use super::{open, unsigned};
use crate::albums::{AlbumCard, FAILED, MediaRow, READY, RenditionRow};

/// An album card with its cover.
pub fn album(key: &AccountKey, card: &AlbumCard, cover: Option<Media>) -> Result<Album, Fault> {
    Ok(Album {
        album_id: card.album.to_string(),
        title: open(key, PersonalField::AlbumTitle, &card.title_sealed)?,
        created_at_micros: card.created_at_micros,
        photos: unsigned(card.photos),
        videos: unsigned(card.videos),
        bytes: unsigned(card.bytes),
        cover_media_id: card
            .cover
            .map_or_else(String::new, |cover| cover.to_string()),
        deleted_at_micros: card.deleted_at_micros,
        cover,
        cover_is_chosen: card.cover_is_chosen,
        shares: u32::try_from(card.shares).unwrap_or(0),
    })
}

/// An item as guests are told of it: neither where it was taken, nor the offset of a clock that would tell the country,
/// nor what its bytes are known by; and its name and camera only where guests may have the original, which tells them.
/// Every field is named, so that a new one is not told before somebody has thought of it.
pub fn for_guests(media: Media, may_download: bool) -> Media {
    let told = |text: String| if may_download { text } else { String::new() };
    let renditions = media.renditions.map(|renditions| Renditions {
        state: renditions.state,
        reason: renditions.reason,
        message: renditions.message,
        objects: renditions.objects,
        width: renditions.width,
        height: renditions.height,
        thumbhash: renditions.thumbhash,
        taken_at_local_micros: renditions.taken_at_local_micros,
        taken_at_offset_minutes: None,
        camera: told(renditions.camera),
        duration_millis: renditions.duration_millis,
        latitude: None,
        longitude: None,
    });
    Media {
        media_id: media.media_id,
        album_id: media.album_id,
        file_name: told(media.file_name),
        content_type: media.content_type,
        kind: media.kind,
        bytes: media.bytes,
        sha256: Vec::new(),
        added_at_micros: media.added_at_micros,
        state: media.state,
        renditions,
        trashed_at_micros: None,
        deleted_for_good_at_micros: None,
        original_query: String::new(),
    }
}

/// An item's width in thousandths of its height; 0 where that is not known.
pub fn aspect_permille(row: &RenditionRow) -> u32 {
    let event = row.event.as_deref().filter(|_| row.state == READY);
    let recorded = event.and_then(|event| RenditionsRecorded::decode(event).ok());
    let details = recorded.and_then(|recorded| recorded.details);
    let aspect = details.and_then(|details| {
        let aspect = u64::from(details.width) * 1000;
        u32::try_from(aspect.checked_div(u64::from(details.height))?).ok()
    });
    aspect.unwrap_or(0)
}

/// A media item, where the trash keeps for so long.
pub fn item(key: &AccountKey, row: &MediaRow, trash_keeps: Duration) -> Result<Media, Fault> {
    let state = if row.trashed_at_micros.is_some() {
        MediaState::Trashed
    } else {
        MediaState::Stored
    };
    let keeps = i64::try_from(trash_keeps.as_micros()).unwrap_or(i64::MAX);
    Ok(Media {
        media_id: row.media.to_string(),
        album_id: row.album.to_string(),
        file_name: open(key, PersonalField::FileName, &row.file_name_sealed)?,
        content_type: row.content_type.clone(),
        kind: MediaKind::try_from(i32::from(row.kind))
            .unwrap_or_default()
            .into(),
        bytes: unsigned(row.bytes),
        sha256: row.sha256.clone(),
        added_at_micros: row.added_at_micros,
        state: state.into(),
        renditions: Some(renditions(key, &row.renditions)?),
        trashed_at_micros: row.trashed_at_micros,
        deleted_for_good_at_micros: row.trashed_at_micros.map(|at| at.saturating_add(keeps)),
        original_query: String::new(),
    })
}

fn renditions(key: &AccountKey, row: &RenditionRow) -> Result<Renditions, Fault> {
    let event = row.event.as_deref().unwrap_or_default();
    let malformed = |error: prost::DecodeError| Fault::new(ErrorCode::Internal, error.to_string());
    match row.state {
        READY => ready(key, RenditionsRecorded::decode(event).map_err(malformed)?),
        FAILED => {
            let failed = RenditionsFailed::decode(event).map_err(malformed)?;
            Ok(Renditions {
                state: RenditionState::Failed.into(),
                reason: failed.reason,
                message: failed.message,
                ..Renditions::default()
            })
        }
        _ => Ok(Renditions {
            state: RenditionState::Processing.into(),
            ..Renditions::default()
        }),
    }
}

fn ready(key: &AccountKey, recorded: RenditionsRecorded) -> Result<Renditions, Fault> {
    let details = recorded.details.unwrap_or_default();
    let (latitude, longitude) = location(key, &details)?.unzip();
    let objects = recorded.renditions.into_iter().map(|made| Rendition {
        name: made.name,
        content_type: made.content_type,
        bytes: made.bytes,
        width: made.width,
        height: made.height,
        query: String::new(),
    });
    Ok(Renditions {
        state: RenditionState::Ready.into(),
        objects: objects.collect(),
        width: details.width,
        height: details.height,
        thumbhash: details.thumbhash,
        taken_at_local_micros: details.taken_at_local_micros,
        taken_at_offset_minutes: details.taken_at_offset_minutes,
        camera: details.camera,
        duration_millis: details.duration_millis,
        latitude,
        longitude,
        ..Renditions::default()
    })
}

/// Latitude and longitude in degrees.
fn location(key: &AccountKey, details: &MediaDetails) -> Result<Option<(f64, f64)>, Fault> {
    if details.location_sealed.is_empty() {
        return Ok(None);
    }
    let text = open(key, PersonalField::Location, &details.location_sealed)?;
    let parts = text.split_once(',');
    Ok(parts
        .and_then(|(latitude, longitude)| Some((latitude.parse().ok()?, longitude.parse().ok()?))))
}
