//! The log folded by the rules themselves, for what read models and S3 must say.

use std::collections::BTreeMap;

use picup_domain::{Phase, State, Versioned};
use picup_event_types::{Category, Event, RecordedEvent, messages::MediaKind};
use uuid::Uuid;

use super::log::History;

/// An account's usage.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    pub quota: i64,
    pub reserved: i64,
    pub stored: i64,
    pub trash: i64,
    pub photos: i64,
    pub videos: i64,
}

/// An album's card.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Card {
    pub title_sealed: Option<Vec<u8>>,
    pub deleted: bool,
    pub photos: i64,
    pub videos: i64,
    pub bytes: i64,
}

/// A media item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    pub account: Uuid,
    pub album: Uuid,
    pub bytes: i64,
    pub phase: Phase,
    /// It lies in the trash because its album was deleted.
    pub trashed_with_album: bool,
    is_video: bool,
}

/// All of it.
#[derive(Debug, Default)]
pub struct Sums {
    pub accounts: BTreeMap<Uuid, Usage>,
    pub albums: BTreeMap<Uuid, Card>,
    pub media: BTreeMap<Uuid, Item>,
}

impl Sums {
    /// Folds a history.
    pub fn of(history: &History) -> anyhow::Result<Self> {
        let mut sums = Self::default();
        for (stream, events) in &history.streams {
            let events = events
                .iter()
                .map(RecordedEvent::event)
                .collect::<Result<Vec<_>, _>>()?;
            match stream.category {
                Category::Account => drop(sums.accounts.entry(stream.id).or_default()),
                Category::Ledger => sums.add_ledger(&events),
                Category::Album => sums.add_album(stream.id, &events),
                Category::Media => sums.add_media(stream.id, &events),
            }
        }
        for item in sums.media.values() {
            let (photos, videos) = if item.is_video { (0, 1) } else { (1, 0) };
            let usage = sums.accounts.entry(item.account).or_default();
            if item.phase == Phase::Trashed {
                usage.trash += item.bytes;
            }
            if item.phase == Phase::Stored {
                usage.photos += photos;
                usage.videos += videos;
                let card = sums.albums.entry(item.album).or_default();
                card.photos += photos;
                card.videos += videos;
                card.bytes += item.bytes;
            }
        }
        Ok(sums)
    }

    fn add_ledger(&mut self, events: &[Event]) {
        let mut ledger = Versioned::empty(Category::Ledger);
        for event in events {
            ledger.apply(event);
        }
        let account = events.iter().find_map(|event| match event {
            Event::QuotaChanged(changed) => Uuid::from_slice(&changed.account_id).ok(),
            _ => None,
        });
        if let (State::Ledger(ledger), Some(account)) = (ledger.state, account) {
            let usage = self.accounts.entry(account).or_default();
            usage.quota = signed(ledger.quota());
            usage.reserved = signed(ledger.reserved());
            usage.stored = signed(ledger.stored());
        }
    }

    fn add_album(&mut self, id: Uuid, events: &[Event]) {
        let card = self.albums.entry(id).or_default();
        for event in events {
            match event {
                Event::AlbumCreated(created) => {
                    card.title_sealed = Some(created.title_sealed.clone());
                }
                Event::AlbumRenamed(renamed) => {
                    card.title_sealed = Some(renamed.title_sealed.clone());
                }
                Event::AlbumDeleted(_) => card.deleted = true,
                Event::AlbumRestored(_) => card.deleted = false,
                _ => {}
            }
        }
    }

    fn add_media(&mut self, id: Uuid, events: &[Event]) {
        let mut media = Versioned::empty(Category::Media);
        for event in events {
            media.apply(event);
        }
        let is_video = events.iter().any(|event| {
            matches!(event, Event::UploadStarted(started) if started.kind == i32::from(MediaKind::Video))
        });
        if let State::Media(media) = media.state
            && let Ok(upload) = media.upload()
        {
            let item = Item {
                account: upload.account,
                album: upload.album,
                bytes: signed(upload.bytes),
                phase: media.phase(),
                trashed_with_album: media.is_trashed_with_album(),
                is_video,
            };
            self.media.insert(id, item);
        }
    }
}

fn signed(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}
