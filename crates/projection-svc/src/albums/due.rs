//! What is due with media items: each row says it of itself, so that who does it finds it by an index.
//!
//! It follows from the row, its album and its account alone, and is worked out again whenever one of the three
//! changes, whichever of their events comes first.

use sqlx::{AssertSqlSafe, MySqlConnection};
use uuid::Uuid;

use super::apply::{STORED, TRASHED, UPLOADING};

/// What is due with an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i8)]
pub enum Due {
    /// Nothing.
    Nothing = 0,
    /// It has not gone where its album went.
    FollowAlbum = 1,
    /// It was in the trash when that was emptied, or its album was.
    Removal = 2,
}

/// Which rows are looked at again.
#[derive(Clone, Copy, Debug)]
pub enum Of {
    /// One item.
    Media(Uuid),
    /// All items of an album.
    Album(Uuid),
    /// All items of an account that lie in the trash.
    Trash(Uuid),
}

/// Works out again what is due.
pub async fn settle(connection: &mut MySqlConnection, of: Of) -> Result<(), sqlx::Error> {
    let (rows, id) = match of {
        Of::Media(id) => ("m.media_id = ?".to_owned(), id),
        Of::Album(id) => ("m.album_id = ?".to_owned(), id),
        Of::Trash(id) => (format!("m.account_id = ? AND m.state = {TRASHED}"), id),
    };
    let (nothing, follow, removal) = (
        Due::Nothing as i8,
        Due::FollowAlbum as i8,
        Due::Removal as i8,
    );
    // An item that went to the trash with its album lies there since the album was deleted, however late it followed;
    // and once the album is restored it comes back, whatever was emptied.
    let statement = format!(
        "UPDATE media m LEFT JOIN albums a ON a.album_id = m.album_id \
         LEFT JOIN accounts c ON c.account_id = m.account_id SET m.due = CASE \
         WHEN m.state = {TRASHED} AND m.with_album AND NOT COALESCE(a.deleted, FALSE) THEN {follow} \
         WHEN m.state = {TRASHED} \
         AND IF(m.with_album, COALESCE(a.deleted_position, m.trashed_position), m.trashed_position) \
         < COALESCE(c.emptied_position, 0) THEN {removal} \
         WHEN m.state IN ({UPLOADING}, {STORED}) AND COALESCE(a.deleted, FALSE) THEN {follow} \
         ELSE {nothing} END WHERE {rows}"
    );
    sqlx::query(AssertSqlSafe(statement))
        .bind(id)
        .execute(connection)
        .await?;
    Ok(())
}
