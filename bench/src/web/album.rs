use std::sync::Arc;

use picup_event_types::{
    AccountKey, Event, PersonalField, StreamId, UnsealError,
    messages::{
        BytesReserved, BytesStored, MediaKind, QuotaChanged, RenditionsRecorded, UploadCompleted,
        UploadStarted,
    },
};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::pictures::Picture;
use crate::history::Row;

/// Of every original, and room for a million of them.
const BYTES: u64 = 3_500_000;
const QUOTA_BYTES: u64 = 3_500_000_000_000;
/// Over so long a time the items were added.
const TIME: Duration = Duration::days(3650);
/// A picture was taken so long before it was added.
const BEFORE: Duration = Duration::days(2);

/// An album and who has it.
pub struct Album {
    pub account: Uuid,
    pub key: Arc<AccountKey>,
    pub id: Uuid,
    /// Where the account's ledger is so far.
    pub ledger_version: u64,
    pub items: u32,
}

impl Album {
    /// What happened to these items of the album, which were added one after the other over many years.
    pub fn events(
        &self,
        media: &[Uuid],
        pictures: &[Picture],
    ) -> Result<impl Iterator<Item = Row>, UnsealError> {
        let now = OffsetDateTime::now_utc();
        let pause = TIME / self.items.max(1);
        let file_names: Vec<Vec<u8>> = (0..self.items)
            .map(|number| {
                let name = format!("IMG_{number:06}.jpg");
                self.key.seal(PersonalField::FileName, &name)
            })
            .collect::<Result<_, _>>()?;
        let mut ledger = self.ledger(self.ledger_version, now - TIME);
        let quota = ledger.next(Event::QuotaChanged(QuotaChanged {
            account_id: self.account.as_bytes().to_vec(),
            quota_bytes: QUOTA_BYTES,
        }));
        let numbered = (0..self.items).zip(media).zip(file_names);
        let of_items = numbered.flat_map(move |((number, media), file_name)| {
            ledger.now = now - pause * (self.items - number);
            let picture = Picture::of(pictures, number);
            self.events_of_item(*media, file_name, picture, &mut ledger)
        });
        Ok(std::iter::once(quota).chain(of_items))
    }

    fn ledger(&self, version: u64, now: OffsetDateTime) -> Ledger {
        Ledger {
            stream: StreamId::ledger_of(self.account),
            version,
            now,
        }
    }

    fn events_of_item(
        &self,
        media: Uuid,
        file_name_sealed: Vec<u8>,
        picture: &Picture,
        ledger: &mut Ledger,
    ) -> [Row; 5] {
        let account_id = self.account.as_bytes().to_vec();
        let media_id = media.as_bytes().to_vec();
        let recorded_at = ledger.now;
        let row = |version, event| Row {
            stream: StreamId::media(media),
            version,
            event,
            recorded_at,
        };
        let started = Event::UploadStarted(UploadStarted {
            account_id: account_id.clone(),
            album_id: self.id.as_bytes().to_vec(),
            file_name_sealed,
            content_type: "image/jpeg".to_owned(),
            kind: MediaKind::Photo.into(),
            bytes: BYTES,
            sha256: media_id.repeat(2),
        });
        let reserved = ledger.next(Event::BytesReserved(BytesReserved {
            account_id: account_id.clone(),
            media_id: media_id.clone(),
            bytes: BYTES,
        }));
        let stored = ledger.next(Event::BytesStored(BytesStored {
            account_id,
            media_id,
            bytes: BYTES,
        }));
        let rendered = Event::RenditionsRecorded(RenditionsRecorded {
            renditions: picture.recorded(),
            details: Some(picture.details(recorded_at - BEFORE)),
        });
        [
            row(1, started),
            reserved,
            row(2, Event::UploadCompleted(UploadCompleted {})),
            stored,
            row(3, rendered),
        ]
    }
}

/// A ledger that is written on, at a time that passes.
struct Ledger {
    stream: StreamId,
    version: u64,
    now: OffsetDateTime,
}

impl Ledger {
    fn next(&mut self, event: Event) -> Row {
        self.version += 1;
        Row {
            stream: self.stream,
            version: self.version,
            event,
            recorded_at: self.now,
        }
    }
}
