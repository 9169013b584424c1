//! What guests see of a shared album. Each query looks again whether the share still works.

use std::{net::IpAddr, sync::Arc};

use futures::{StreamExt as _, TryStreamExt as _, stream};
use picup_event_types::PersonalField;
use picup_objects::media_prefix;
use picup_proto::{
    queries::v1::{
        Delivery, GetSharedAlbumRequest, GetSharedAlbumResponse, ListSharedMediaPagesRequest,
        ListSharedMediaPagesResponse, ListSharedMediaRequest, ListSharedMediaResponse, Media,
        share_queries_server::ShareQueries,
    },
    types::v1::ConsistencyToken,
};
use picup_service::{
    auth::Guest,
    errors::{ErrorCode, Fault},
    micros,
};
use time::OffsetDateTime;
use tonic::{Request, Response, Status, metadata::MetadataMap};
use uuid::Uuid;

use super::{
    Shared,
    album::page,
    client_address, open, paging,
    told::{for_guests, item},
    unsigned,
};
use crate::{
    albums::{AlbumRows, ShareRow, share},
    cursor::{Place, page_size},
    deliver,
    gate::unavailable,
    usage,
};

/// Items on a page, at most: their objects are signed one by one.
const MOST_ITEMS: u32 = 100;
/// Items whose objects are signed at once.
const AT_ONCE: usize = 8;

pub struct Service(pub Arc<Shared>);

/// A guest whose share works, and what it leads to.
struct Visit {
    guest: Guest,
    share: ShareRow,
    albums: AlbumRows,
    client: Option<IpAddr>,
}

#[tonic::async_trait]
impl ShareQueries for Service {
    async fn get_shared_album(
        &self,
        request: Request<GetSharedAlbumRequest>,
    ) -> Result<Response<GetSharedAlbumResponse>, Status> {
        let (metadata, _, request) = request.into_parts();
        let visit = self.visit(&metadata, request.token.as_ref()).await?;
        let Guest { account, album, .. } = visit.guest;
        let card = visit.albums.album(account, album).await;
        let card = card.map_err(unavailable)?.ok_or_else(unknown)?;
        let key = self.0.key(account).await?;
        let row = usage::account(&self.0.usage(None).await?, account).await;
        let owner_name = match row.map_err(unavailable)? {
            Some(row) => open(&key, PersonalField::DisplayName, &row.display_name_sealed)?,
            // The read models may be a moment apart.
            None => String::new(),
        };
        Ok(Response::new(GetSharedAlbumResponse {
            title: open(&key, PersonalField::AlbumTitle, &card.title_sealed)?,
            owner_name,
            photos: unsigned(card.photos),
            videos: unsigned(card.videos),
            expires_at_micros: visit.share.expires_at_micros,
            guests_may_download: visit.share.guests_may_download,
            guests_may_upload: visit.share.guests_may_upload,
        }))
    }

    async fn list_shared_media(
        &self,
        request: Request<ListSharedMediaRequest>,
    ) -> Result<Response<ListSharedMediaResponse>, Status> {
        let (metadata, _, request) = request.into_parts();
        let limit = page_size(request.page_size, MOST_ITEMS)?;
        let visit = self.visit(&metadata, request.token.as_ref()).await?;
        let list = list_of(visit.guest);
        let after = self.0.cursors.read(list, &request.cursor)?;
        let rows = visit.albums.list_media(visit.guest.album, after, limit + 1);
        let (rows, end) = page(rows.await.map_err(unavailable)?, limit, |row| Place {
            micros: row.added_at_micros,
            id: row.media,
        });
        let next_cursor = self.0.cursors.next(list, end);
        let key = self.0.key(visit.guest.account).await?;
        let expires_at = self.expiry(&visit);
        let (key, visit) = (&key, &visit);
        let media = stream::iter(rows).map(|row| async move {
            let media = item(key, &row, self.0.trash_keeps)?;
            let media = for_guests(media, visit.share.guests_may_download);
            self.sign(visit, expires_at, row.media, media).await
        });
        let media = media.buffered(AT_ONCE).try_collect().await?;
        Ok(Response::new(ListSharedMediaResponse {
            media,
            next_cursor,
            delivery: Some(Delivery {
                base_url: self.0.deliveries.base_url().to_string(),
                query: String::new(),
                expires_at_micros: deliver::micros(expires_at),
            }),
        }))
    }

    async fn list_shared_media_pages(
        &self,
        request: Request<ListSharedMediaPagesRequest>,
    ) -> Result<Response<ListSharedMediaPagesResponse>, Status> {
        let (metadata, _, request) = request.into_parts();
        let page_size = page_size(request.page_size, MOST_ITEMS)?;
        let visit = self.visit(&metadata, request.token.as_ref()).await?;
        let (cursors, album) = (&self.0.cursors, visit.guest.album);
        let list = list_of(visit.guest);
        let pages = paging::pages(&visit.albums, cursors, (album, list), page_size).await?;
        Ok(Response::new(ListSharedMediaPagesResponse { pages }))
    }
}

impl Service {
    /// Lets a guest go on whose share is still there. What the share allows is asked of it, not of the token, which
    /// may be older.
    async fn visit(
        &self,
        metadata: &MetadataMap,
        token: Option<&ConsistencyToken>,
    ) -> Result<Visit, Fault> {
        let guest = self.0.verifier.guest(metadata)?;
        let albums = self.0.albums(token).await?;
        let share = share(albums.pool(), guest.account, guest.album, guest.share).await;
        let share = share.map_err(unavailable)?.ok_or_else(unknown)?;
        if micros(OffsetDateTime::now_utc()) >= share.expires_at_micros {
            let fault = Fault::new(ErrorCode::FailedPrecondition, "this link has ended");
            return Err(fault.with_reason("SHARE_EXPIRED"));
        }
        Ok(Visit {
            guest,
            share,
            albums,
            client: client_address(metadata),
        })
    }

    /// When the objects of a share end: as all others do, or with the share.
    fn expiry(&self, visit: &Visit) -> u64 {
        let share_ends = visit.share.expires_at_micros / 1_000_000;
        let share_ends = u64::try_from(share_ends).unwrap_or(0);
        self.0.deliveries.expiry().min(share_ends)
    }

    /// Signs what the guest may fetch of an item: all of it by one pattern, or each rendition alone.
    async fn sign(
        &self,
        visit: &Visit,
        expires_at: u64,
        id: Uuid,
        mut media: Media,
    ) -> Result<Media, Fault> {
        let (deliveries, account) = (&self.0.deliveries, visit.guest.account);
        let objects = media.renditions.iter_mut();
        let objects = objects.flat_map(|renditions| &mut renditions.objects);
        if visit.share.guests_may_download {
            let all = media_prefix(account, id) + "*";
            let query = deliveries.of_object(&all, expires_at, visit.client).await?;
            for object in objects {
                object.query.clone_from(&query);
            }
            media.original_query = query;
            return Ok(media);
        }
        for object in objects {
            let key = media_prefix(account, id) + &object.name;
            object.query = deliveries.of_object(&key, expires_at, visit.client).await?;
        }
        Ok(media)
    }
}

fn unknown() -> Fault {
    let message = "there is no such link: it was taken back";
    Fault::new(ErrorCode::NotFound, message).with_reason("SHARE_NOT_FOUND")
}

/// The name of the list that a guest's cursors are of.
fn list_of(guest: Guest) -> Uuid {
    Uuid::new_v5(&guest.share, guest.album.as_bytes())
}
