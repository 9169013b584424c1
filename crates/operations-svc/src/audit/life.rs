//! The life of one media item, folded by the rules themselves up to several points at once.

use std::collections::BTreeMap;

use futures::{StreamExt as _, TryStreamExt as _, stream};
use picup_domain::{Media, Phase, Upload, kind_of};
use picup_event_log::{Head, LogReader};
use picup_event_types::{RecordedEvent, StreamId, messages::MediaKind};
use uuid::Uuid;

use super::{
    AuditError,
    booking::{Booking, decoded},
};

/// Events read at once; most items have three.
const PAGE: u32 = 200;
/// Items read at once.
const AT_ONCE: usize = 8;

/// Up to where an item is folded.
#[derive(Clone, Copy, Debug)]
pub struct Points {
    /// The ledger's head when the walk began. An event of the item counts up to there when its position is
    /// not higher: what changes item and ledger together is written in one transaction, so the two then
    /// stand for the same moment.
    pub ledger: Head,
    /// The item's version in storage-usage.
    pub usage: u64,
    /// The item's version in album-listings.
    pub listings: u64,
}

/// One media item.
#[derive(Clone, Debug, Default)]
pub struct Life {
    /// All events that there are.
    pub now: Media,
    /// How many.
    pub version: u64,
    /// As it was when the walk along the ledger began.
    pub at_ledger: Phase,
    /// The names of the renditions that were recorded by then.
    pub renditions_at_ledger: Vec<String>,
    /// As storage-usage must show it.
    pub at_usage: Phase,
    /// As album-listings must show it.
    pub at_listings: Phase,
    /// What the ledger must have taken in together with the item: the command that caused each event.
    booked: Vec<(Booking, Vec<u8>)>,
}

impl Life {
    /// What was announced, where there is such an item.
    pub fn upload(&self) -> Option<&Upload> {
        self.now.upload().ok()
    }

    /// The length of its original; 0 where there is no such item.
    pub fn bytes(&self) -> u64 {
        self.upload().map_or(0, |upload| upload.bytes)
    }

    /// Whether it counts as a video.
    pub fn is_video(&self) -> bool {
        self.upload()
            .and_then(|upload| kind_of(&upload.content_type))
            .is_some_and(|kind| kind == MediaKind::Video)
    }

    /// Whether S3 must hold its original.
    pub fn is_stored(&self) -> bool {
        matches!(self.now.phase(), Phase::Stored | Phase::Trashed)
    }

    /// Whether the item has an event that goes with a booking of the ledger: both were caused by the same
    /// command.
    pub fn explains(&self, booking: Booking, cause: &[u8]) -> bool {
        self.booked
            .iter()
            .any(|(booked, by)| *booked == booking && by == cause)
    }

    fn take(&mut self, recorded: &RecordedEvent, points: &Points) -> Result<(), AuditError> {
        let event = decoded(recorded)?;
        self.now.apply(&event);
        self.version = recorded.version;
        let phase = self.now.phase();
        if recorded.position <= points.ledger.position {
            self.at_ledger = phase;
            let renditions = self.now.renditions().iter();
            self.renditions_at_ledger = renditions.map(|one| one.name.clone()).collect();
        }
        if recorded.version <= points.usage {
            self.at_usage = phase;
        }
        if recorded.version <= points.listings {
            self.at_listings = phase;
        }
        if let Some(booking) = Booking::of_media(&event) {
            let cause = recorded.metadata.causation_id.clone();
            self.booked.push((booking, cause));
        }
        Ok(())
    }
}

/// Folds one item.
async fn read(log: &LogReader, media: Uuid, points: Points) -> Result<Life, AuditError> {
    let mut life = Life::default();
    loop {
        let page = log.load(StreamId::media(media), life.version, PAGE).await?;
        for recorded in &page {
            life.take(recorded, &points)?;
        }
        if page.len() < PAGE as usize {
            return Ok(life);
        }
    }
}

/// Folds several items.
pub async fn read_all(
    log: &LogReader,
    items: &[(Uuid, Points)],
) -> Result<BTreeMap<Uuid, Life>, AuditError> {
    let reads: Vec<_> = items
        .iter()
        .map(|(media, points)| read_named(log, *media, *points))
        .collect();
    stream::iter(reads)
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await
}

async fn read_named(
    log: &LogReader,
    media: Uuid,
    points: Points,
) -> Result<(Uuid, Life), AuditError> {
    Ok((media, read(log, media, points).await?))
}
