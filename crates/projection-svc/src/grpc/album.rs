use std::sync::Arc;

use picup_event_types::{AccountKey, PersonalField};
use picup_objects::URL_LIFETIME;
use picup_proto::queries::v1::{
    Album, FindMediaRequest, FindMediaResponse, GetAlbumRequest, GetAlbumResponse, GetMediaRequest,
    GetMediaResponse, GetOriginalRequest, GetOriginalResponse, ListAlbumsRequest,
    ListAlbumsResponse, ListMediaRequest, ListMediaResponse, Media, MediaKind, MediaState,
    album_queries_server::AlbumQueries,
};
use picup_service::errors::{ErrorCode, Fault};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{Shared, id, open, unsigned};
use crate::{
    albums::{AlbumCard, AlbumRows, MediaRow},
    cursor::{Place, page_size},
    gate::unavailable,
};

/// Checksums in one question, at most.
const CHECKSUMS: usize = 500;

pub struct Service(pub Arc<Shared>);

#[tonic::async_trait]
impl AlbumQueries for Service {
    async fn list_albums(
        &self,
        request: Request<ListAlbumsRequest>,
    ) -> Result<Response<ListAlbumsResponse>, Status> {
        let caller = self.0.verifier.caller(request.metadata())?;
        let request = request.into_inner();
        let limit = page_size(request.page_size)?;
        let after = self.0.cursors.read(caller.account, &request.cursor)?;
        let albums = self.0.albums(request.token.as_ref()).await?;
        let rows = albums.list_albums(caller.account, after, limit + 1).await;
        let (rows, more) = page(rows.map_err(unavailable)?, limit);
        let last = rows.last().filter(|_| more);
        let next_cursor = last.map_or_else(String::new, |card| {
            let place = Place {
                micros: card.created_at_micros,
                id: card.album,
            };
            self.0.cursors.write(caller.account, place)
        });
        let key = self.0.key(caller.account).await?;
        let albums = rows
            .iter()
            .map(|card| album(&key, card))
            .collect::<Result<_, _>>()?;
        Ok(Response::new(ListAlbumsResponse {
            albums,
            next_cursor,
        }))
    }

    async fn get_album(
        &self,
        request: Request<GetAlbumRequest>,
    ) -> Result<Response<GetAlbumResponse>, Status> {
        let caller = self.0.verifier.caller(request.metadata())?;
        let request = request.into_inner();
        let album_id = id("album_id", &request.album_id)?;
        let albums = self.0.albums(request.token.as_ref()).await?;
        let card = card(&albums, caller.account, album_id).await?;
        let key = self.0.key(caller.account).await?;
        Ok(Response::new(GetAlbumResponse {
            album: Some(album(&key, &card)?),
        }))
    }

    async fn list_media(
        &self,
        request: Request<ListMediaRequest>,
    ) -> Result<Response<ListMediaResponse>, Status> {
        let caller = self.0.verifier.caller(request.metadata())?;
        let request = request.into_inner();
        let album_id = id("album_id", &request.album_id)?;
        let limit = page_size(request.page_size)?;
        let after = self.0.cursors.read(album_id, &request.cursor)?;
        let albums = self.0.albums(request.token.as_ref()).await?;
        card(&albums, caller.account, album_id).await?;
        let rows = albums.list_media(album_id, after, limit + 1).await;
        let (rows, more) = page(rows.map_err(unavailable)?, limit);
        let last = rows.last().filter(|_| more);
        let next_cursor = last.map_or_else(String::new, |row| {
            let place = Place {
                micros: row.added_at_micros,
                id: row.media,
            };
            self.0.cursors.write(album_id, place)
        });
        let media = self.media(caller.account, &rows).await?;
        Ok(Response::new(ListMediaResponse { media, next_cursor }))
    }

    async fn get_media(
        &self,
        request: Request<GetMediaRequest>,
    ) -> Result<Response<GetMediaResponse>, Status> {
        let caller = self.0.verifier.caller(request.metadata())?;
        let request = request.into_inner();
        let media_id = id("media_id", &request.media_id)?;
        let albums = self.0.albums(request.token.as_ref()).await?;
        let media = self.item(&albums, caller.account, media_id).await?;
        Ok(Response::new(GetMediaResponse { media: Some(media) }))
    }

    async fn get_original(
        &self,
        request: Request<GetOriginalRequest>,
    ) -> Result<Response<GetOriginalResponse>, Status> {
        let caller = self.0.verifier.caller(request.metadata())?;
        let request = request.into_inner();
        let media_id = id("media_id", &request.media_id)?;
        let albums = self.0.albums(request.token.as_ref()).await?;
        let media = self.item(&albums, caller.account, media_id).await?;
        let url = self.0.objects.presign_get(caller.account, media_id).await;
        Ok(Response::new(GetOriginalResponse {
            url: url.map_err(|error| Fault::new(ErrorCode::Internal, error.to_string()))?,
            expires_in_seconds: u32::try_from(URL_LIFETIME.as_secs()).unwrap_or(u32::MAX),
            media: Some(media),
        }))
    }

    async fn find_media(
        &self,
        request: Request<FindMediaRequest>,
    ) -> Result<Response<FindMediaResponse>, Status> {
        let caller = self.0.verifier.caller(request.metadata())?;
        let request = request.into_inner();
        if request.sha256.len() > CHECKSUMS || request.sha256.iter().any(|sum| sum.len() != 32) {
            let expected = format!("at most {CHECKSUMS} checksums of 32 bytes");
            return Err(Fault::invalid("sha256", expected).into());
        }
        let albums = self.0.albums(request.token.as_ref()).await?;
        let rows = albums.find_media(caller.account, &request.sha256).await;
        let media = self
            .media(caller.account, &rows.map_err(unavailable)?)
            .await?;
        Ok(Response::new(FindMediaResponse { media }))
    }
}

impl Service {
    /// A media item of the account's; another's is not found.
    async fn item(&self, albums: &AlbumRows, account: Uuid, media: Uuid) -> Result<Media, Fault> {
        let row = albums.media(account, media).await.map_err(unavailable)?;
        let missing = || Fault::new(ErrorCode::NotFound, "there is no such media item");
        let key = self.0.key(account).await?;
        item(&key, &row.ok_or_else(missing)?)
    }

    async fn media(&self, account: Uuid, rows: &[MediaRow]) -> Result<Vec<Media>, Fault> {
        let key = self.0.key(account).await?;
        rows.iter().map(|row| item(&key, row)).collect()
    }
}

/// An album of the account's; another's is not found.
async fn card(albums: &AlbumRows, account: Uuid, album: Uuid) -> Result<AlbumCard, Fault> {
    let card = albums.album(account, album).await.map_err(unavailable)?;
    card.ok_or_else(|| Fault::new(ErrorCode::NotFound, "there is no such album"))
}

/// Cuts off the row that was read only to know whether there are more.
fn page<T>(mut rows: Vec<T>, limit: u32) -> (Vec<T>, bool) {
    let more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    (rows, more)
}

fn album(key: &AccountKey, card: &AlbumCard) -> Result<Album, Fault> {
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
    })
}

fn item(key: &AccountKey, row: &MediaRow) -> Result<Media, Fault> {
    let state = if row.trashed {
        MediaState::Trashed
    } else {
        MediaState::Stored
    };
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
    })
}
