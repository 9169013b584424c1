//! The statements that answer queries. Each carries the account: what is another's is not found.

use futures::{Stream, StreamExt as _};
use sqlx::{MySql, MySqlPool, QueryBuilder, Row as _, mysql::MySqlRow};
use uuid::Uuid;

use super::apply::STORED;
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
    /// The item that was chosen to stand for it, while that is in it, or else the newest.
    pub cover: Option<Uuid>,
    /// Whether it was chosen.
    pub cover_is_chosen: bool,
    /// When it was deleted, if it was.
    pub deleted_at_micros: Option<i64>,
    /// Links to it that work.
    pub shares: i64,
}

/// What became of an item's renditions: the event that says so, still encoded.
#[derive(Clone, Debug)]
pub struct RenditionRow {
    /// One of [`PROCESSING`](super::apply::PROCESSING) and its sisters.
    pub state: i8,
    /// RenditionsRecorded or RenditionsFailed; absent while they are being made.
    pub event: Option<Vec<u8>>,
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
    /// Since when it lies in the trash, if it does.
    pub trashed_at_micros: Option<i64>,
    /// What was made from it.
    pub renditions: RenditionRow,
}

/// What one item needs of room in a grid.
#[derive(Clone, Debug)]
pub struct PageRow {
    /// Where it stands in the list.
    pub place: Place,
    /// What was made from it.
    pub renditions: RenditionRow,
}

const ALBUM_CARDS: &str = "SELECT a.album_id, a.title_sealed, a.created_at_micros, a.photos, a.videos, a.bytes, \
     a.deleted_at_micros, (SELECT c.media_id FROM media c WHERE c.media_id = a.cover_media_id \
      AND c.album_id = a.album_id AND c.state = 1) AS chosen, \
     (SELECT m.media_id FROM media m WHERE m.album_id = a.album_id AND m.state = 1 \
      ORDER BY m.added_at_micros DESC, m.media_id DESC LIMIT 1) AS newest, \
     (SELECT COUNT(*) FROM shares s WHERE s.album_id = a.album_id \
      AND s.expires_at_micros > CAST(UNIX_TIMESTAMP(NOW(6)) * 1000000 AS SIGNED)) AS shares \
     FROM albums a WHERE a.account_id = ? AND a.created_at_micros IS NOT NULL";

const COLUMNS: &str = "m.media_id, m.album_id, m.file_name_sealed, m.content_type, m.kind, m.bytes, m.sha256, \
     m.added_at_micros, m.trashed_at_micros, m.rendition_state, m.renditions";

/// What its owner can see of media: what is in a deleted album only once it is in the trash.
const VISIBLE: &str = "FROM media m JOIN albums a ON a.album_id = m.album_id \
     WHERE (m.state = 1 AND a.deleted = FALSE OR m.state = 2 AND m.due <> 2) AND m.account_id = ";

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

    /// The read model's database.
    pub fn pool(&self) -> &MySqlPool {
        &self.pool
    }

    /// The account's albums after a place, newest first.
    pub async fn list_albums(
        &self,
        account: Uuid,
        after: Place,
        limit: u32,
    ) -> Result<Vec<AlbumCard>, sqlx::Error> {
        let statement = format!(
            "{ALBUM_CARDS} AND a.deleted = FALSE AND a.created_at_micros <= ? AND (a.created_at_micros < ? OR a.album_id < ?) \
             ORDER BY a.created_at_micros DESC, a.album_id DESC LIMIT ?"
        );
        let rows = self.page(statement, account, after, limit).await?;
        rows.iter().map(album_card).collect()
    }

    /// The account's deleted albums that still have something in the trash, after a place, the latest first.
    pub async fn list_deleted_albums(
        &self,
        account: Uuid,
        after: Place,
        limit: u32,
    ) -> Result<Vec<AlbumCard>, sqlx::Error> {
        let statement = format!(
            "{ALBUM_CARDS} AND a.deleted = TRUE AND EXISTS (SELECT 1 FROM media t \
             WHERE t.album_id = a.album_id AND (t.state = 1 OR t.state = 2 AND t.with_album AND t.due <> 2)) \
             AND a.deleted_at_micros <= ? AND (a.deleted_at_micros < ? OR a.album_id < ?) \
             ORDER BY a.deleted_at_micros DESC, a.album_id DESC LIMIT ?"
        );
        let rows = self.page(statement, account, after, limit).await?;
        rows.iter().map(album_card).collect()
    }

    /// What lies in the account's trash after a place, the latest first.
    pub async fn list_trash(
        &self,
        account: Uuid,
        after: Place,
        limit: u32,
    ) -> Result<Vec<MediaRow>, sqlx::Error> {
        let statement = format!(
            "SELECT {COLUMNS} FROM media m FORCE INDEX (media_trash) \
             WHERE m.account_id = ? AND m.state = 2 AND m.due <> 2 \
             AND m.trashed_at_micros <= ? AND (m.trashed_at_micros < ? OR m.media_id < ?) \
             ORDER BY m.trashed_at_micros DESC, m.media_id DESC LIMIT ?"
        );
        let rows = self.page(statement, account, after, limit).await?;
        rows.iter().map(media_row).collect()
    }

    /// One album of the account.
    pub async fn album(
        &self,
        account: Uuid,
        album: Uuid,
    ) -> Result<Option<AlbumCard>, sqlx::Error> {
        let statement = format!("{ALBUM_CARDS} AND a.deleted = FALSE AND a.album_id = ?");
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
        let statement = format!(
            "SELECT {COLUMNS} FROM media m FORCE INDEX (media_listing) \
             WHERE m.album_id = ? AND m.state = {STORED} \
             AND m.added_at_micros <= ? AND (m.added_at_micros < ? OR m.media_id < ?) \
             ORDER BY m.added_at_micros DESC, m.media_id DESC LIMIT ?"
        );
        let rows = self.page(statement, album, after, limit).await?;
        rows.iter().map(media_row).collect()
    }

    /// A page of a list of `whose`: every list's statement takes the same five values.
    async fn page(
        &self,
        statement: String,
        whose: Uuid,
        after: Place,
        limit: u32,
    ) -> Result<Vec<MySqlRow>, sqlx::Error> {
        sqlx::query(sqlx::AssertSqlSafe(statement))
            .bind(whose)
            .bind(after.micros)
            .bind(after.micros)
            .bind(after.id)
            .bind(limit)
            .fetch_all(&self.pool)
            .await
    }

    /// One media item of the account that is stored or in the trash.
    pub async fn media(&self, account: Uuid, media: Uuid) -> Result<Option<MediaRow>, sqlx::Error> {
        let mut select = QueryBuilder::<MySql>::new(format!("SELECT {COLUMNS} {VISIBLE}"));
        select.push_bind(account);
        select.push(" AND m.media_id = ").push_bind(media);
        let row = select.build().fetch_optional(&self.pool).await?;
        row.as_ref().map(media_row).transpose()
    }

    /// What each stored item of an album needs of room, newest first. Whose album it is has been checked.
    pub fn list_shapes(
        &self,
        album: Uuid,
    ) -> impl Stream<Item = Result<PageRow, sqlx::Error>> + use<'_> {
        let rows = sqlx::query(
            "SELECT m.media_id, m.added_at_micros, m.rendition_state, m.renditions \
             FROM media m FORCE INDEX (media_listing) WHERE m.album_id = ? AND m.state = 1 \
             ORDER BY m.added_at_micros DESC, m.media_id DESC",
        );
        let rows = rows.bind(album).fetch(&self.pool);
        rows.map(|row| page_row(&row?))
    }

    /// Those of these items of the account that are stored.
    pub async fn stored_media(
        &self,
        account: Uuid,
        ids: &[Uuid],
    ) -> Result<Vec<MediaRow>, sqlx::Error> {
        let ids = ids.iter().map(|id| format!("\"{}\"", id.simple()));
        let statement = format!(
            "SELECT {COLUMNS} FROM JSON_TABLE(?, '$[*]' COLUMNS (id CHAR(32) PATH '$')) s \
             STRAIGHT_JOIN media m FORCE INDEX (PRIMARY) ON m.media_id = UNHEX(s.id) \
             WHERE m.account_id = ? AND m.state = {STORED}"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(statement))
            .bind(format!("[{}]", ids.collect::<Vec<_>>().join(",")))
            .bind(account)
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(media_row).collect()
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
        let mut select = QueryBuilder::<MySql>::new(format!("SELECT {COLUMNS} {VISIBLE}"));
        select.push_bind(account);
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

fn album_card(row: &MySqlRow) -> Result<AlbumCard, sqlx::Error> {
    let chosen: Option<Uuid> = row.try_get("chosen")?;
    Ok(AlbumCard {
        album: row.try_get("album_id")?,
        title_sealed: row.try_get("title_sealed")?,
        created_at_micros: row.try_get("created_at_micros")?,
        photos: row.try_get("photos")?,
        videos: row.try_get("videos")?,
        bytes: row.try_get("bytes")?,
        cover: chosen.or(row.try_get("newest")?),
        cover_is_chosen: chosen.is_some(),
        deleted_at_micros: row.try_get("deleted_at_micros")?,
        shares: row.try_get("shares")?,
    })
}

fn page_row(row: &MySqlRow) -> Result<PageRow, sqlx::Error> {
    Ok(PageRow {
        place: Place {
            micros: row.try_get("added_at_micros")?,
            id: row.try_get("media_id")?,
        },
        renditions: rendition_row(row)?,
    })
}

fn rendition_row(row: &MySqlRow) -> Result<RenditionRow, sqlx::Error> {
    Ok(RenditionRow {
        state: row.try_get("rendition_state")?,
        event: row.try_get("renditions")?,
    })
}

fn media_row(row: &MySqlRow) -> Result<MediaRow, sqlx::Error> {
    Ok(MediaRow {
        media: row.try_get("media_id")?,
        album: row.try_get("album_id")?,
        file_name_sealed: row.try_get("file_name_sealed")?,
        content_type: row.try_get("content_type")?,
        kind: row.try_get("kind")?,
        bytes: row.try_get("bytes")?,
        sha256: row.try_get("sha256")?,
        added_at_micros: row.try_get("added_at_micros")?,
        trashed_at_micros: row.try_get("trashed_at_micros")?,
        renditions: rendition_row(row)?,
    })
}
