use std::{sync::Arc, time::Duration};

use picup_delivery::{archive::Entry, names::Unique};
use picup_proto::internal::v1::{
    ListOriginalsRequest, ListOriginalsResponse, upkeep_client::UpkeepClient,
};
use picup_service::errors::reason;
use tokio::time::timeout;
use tonic::{Code, Request, Status};
use uuid::Uuid;

use super::{Edge, Refusal};
use http::StatusCode;

/// Files in one archive: what is remembered of each takes some two hundred bytes.
const MOST: usize = 250_000;
/// How long a page of the list may take.
const PAGE_WITHIN: Duration = Duration::from_secs(10);

/// What goes into an archive.
pub struct Originals {
    /// The album's title.
    pub title: String,
    /// The files.
    pub entries: Arc<[Entry]>,
    /// Their media items, in the same order.
    pub media: Vec<Uuid>,
}

impl Edge {
    /// Asks projection-svc for all that is in an album.
    pub(super) async fn originals(&self, account: Uuid, album: Uuid) -> Result<Originals, Refusal> {
        let (mut entries, mut media) = (Vec::new(), Vec::new());
        let mut names = Unique::default();
        let mut cursor = String::new();
        loop {
            let page = self.page(account, album, cursor).await?;
            for original in page.originals {
                let Ok(id) = original.media_id.parse() else {
                    return Err(Refusal::not_now("a listed original has no id"));
                };
                media.push(id);
                entries.push(Entry {
                    name: names.name(&original.file_name),
                    bytes: original.bytes,
                    modified_at: original.added_at_micros.div_euclid(1_000_000),
                });
            }
            if entries.len() > MOST {
                let message =
                    format!("an archive holds at most {MOST} files: use `picup download`");
                let status = StatusCode::UNPROCESSABLE_ENTITY;
                return Err(Refusal::new(status, "TOO_MANY_FILES", message));
            }
            cursor = page.next_cursor;
            if cursor.is_empty() {
                return Ok(Originals {
                    title: page.title,
                    entries: entries.into(),
                    media,
                });
            }
        }
    }

    async fn page(
        &self,
        account: Uuid,
        album: Uuid,
        cursor: String,
    ) -> Result<ListOriginalsResponse, Refusal> {
        let mut request = Request::new(ListOriginalsRequest {
            account_id: account.to_string(),
            album_id: album.to_string(),
            cursor,
        });
        self.service_key.attach(&mut request);
        let mut client = UpkeepClient::new(self.projections.clone());
        match timeout(PAGE_WITHIN, client.list_originals(request)).await {
            Ok(Ok(page)) => Ok(page.into_inner()),
            Ok(Err(status)) if status.code() == Code::NotFound => Err(Refusal::nothing_here()),
            Ok(Err(status)) => Err(Refusal::not_now(&told(&status))),
            Err(_) => Err(Refusal::not_now("projection-svc does not answer in time")),
        }
    }
}

fn told(status: &Status) -> String {
    let reason = reason(status).unwrap_or_default();
    format!("{:?} {reason}: {}", status.code(), status.message())
}
