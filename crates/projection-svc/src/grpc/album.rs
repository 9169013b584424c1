use std::sync::Arc;

use picup_event_types::PersonalField;
use picup_objects::original_key;
use picup_proto::queries::v1::{
    Album, CheckUrlRequest, CheckUrlResponse, FindMediaRequest, FindMediaResponse, GetAlbumRequest,
    GetAlbumResponse, GetMediaRequest, GetMediaResponse, GetOriginalRequest, GetOriginalResponse,
    ListAlbumsRequest, ListAlbumsResponse, ListDeletedAlbumsRequest, ListDeletedAlbumsResponse,
    ListMediaPagesRequest, ListMediaPagesResponse, ListMediaRequest, ListMediaResponse,
    ListSharesRequest, ListSharesResponse, ListTrashRequest, ListTrashResponse, Media, Share,
    WatchChangesRequest, album_queries_server::AlbumQueries,
};
use picup_service::errors::{ErrorCode, Fault};
use time::OffsetDateTime;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{
    Shared, checking, client_address, id, open, paging,
    told::{album, item},
    watching,
};
use crate::{
    albums::{AlbumCard, AlbumRows, MediaRow, list_shares},
    cursor::{Place, page_size},
    gate::unavailable,
};

/// Items on a page, at most.
const MOST_ITEMS: u32 = 500;
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
        let client = client_address(request.metadata());
        let request = request.into_inner();
        let limit = page_size(request.page_size, MOST_ITEMS)?;
        let after = self.0.cursors.read(caller.account, &request.cursor)?;
        let albums = self.0.albums(request.token.as_ref()).await?;
        let rows = albums.list_albums(caller.account, after, limit + 1).await;
        let (rows, end) = page(rows.map_err(unavailable)?, limit, |card| Place {
            micros: card.created_at_micros,
            id: card.album,
        });
        let next_cursor = self.0.cursors.next(caller.account, end);
        let albums = self.cards(&albums, caller.account, &rows).await?;
        let delivery = self.0.deliveries.of(caller.account, client).await?;
        Ok(Response::new(ListAlbumsResponse {
            albums,
            next_cursor,
            delivery: Some(delivery),
        }))
    }

    async fn list_deleted_albums(
        &self,
        request: Request<ListDeletedAlbumsRequest>,
    ) -> Result<Response<ListDeletedAlbumsResponse>, Status> {
        let caller = self.0.verifier.caller(request.metadata())?;
        let request = request.into_inner();
        let limit = page_size(request.page_size, MOST_ITEMS)?;
        let name = Uuid::new_v5(&caller.account, b"deleted albums");
        let after = self.0.cursors.read(name, &request.cursor)?;
        let albums = self.0.albums(request.token.as_ref()).await?;
        let rows = albums
            .list_deleted_albums(caller.account, after, limit + 1)
            .await;
        let (rows, end) = page(rows.map_err(unavailable)?, limit, |card| Place {
            micros: card.deleted_at_micros.unwrap_or_default(),
            id: card.album,
        });
        let next_cursor = self.0.cursors.next(name, end);
        let albums = self.cards(&albums, caller.account, &rows).await?;
        Ok(Response::new(ListDeletedAlbumsResponse {
            albums,
            next_cursor,
        }))
    }

    async fn list_trash(
        &self,
        request: Request<ListTrashRequest>,
    ) -> Result<Response<ListTrashResponse>, Status> {
        let caller = self.0.verifier.caller(request.metadata())?;
        let client = client_address(request.metadata());
        let request = request.into_inner();
        let limit = page_size(request.page_size, MOST_ITEMS)?;
        let name = Uuid::new_v5(&caller.account, b"trash");
        let after = self.0.cursors.read(name, &request.cursor)?;
        let albums = self.0.albums(request.token.as_ref()).await?;
        let rows = albums.list_trash(caller.account, after, limit + 1).await;
        let (rows, end) = page(rows.map_err(unavailable)?, limit, |row| Place {
            micros: row.trashed_at_micros.unwrap_or_default(),
            id: row.media,
        });
        let next_cursor = self.0.cursors.next(name, end);
        let media = self.media(caller.account, &rows).await?;
        let delivery = self.0.deliveries.of(caller.account, client).await?;
        Ok(Response::new(ListTrashResponse {
            media,
            next_cursor,
            delivery: Some(delivery),
        }))
    }

    async fn get_album(
        &self,
        request: Request<GetAlbumRequest>,
    ) -> Result<Response<GetAlbumResponse>, Status> {
        let caller = self.0.verifier.caller(request.metadata())?;
        let client = client_address(request.metadata());
        let request = request.into_inner();
        let album_id = id("album_id", &request.album_id)?;
        let albums = self.0.albums(request.token.as_ref()).await?;
        let card = card(&albums, caller.account, album_id).await?;
        let mut cards = self.cards(&albums, caller.account, &[card]).await?;
        let delivery = self.0.deliveries.of(caller.account, client).await?;
        Ok(Response::new(GetAlbumResponse {
            album: cards.pop(),
            delivery: Some(delivery),
        }))
    }

    async fn list_shares(
        &self,
        request: Request<ListSharesRequest>,
    ) -> Result<Response<ListSharesResponse>, Status> {
        let caller = self.0.verifier.caller(request.metadata())?;
        let request = request.into_inner();
        let album_id = id("album_id", &request.album_id)?;
        let albums = self.0.albums(request.token.as_ref()).await?;
        card(&albums, caller.account, album_id).await?;
        let rows = list_shares(albums.pool(), caller.account, album_id).await;
        let key = self.0.key(caller.account).await?;
        let shares = rows.map_err(unavailable)?.into_iter().map(|row| {
            Ok(Share {
                share_id: row.share.to_string(),
                key: open(&key, PersonalField::ShareKey, &row.key_sealed)?,
                created_at_micros: row.created_at_micros,
                expires_at_micros: row.expires_at_micros,
                has_password: row.has_password,
                guests_may_download: row.guests_may_download,
                guests_may_upload: row.guests_may_upload,
            })
        });
        Ok(Response::new(ListSharesResponse {
            shares: shares.collect::<Result<_, Fault>>()?,
        }))
    }

    async fn list_media_pages(
        &self,
        request: Request<ListMediaPagesRequest>,
    ) -> Result<Response<ListMediaPagesResponse>, Status> {
        let caller = self.0.verifier.caller(request.metadata())?;
        let request = request.into_inner();
        let album_id = id("album_id", &request.album_id)?;
        let page_size = page_size(request.page_size, MOST_ITEMS)?;
        let albums = self.0.albums(request.token.as_ref()).await?;
        card(&albums, caller.account, album_id).await?;
        let pages =
            paging::pages(&albums, &self.0.cursors, (album_id, album_id), page_size).await?;
        Ok(Response::new(ListMediaPagesResponse { pages }))
    }

    type WatchChangesStream = watching::Changes;

    async fn watch_changes(
        &self,
        request: Request<WatchChangesRequest>,
    ) -> Result<Response<watching::Changes>, Status> {
        let caller = self.0.verifier.caller(request.metadata())?;
        let position = &request.get_ref().position;
        let changes = watching::watch(self.0.clone(), caller.account, position)?;
        Ok(Response::new(changes))
    }

    async fn list_media(
        &self,
        request: Request<ListMediaRequest>,
    ) -> Result<Response<ListMediaResponse>, Status> {
        let caller = self.0.verifier.caller(request.metadata())?;
        let client = client_address(request.metadata());
        let request = request.into_inner();
        let album_id = id("album_id", &request.album_id)?;
        let limit = page_size(request.page_size, MOST_ITEMS)?;
        let after = self.0.cursors.read(album_id, &request.cursor)?;
        let albums = self.0.albums(request.token.as_ref()).await?;
        card(&albums, caller.account, album_id).await?;
        let rows = albums.list_media(album_id, after, limit + 1).await;
        let (rows, end) = page(rows.map_err(unavailable)?, limit, |row| Place {
            micros: row.added_at_micros,
            id: row.media,
        });
        let next_cursor = self.0.cursors.next(album_id, end);
        let media = self.media(caller.account, &rows).await?;
        let delivery = self.0.deliveries.of(caller.account, client).await?;
        Ok(Response::new(ListMediaResponse {
            media,
            next_cursor,
            delivery: Some(delivery),
        }))
    }

    async fn get_media(
        &self,
        request: Request<GetMediaRequest>,
    ) -> Result<Response<GetMediaResponse>, Status> {
        let caller = self.0.verifier.caller(request.metadata())?;
        let client = client_address(request.metadata());
        let request = request.into_inner();
        let media_id = id("media_id", &request.media_id)?;
        let albums = self.0.albums(request.token.as_ref()).await?;
        let media = self.item(&albums, caller.account, media_id).await?;
        let delivery = self.0.deliveries.of(caller.account, client).await?;
        Ok(Response::new(GetMediaResponse {
            media: Some(media),
            delivery: Some(delivery),
        }))
    }

    async fn get_original(
        &self,
        request: Request<GetOriginalRequest>,
    ) -> Result<Response<GetOriginalResponse>, Status> {
        let caller = self.0.verifier.caller(request.metadata())?;
        let client = client_address(request.metadata());
        let request = request.into_inner();
        let media_id = id("media_id", &request.media_id)?;
        let albums = self.0.albums(request.token.as_ref()).await?;
        let media = self.item(&albums, caller.account, media_id).await?;
        let delivery = self.0.deliveries.of(caller.account, client).await?;
        let key = original_key(caller.account, media_id);
        Ok(Response::new(GetOriginalResponse {
            url: format!("{}/{key}?{}", delivery.base_url, delivery.query),
            expires_in_seconds: seconds_left(delivery.expires_at_micros),
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

    async fn check_url(
        &self,
        request: Request<CheckUrlRequest>,
    ) -> Result<Response<CheckUrlResponse>, Status> {
        let caller = self.0.verifier.caller(request.metadata())?;
        let answer = checking::check(&self.0.deliveries, caller, request.get_ref())?;
        Ok(Response::new(answer))
    }
}

fn seconds_left(expires_at_micros: i64) -> u32 {
    let now = OffsetDateTime::now_utc().unix_timestamp();
    u32::try_from(expires_at_micros / 1_000_000 - now).unwrap_or(0)
}

impl Service {
    /// A media item of the account's; another's is not found.
    async fn item(&self, albums: &AlbumRows, account: Uuid, media: Uuid) -> Result<Media, Fault> {
        let row = albums.media(account, media).await.map_err(unavailable)?;
        let missing = || Fault::new(ErrorCode::NotFound, "there is no such media item");
        let key = self.0.key(account).await?;
        item(&key, &row.ok_or_else(missing)?, self.0.trash_keeps)
    }

    /// Album cards with their covers.
    async fn cards(
        &self,
        albums: &AlbumRows,
        account: Uuid,
        cards: &[AlbumCard],
    ) -> Result<Vec<Album>, Fault> {
        let key = self.0.key(account).await?;
        let ids: Vec<Uuid> = cards.iter().filter_map(|card| card.cover).collect();
        let covers = albums.stored_media(account, &ids).await;
        let covers = covers.map_err(unavailable)?;
        let told = cards.iter().map(|card| {
            let cover = covers.iter().find(|row| Some(row.media) == card.cover);
            let cover = cover.map(|row| item(&key, row, self.0.trash_keeps));
            album(&key, card, cover.transpose()?)
        });
        told.collect()
    }

    async fn media(&self, account: Uuid, rows: &[MediaRow]) -> Result<Vec<Media>, Fault> {
        let key = self.0.key(account).await?;
        let keeps = self.0.trash_keeps;
        rows.iter().map(|row| item(&key, row, keeps)).collect()
    }
}

/// An album of the account's; another's is not found.
async fn card(albums: &AlbumRows, account: Uuid, album: Uuid) -> Result<AlbumCard, Fault> {
    let card = albums.album(account, album).await.map_err(unavailable)?;
    card.ok_or_else(|| Fault::new(ErrorCode::NotFound, "there is no such album"))
}

/// Cuts off the row that was read only to know whether there are more, and says where the page ends if there are.
pub fn page<T>(
    mut rows: Vec<T>,
    limit: u32,
    place: impl FnOnce(&T) -> Place,
) -> (Vec<T>, Option<Place>) {
    let more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let end = rows.last().filter(|_| more).map(place);
    (rows, end)
}
