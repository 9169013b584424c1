use picup_event_types::{
    Event, RecordedEvent,
    messages::{AlbumCreated, MediaKind, MediaMoved, MediaTrashed, UploadStarted},
};
use prost::Message as _;
use sqlx::{MySqlConnection, Row as _, mysql::MySqlQueryResult};
use uuid::Uuid;

use super::{
    accounts,
    due::{Of, settle},
    shares,
    touched::{touch, touch_album, touch_album_of},
};
use crate::apply::ApplyError;

/// States of a media row.
pub const UPLOADING: i8 = 0;
pub const STORED: i8 = 1;
pub const TRASHED: i8 = 2;

/// States of an item's renditions.
pub const PROCESSING: i8 = 0;
pub const READY: i8 = 1;
pub const FAILED: i8 = 2;

/// Changes the rows as one event says.
pub async fn apply(
    connection: &mut MySqlConnection,
    recorded: &RecordedEvent,
    event: &Event,
) -> Result<(), ApplyError> {
    let id = recorded.stream.id;
    match event {
        Event::AlbumCreated(created) => album_created(connection, recorded, created).await,
        Event::AlbumRenamed(renamed) => {
            let rename = sqlx::query("UPDATE albums SET title_sealed = ? WHERE album_id = ?");
            let changed = rename.bind(&renamed.title_sealed).bind(id);
            of_an_album(changed.execute(&mut *connection).await?)?;
            Ok(touch_album(connection, id).await?)
        }
        Event::AlbumCoverChosen(chosen) => {
            let choose = sqlx::query("UPDATE albums SET cover_media_id = ? WHERE album_id = ?");
            let cover = Some(chosen.media_id.as_slice()).filter(|media| !media.is_empty());
            let changed = choose.bind(cover).bind(id);
            of_an_album(changed.execute(&mut *connection).await?)?;
            Ok(touch_album(connection, id).await?)
        }
        Event::AlbumShared(shared) => {
            of_an_album(shares::shared(connection, recorded, shared).await?)?;
            Ok(touch_album(connection, id).await?)
        }
        Event::AlbumShareRevoked(revoked) => {
            shares::revoked(connection, &revoked.share_id).await?;
            Ok(touch_album(connection, id).await?)
        }
        Event::AlbumDeleted(_) => {
            shares::ended(connection, id).await?;
            set_deleted(connection, id, Some(recorded)).await
        }
        Event::AlbumRestored(_) => set_deleted(connection, id, None).await,
        Event::UploadStarted(started) => upload_started(connection, recorded, started).await,
        Event::UploadCompleted(_) => {
            let media = media(connection, id).await?;
            sqlx::query("UPDATE media SET state = ?, added_at_micros = ? WHERE media_id = ?")
                .bind(STORED)
                .bind(recorded.recorded_at_micros())
                .bind(id)
                .execute(&mut *connection)
                .await?;
            count(connection, &media, 1).await?;
            Ok(settle(connection, Of::Media(id)).await?)
        }
        Event::MediaMoved(moved) => media_moved(connection, id, moved).await,
        Event::MediaTrashed(trashed) => {
            let media = media(connection, id).await?;
            set_trashed(connection, recorded, trashed).await?;
            count(connection, &media, -1).await?;
            Ok(settle(connection, Of::Media(id)).await?)
        }
        Event::MediaRestored(_) => {
            let media = media(connection, id).await?;
            set_restored(connection, id).await?;
            count(connection, &media, 1).await?;
            Ok(settle(connection, Of::Media(id)).await?)
        }
        Event::MediaDeleted(_) | Event::UploadAbandoned(_) => {
            let media = media(connection, id).await?;
            sqlx::query("DELETE FROM media WHERE media_id = ?")
                .bind(id)
                .execute(&mut *connection)
                .await?;
            if media.state == STORED {
                count(connection, &media, -1).await?;
            }
            Ok(())
        }
        Event::RenditionsRecorded(made) => {
            set_renditions(connection, id, READY, Some(made.encode_to_vec())).await
        }
        Event::RenditionsFailed(failed) => {
            set_renditions(connection, id, FAILED, Some(failed.encode_to_vec())).await
        }
        Event::RenditionsRequested(_) => set_renditions(connection, id, PROCESSING, None).await,
        Event::TrashEmptied(_) => accounts::emptied(connection, id, recorded.position).await,
        Event::AccountClosed(_) => accounts::closed(connection, id).await,
        Event::AccountErased(_) => accounts::erased(connection, id).await,
        // Nothing of these is listed here.
        Event::AccountOpened(_)
        | Event::DisplayNameChanged(_)
        | Event::MediaPurged(_)
        | Event::QuotaChanged(_)
        | Event::BytesReserved(_)
        | Event::BytesStored(_)
        | Event::BytesReleased(_) => Ok(()),
    }
}

/// A stream begins with its creation, so there is a row for whatever comes later.
fn of_an_album(changed: MySqlQueryResult) -> Result<(), ApplyError> {
    if changed.rows_affected() == 0 {
        return Err(ApplyError::Contradiction(
            "the album is not in the read model".to_owned(),
        ));
    }
    Ok(())
}

/// Deletes an album, or brings it back. Its row first and then those of its media: an item that is put in
/// meanwhile waits for the row, and sees it.
async fn set_deleted(
    connection: &mut MySqlConnection,
    album: Uuid,
    deleted: Option<&RecordedEvent>,
) -> Result<(), ApplyError> {
    let changed = sqlx::query(
        "UPDATE albums SET deleted = ?, deleted_at_micros = ?, deleted_position = ? \
         WHERE album_id = ?",
    )
    .bind(deleted.is_some())
    .bind(deleted.map(RecordedEvent::recorded_at_micros))
    .bind(deleted.map(|deleted| deleted.position))
    .bind(album)
    .execute(&mut *connection)
    .await?;
    of_an_album(changed)?;
    touch_album(connection, album).await?;
    Ok(settle(connection, Of::Album(album)).await?)
}

async fn album_created(
    connection: &mut MySqlConnection,
    recorded: &RecordedEvent,
    created: &AlbumCreated,
) -> Result<(), ApplyError> {
    sqlx::query(
        "INSERT INTO albums (album_id, account_id, title_sealed, created_at_micros) \
         VALUES (?, ?, ?, ?) ON DUPLICATE KEY UPDATE \
         title_sealed = VALUES(title_sealed), created_at_micros = VALUES(created_at_micros)",
    )
    .bind(recorded.stream.id)
    .bind(created.account_id.as_slice())
    .bind(&created.title_sealed)
    .bind(recorded.recorded_at_micros())
    .execute(&mut *connection)
    .await?;
    Ok(touch_album(connection, recorded.stream.id).await?)
}

/// An item goes from one album to another of its account's.
async fn media_moved(
    connection: &mut MySqlConnection,
    id: Uuid,
    moved: &MediaMoved,
) -> Result<(), ApplyError> {
    let before = media(connection, id).await?;
    let album = Uuid::from_slice(&moved.album_id)
        .map_err(|error| ApplyError::Contradiction(format!("media/{id} moved: {error}")))?;
    sqlx::query("UPDATE media SET album_id = ? WHERE media_id = ?")
        .bind(album)
        .bind(id)
        .execute(&mut *connection)
        .await?;
    count(connection, &before, -1).await?;
    count(connection, &Media { album, ..before }, 1).await?;
    Ok(settle(connection, Of::Media(id)).await?)
}

async fn upload_started(
    connection: &mut MySqlConnection,
    recorded: &RecordedEvent,
    started: &UploadStarted,
) -> Result<(), ApplyError> {
    sqlx::query(
        "INSERT INTO media (media_id, account_id, album_id, file_name_sealed, content_type, kind, \
         bytes, sha256, state, added_at_micros) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(recorded.stream.id)
    .bind(started.account_id.as_slice())
    .bind(started.album_id.as_slice())
    .bind(&started.file_name_sealed)
    .bind(&started.content_type)
    .bind(started.kind)
    .bind(started.bytes)
    .bind(&started.sha256)
    .bind(UPLOADING)
    .bind(recorded.recorded_at_micros())
    .execute(&mut *connection)
    .await?;
    Ok(settle(connection, Of::Media(recorded.stream.id)).await?)
}

/// What the counts of an album need to know of a media row.
struct Media {
    account: Uuid,
    album: Uuid,
    kind: i8,
    bytes: i64,
    state: i8,
}

async fn media(connection: &mut MySqlConnection, id: Uuid) -> Result<Media, ApplyError> {
    let row = sqlx::query(
        "SELECT account_id, album_id, kind, bytes, state FROM media WHERE media_id = ? FOR UPDATE",
    )
    .bind(id)
    .fetch_optional(connection)
    .await?
    .ok_or_else(|| ApplyError::Contradiction(format!("there is no row for media/{id}")))?;
    Ok(Media {
        account: row.try_get("account_id")?,
        album: row.try_get("album_id")?,
        kind: row.try_get("kind")?,
        bytes: row.try_get("bytes")?,
        state: row.try_get("state")?,
    })
}

async fn set_trashed(
    connection: &mut MySqlConnection,
    recorded: &RecordedEvent,
    trashed: &MediaTrashed,
) -> Result<(), ApplyError> {
    sqlx::query(
        "UPDATE media SET state = ?, trashed_at_micros = ?, trashed_position = ?, with_album = ? \
         WHERE media_id = ?",
    )
    .bind(TRASHED)
    .bind(recorded.recorded_at_micros())
    .bind(recorded.position)
    .bind(trashed.with_album)
    .bind(recorded.stream.id)
    .execute(connection)
    .await?;
    Ok(())
}

async fn set_restored(connection: &mut MySqlConnection, id: Uuid) -> Result<(), ApplyError> {
    sqlx::query(
        "UPDATE media SET state = ?, trashed_at_micros = NULL, trashed_position = NULL, \
         with_album = FALSE WHERE media_id = ?",
    )
    .bind(STORED)
    .bind(id)
    .execute(connection)
    .await?;
    Ok(())
}

async fn set_renditions(
    connection: &mut MySqlConnection,
    id: Uuid,
    state: i8,
    event: Option<Vec<u8>>,
) -> Result<(), ApplyError> {
    sqlx::query("UPDATE media SET rendition_state = ?, renditions = ? WHERE media_id = ?")
        .bind(state)
        .bind(event)
        .bind(id)
        .execute(&mut *connection)
        .await?;
    Ok(touch_album_of(connection, id).await?)
}

/// Adds an item to its album's counts, or takes it away. The album's own events may come later, so the row
/// may have to be made.
async fn count(
    connection: &mut MySqlConnection,
    media: &Media,
    sign: i64,
) -> Result<(), ApplyError> {
    let is_video = i32::from(media.kind) == i32::from(MediaKind::Video);
    let (photos, videos) = if is_video { (0, sign) } else { (sign, 0) };
    sqlx::query(
        "INSERT INTO albums (album_id, account_id, photos, videos, bytes) VALUES (?, ?, ?, ?, ?) \
         ON DUPLICATE KEY UPDATE photos = photos + VALUES(photos), \
         videos = videos + VALUES(videos), bytes = bytes + VALUES(bytes)",
    )
    .bind(media.album)
    .bind(media.account)
    .bind(photos)
    .bind(videos)
    .bind(sign * media.bytes)
    .execute(&mut *connection)
    .await?;
    Ok(touch(connection, media.album, media.account).await?)
}
