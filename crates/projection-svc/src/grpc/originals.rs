use picup_event_types::PersonalField;
use picup_proto::internal::v1::{ListOriginalsRequest, ListOriginalsResponse, ListedOriginal};
use picup_service::errors::{ErrorCode, Fault};

use super::{Shared, id, open, unsigned};
use crate::{albums::AlbumRows, cursor::Place, gate::unavailable};

/// Originals on a page.
const PAGE: u32 = 500;

impl Shared {
    /// A page of an album's originals.
    pub(super) async fn originals(
        &self,
        request: &ListOriginalsRequest,
    ) -> Result<ListOriginalsResponse, Fault> {
        let account = id("account_id", &request.account_id)?;
        let album = id("album_id", &request.album_id)?;
        let after = self.cursors.read(album, &request.cursor)?;
        let rows = AlbumRows::new(self.albums.live().pool.clone());
        let card = rows.album(account, album).await.map_err(unavailable)?;
        let missing = || Fault::new(ErrorCode::NotFound, "there is no such album");
        let card = card.ok_or_else(missing)?;
        let media = rows.list_media(album, after, PAGE).await;
        let media = media.map_err(unavailable)?;
        let last = media.last().filter(|_| media.len() == PAGE as usize);
        let end = last.map(|row| Place {
            micros: row.added_at_micros,
            id: row.media,
        });
        let next_cursor = self.cursors.next(album, end);
        let key = self.key(account).await?;
        let originals = media.iter().map(|row| {
            Ok(ListedOriginal {
                media_id: row.media.to_string(),
                file_name: open(&key, PersonalField::FileName, &row.file_name_sealed)?,
                bytes: unsigned(row.bytes),
                added_at_micros: row.added_at_micros,
            })
        });
        Ok(ListOriginalsResponse {
            title: open(&key, PersonalField::AlbumTitle, &card.title_sealed)?,
            originals: originals.collect::<Result<_, Fault>>()?,
            next_cursor,
        })
    }
}
