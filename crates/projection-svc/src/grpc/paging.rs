//! The shape of a whole album in one answer: a grid can be laid out once, and never jumps.

use futures::TryStreamExt as _;
use picup_proto::queries::v1::MediaPage;
use picup_service::errors::Fault;
use uuid::Uuid;

use super::told::aspect_permille;
use crate::{
    albums::AlbumRows,
    cursor::{Cursors, Place},
    gate::unavailable,
};

/// The pages of an album, whose cursors are of the list of this name: where each begins in ListMedia, and what its
/// items need of room.
pub async fn pages(
    albums: &AlbumRows,
    cursors: &Cursors,
    (album, list): (Uuid, Uuid),
    page_size: u32,
) -> Result<Vec<MediaPage>, Fault> {
    let mut rows = std::pin::pin!(albums.list_shapes(album));
    let mut pages: Vec<MediaPage> = Vec::new();
    let mut before: Option<Place> = None;
    while let Some(row) = rows.try_next().await.map_err(unavailable)? {
        let is_full = |page: &MediaPage| page.aspect_permille.len() >= page_size as usize;
        if pages.last().is_none_or(is_full) {
            pages.push(MediaPage {
                cursor: cursors.next(list, before),
                newest_micros: row.place.micros,
                ..MediaPage::default()
            });
        }
        if let Some(page) = pages.last_mut() {
            page.oldest_micros = row.place.micros;
            page.aspect_permille.push(aspect_permille(&row.renditions));
        }
        before = Some(row.place);
    }
    Ok(pages)
}
