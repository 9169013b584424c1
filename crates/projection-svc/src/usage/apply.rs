use picup_event_types::{
    Event, RecordedEvent,
    messages::{AccountOpened, MediaKind, UploadStarted},
};
use sqlx::{MySqlConnection, Row as _};
use uuid::Uuid;

use crate::apply::ApplyError;

/// States of a media row.
const UPLOADING: i8 = 0;
const STORED: i8 = 1;
const TRASHED: i8 = 2;

/// What one event adds to an account's sums.
#[derive(Default)]
struct Sums {
    reserved: i64,
    stored: i64,
    trash: i64,
    photos: i64,
    videos: i64,
}

/// Changes the rows as one event says.
pub async fn apply(
    connection: &mut MySqlConnection,
    recorded: &RecordedEvent,
    event: &Event,
) -> Result<(), ApplyError> {
    let id = recorded.stream.id;
    match event {
        Event::AccountOpened(opened) => account_opened(connection, recorded, opened).await,
        Event::DisplayNameChanged(changed) => {
            sqlx::query("UPDATE accounts SET display_name_sealed = ? WHERE account_id = ?")
                .bind(&changed.display_name_sealed)
                .bind(id)
                .execute(connection)
                .await?;
            Ok(())
        }
        Event::QuotaChanged(changed) => {
            sqlx::query(
                "INSERT INTO accounts (account_id, quota_bytes) VALUES (?, ?) \
                 ON DUPLICATE KEY UPDATE quota_bytes = VALUES(quota_bytes)",
            )
            .bind(changed.account_id.as_slice())
            .bind(changed.quota_bytes)
            .execute(connection)
            .await?;
            Ok(())
        }
        Event::BytesReserved(event) => {
            let sums = Sums {
                reserved: signed(event.bytes)?,
                ..Sums::default()
            };
            add(connection, &event.account_id, &sums).await
        }
        Event::BytesStored(event) => {
            let bytes = signed(event.bytes)?;
            let sums = Sums {
                reserved: -bytes,
                stored: bytes,
                ..Sums::default()
            };
            add(connection, &event.account_id, &sums).await
        }
        Event::BytesReleased(event) => {
            let bytes = signed(event.bytes)?;
            let sums = if event.from_reserved {
                Sums {
                    reserved: -bytes,
                    ..Sums::default()
                }
            } else {
                Sums {
                    stored: -bytes,
                    ..Sums::default()
                }
            };
            add(connection, &event.account_id, &sums).await
        }
        Event::UploadStarted(started) => upload_started(connection, id, started).await,
        Event::UploadCompleted(_) | Event::MediaRestored(_) => {
            change_state(connection, id, Some(STORED)).await
        }
        Event::MediaTrashed(_) => change_state(connection, id, Some(TRASHED)).await,
        Event::UploadAbandoned(_) | Event::MediaDeleted(_) => {
            change_state(connection, id, None).await
        }
        Event::AccountErased(_) => account_erased(connection, id).await,
        // The ledger says when the bytes are free again; albums hold none.
        Event::MediaPurged(_)
        | Event::MediaMoved(_)
        | Event::AlbumCreated(_)
        | Event::AlbumRenamed(_)
        | Event::AlbumCoverChosen(_)
        | Event::AlbumShared(_)
        | Event::AlbumShareRevoked(_)
        | Event::AlbumDeleted(_)
        | Event::AlbumRestored(_)
        | Event::TrashEmptied(_)
        | Event::AccountClosed(_)
        | Event::RenditionsRecorded(_)
        | Event::RenditionsFailed(_)
        | Event::RenditionsRequested(_) => Ok(()),
    }
}

async fn account_opened(
    connection: &mut MySqlConnection,
    recorded: &RecordedEvent,
    opened: &AccountOpened,
) -> Result<(), ApplyError> {
    sqlx::query(
        "INSERT INTO accounts (account_id, email_sealed, display_name_sealed, opened_at_micros) \
         VALUES (?, ?, ?, ?) ON DUPLICATE KEY UPDATE email_sealed = VALUES(email_sealed), \
         display_name_sealed = VALUES(display_name_sealed), \
         opened_at_micros = VALUES(opened_at_micros)",
    )
    .bind(recorded.stream.id)
    .bind(&opened.email_sealed)
    .bind(&opened.display_name_sealed)
    .bind(recorded.recorded_at_micros())
    .execute(connection)
    .await?;
    Ok(())
}

/// The row stays for its sums, which become zero whichever event comes last; the person is gone.
async fn account_erased(connection: &mut MySqlConnection, account: Uuid) -> Result<(), ApplyError> {
    sqlx::query(
        "UPDATE accounts SET email_sealed = NULL, display_name_sealed = NULL, \
         opened_at_micros = NULL WHERE account_id = ?",
    )
    .bind(account)
    .execute(connection)
    .await?;
    Ok(())
}

async fn upload_started(
    connection: &mut MySqlConnection,
    media: Uuid,
    started: &UploadStarted,
) -> Result<(), ApplyError> {
    sqlx::query(
        "INSERT INTO media (media_id, account_id, kind, bytes, state) VALUES (?, ?, ?, ?, ?)",
    )
    .bind(media)
    .bind(started.account_id.as_slice())
    .bind(started.kind)
    .bind(started.bytes)
    .bind(UPLOADING)
    .execute(connection)
    .await?;
    Ok(())
}

/// Moves a media item to another state, or out of the read model, and its account's sums with it.
async fn change_state(
    connection: &mut MySqlConnection,
    media: Uuid,
    next: Option<i8>,
) -> Result<(), ApplyError> {
    let row = sqlx::query(
        "SELECT account_id, kind, bytes, state FROM media WHERE media_id = ? FOR UPDATE",
    )
    .bind(media)
    .fetch_optional(&mut *connection)
    .await?
    .ok_or_else(|| ApplyError::Contradiction(format!("there is no row for media/{media}")))?;
    let account: Vec<u8> = row.try_get("account_id")?;
    let (kind, bytes): (i8, i64) = (row.try_get("kind")?, row.try_get("bytes")?);
    let before: i8 = row.try_get("state")?;
    match next {
        Some(state) => {
            sqlx::query("UPDATE media SET state = ? WHERE media_id = ?")
                .bind(state)
                .bind(media)
                .execute(&mut *connection)
                .await?;
        }
        None => {
            sqlx::query("DELETE FROM media WHERE media_id = ?")
                .bind(media)
                .execute(&mut *connection)
                .await?;
        }
    }
    let shown = i64::from(next == Some(STORED)) - i64::from(before == STORED);
    let trashed = i64::from(next == Some(TRASHED)) - i64::from(before == TRASHED);
    let is_video = i32::from(kind) == i32::from(MediaKind::Video);
    let (photos, videos) = if is_video { (0, shown) } else { (shown, 0) };
    let sums = Sums {
        trash: trashed * bytes,
        photos,
        videos,
        ..Sums::default()
    };
    add(connection, &account, &sums).await
}

/// Adds to an account's sums. The account's own events may come later, so the row may have to be made.
async fn add(
    connection: &mut MySqlConnection,
    account: &[u8],
    sums: &Sums,
) -> Result<(), ApplyError> {
    sqlx::query(
        "INSERT INTO accounts (account_id, reserved_bytes, stored_bytes, trash_bytes, photos, videos) \
         VALUES (?, ?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE \
         reserved_bytes = reserved_bytes + VALUES(reserved_bytes), \
         stored_bytes = stored_bytes + VALUES(stored_bytes), \
         trash_bytes = trash_bytes + VALUES(trash_bytes), \
         photos = photos + VALUES(photos), videos = videos + VALUES(videos)",
    )
    .bind(account)
    .bind(sums.reserved)
    .bind(sums.stored)
    .bind(sums.trash)
    .bind(sums.photos)
    .bind(sums.videos)
    .execute(connection)
    .await?;
    Ok(())
}

fn signed(bytes: u64) -> Result<i64, ApplyError> {
    i64::try_from(bytes)
        .map_err(|_| ApplyError::Contradiction(format!("{bytes} bytes are more than there can be")))
}
