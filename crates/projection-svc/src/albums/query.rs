//! The statements that answer queries. Each carries the account: what is another's is not found.

use sqlx::{MySql, MySqlPool, QueryBuilder, Row as _, mysql::MySqlRow};
use uuid::Uuid;

use super::apply::{STORED, TRASHED};
use crate::cursor::Place;

/// An album card, its title still sealed.
#[derive(Clone, Debug)]
pub struct AlbumCard {
    /// The album.
    pub album: Uuid,
    /// Its title.
    pub title_sealed: Vec<u8>,
    /// Microseconds since 1970.
    pub created_at_micros: i64,
    /// Photos in it.
    pub photos: i64,
    /// Videos in it.
    pub videos: i64,
    /// Bytes of their originals.
    pub bytes: i64,
    /// The newest item.
    pub cover: Option<Uuid>,
}

/// A media item, its file name still sealed.
#[derive(Clone, Debug)]
pub struct MediaRow {
    /// The item.
    pub media: Uuid,
    /// The album that it is in.
    pub album: Uuid,
    /// Its file's name.
    pub file_name_sealed: Vec<u8>,
    /// For example `image/jpeg`.
    pub content_type: String,
    /// As in the event.
    pub kind: i8,
    /// Length of the original.
    pub bytes: i64,
    /// SHA-256 of the original.
    pub sha256: Vec<u8>,
    /// When its upload completed.
    pub added_at_micros: i64,
    /// Whether it lies in the trash.
    pub trashed: bool,
}

const ALBUM_CARDS: &str = "SELECT a.album_id, a.title_sealed, a.created_at_micros, a.photos, a.videos, a.bytes, \
     (SELECT m.media_id FROM media m WHERE m.album_id = a.album_id AND m.state = 1 \
      ORDER BY m.added_at_micros DESC, m.media_id DESC LIMIT 1) AS cover \
     FROM albums a WHERE a.account_id = ? AND a.deleted = FALSE AND a.created_at_micros IS NOT NULL";

const MEDIA: &str = "SELECT m.media_id, m.album_id, m.file_name_sealed, m.content_type, m.kind, m.bytes, m.sha256, \
     m.added_at_micros, m.state FROM media m JOIN albums a ON a.album_id = m.album_id \
     WHERE a.deleted = FALSE AND m.account_id = ";

/// The read model's rows.
#[derive(Clone)]
pub struct AlbumRows {
    pool: MySqlPool,
}

impl AlbumRows {
    /// Reads the read model in `pool`.
    pub fn new(pool: MySqlPool) -> Self {
        Self { pool }
    }

    /// The account's albums after a place, newest first.
    pub async fn list_albums(
        &self,
        account: Uuid,
        after: Place,
        limit: u32,
    ) -> Result<Vec<AlbumCard>, sqlx::Error> {
        let statement = format!(
            "{ALBUM_CARDS} AND a.created_at_micros <= ? AND (a.created_at_micros < ? OR a.album_id < ?) \
             ORDER BY a.created_at_micros DESC, a.album_id DESC LIMIT ?"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(statement))
            .bind(account)
            .bind(after.micros)
            .bind(after.micros)
            .bind(after.id)
            .bind(limit)
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(album_card).collect()
    }

    /// One album of the account.
    pub async fn album(
        &self,
        account: Uuid,
        album: Uuid,
    ) -> Result<Option<AlbumCard>, sqlx::Error> {
        let statement = format!("{ALBUM_CARDS} AND a.album_id = ?");
        let row = sqlx::query(sqlx::AssertSqlSafe(statement))
            .bind(account)
            .bind(album)
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(album_card).transpose()
    }

    /// The stored media of an album after a place, newest first. Whose album it is has been checked.
    pub async fn list_media(
        &self,
        album: Uuid,
        after: Place,
        limit: u32,
    ) -> Result<Vec<MediaRow>, sqlx::Error> {
        // Where most rows are of one album MySQL would rather read and sort all of them.
        let rows = sqlx::query(
            "SELECT media_id, album_id, file_name_sealed, content_type, kind, bytes, sha256, \
             added_at_micros, state FROM media FORCE INDEX (media_listing) \
             WHERE album_id = ? AND state = 1 \
             AND added_at_micros <= ? AND (added_at_micros < ? OR media_id < ?) \
             ORDER BY added_at_micros DESC, media_id DESC LIMIT ?",
        )
        .bind(album)
        .bind(after.micros)
        .bind(after.micros)
        .bind(after.id)
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(media_row).collect()
    }

    /// One media item of the account that is stored or in the trash.
    pub async fn media(&self, account: Uuid, media: Uuid) -> Result<Option<MediaRow>, sqlx::Error> {
        let mut select = QueryBuilder::<MySql>::new(MEDIA);
        select.push_bind(account);
        select.push(" AND m.media_id = ").push_bind(media);
        select
            .push(" AND m.state IN (")
            .push(STORED)
            .push(", ")
            .push(TRASHED)
            .push(")");
        let row = select.build().fetch_optional(&self.pool).await?;
        row.as_ref().map(media_row).transpose()
    }

    /// The account's items with one of these checksums.
    pub async fn find_media(
        &self,
        account: Uuid,
        checksums: &[Vec<u8>],
    ) -> Result<Vec<MediaRow>, sqlx::Error> {
        if checksums.is_empty() {
            return Ok(Vec::new());
        }
        let mut select = QueryBuilder::<MySql>::new(MEDIA);
        select.push_bind(account);
        select
            .push(" AND m.state IN (")
            .push(STORED)
            .push(", ")
            .push(TRASHED)
            .push(")");
        // One parameter for the whole list, so that the statement stays prepared.
        select.push(" AND m.sha256 IN (SELECT UNHEX(s.sum) FROM JSON_TABLE(");
        select.push_bind(json(checksums));
        select.push(", '$[*]' COLUMNS (sum CHAR(64) PATH '$')) s)");
        select.push(" ORDER BY m.sha256, m.media_id LIMIT 1000");
        let rows = select.build().fetch_all(&self.pool).await?;
        rows.iter().map(media_row).collect()
    }
}

/// Checksums as a JSON list of hexadecimal texts.
fn json(checksums: &[Vec<u8>]) -> String {
    let texts = checksums.iter().map(|checksum| {
        let digits = checksum.iter().map(|byte| format!("{byte:02x}"));
        format!("\"{}\"", digits.collect::<String>())
    });
    format!("[{}]", texts.collect::<Vec<_>>().join(","))
}

/// Media items whose album has been deleted, at most `limit`.
pub async fn leftovers(pool: &MySqlPool, limit: u32) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT m.media_id FROM albums a JOIN media m ON m.album_id = a.album_id \
         WHERE a.deleted = TRUE ORDER BY m.media_id LIMIT ?",
    )
    .bind(limit)
    .fetch_all(pool)
    .await
}

fn album_card(row: &MySqlRow) -> Result<AlbumCard, sqlx::Error> {
    Ok(AlbumCard {
        album: row.try_get("album_id")?,
        title_sealed: row.try_get("title_sealed")?,
        created_at_micros: row.try_get("created_at_micros")?,
        photos: row.try_get("photos")?,
        videos: row.try_get("videos")?,
        bytes: row.try_get("bytes")?,
        cover: row.try_get("cover")?,
    })
}

fn media_row(row: &MySqlRow) -> Result<MediaRow, sqlx::Error> {
    let state: i8 = row.try_get("state")?;
    Ok(MediaRow {
        media: row.try_get("media_id")?,
        album: row.try_get("album_id")?,
        file_name_sealed: row.try_get("file_name_sealed")?,
        content_type: row.try_get("content_type")?,
        kind: row.try_get("kind")?,
        bytes: row.try_get("bytes")?,
        sha256: row.try_get("sha256")?,
        added_at_micros: row.try_get("added_at_micros")?,
        trashed: state == TRASHED,
    })
}
