//! What the log says must still happen, counted along it in pages. Items that are not done with are folded by the rules
//! themselves, one after the other, so that what is in memory is bounded by a page.

mod due;

use std::{collections::BTreeMap, fmt};

use picup_event_log::{LogReader, Outbox};
use picup_event_types::{Event, RecordedEvent};
use picup_service::micros;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{AuditError, ReadModels, booking::decoded, read_models::PROJECTIONS};
use due::{Item, Marks};

pub use due::Keeps;

/// Positions of the log in one page.
const PAGE: u64 = 20_000;
/// Streams that are asked for with one statement.
const STREAMS: usize = 1000;

/// Counts what the log says must still happen.
pub struct WorkAudit {
    log: LogReader,
    outbox: Outbox,
    read_models: ReadModels,
    keeps: Keeps,
}

/// A kind of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Deleted or abandoned items whose objects are to be removed and the receipt recorded.
    Purges,
    /// Items that have not gone where their album went.
    Albums,
    /// Items that were in the trash when it was emptied.
    EmptiedTrash,
    /// Closed accounts that are to be erased, and the items that they still have.
    ClosedAccounts,
    /// Items that have been in the trash for as long as it keeps.
    ExpiredTrash,
    /// Uploads that nobody will complete any more and that are to be abandoned.
    ExpiredUploads,
    /// Items whose renditions nobody has reported on.
    Renditions,
    /// Events that the bus has not confirmed.
    Outbox,
    /// Events that a projection has not applied.
    Unapplied(&'static str),
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Purges => formatter.write_str("purges"),
            Self::Albums => formatter.write_str("albums"),
            Self::EmptiedTrash => formatter.write_str("emptied-trash"),
            Self::ClosedAccounts => formatter.write_str("closed-accounts"),
            Self::ExpiredTrash => formatter.write_str("expired-trash"),
            Self::ExpiredUploads => formatter.write_str("expired-uploads"),
            Self::Renditions => formatter.write_str("renditions"),
            Self::Outbox => formatter.write_str("outbox"),
            Self::Unapplied(projection) => write!(formatter, "unapplied/{projection}"),
        }
    }
}

/// Work of one kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// How much.
    pub count: u64,
    /// Since when the oldest has waited, in microseconds since 1970.
    pub oldest: Option<i64>,
    /// Some of it.
    pub items: Vec<WorkItem>,
}

/// One piece of work, or the work on one stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkItem {
    /// Which stream.
    pub stream: String,
    /// Since when it has waited, in microseconds since 1970.
    pub since: i64,
    /// How much of it.
    pub count: u64,
}

/// What one page of the log holds.
#[derive(Clone, Debug)]
pub struct WorkPage {
    /// By kind.
    pub work: BTreeMap<Kind, Work>,
    /// Up to where the log has been read.
    pub position: u64,
    /// How far it goes.
    pub head: u64,
}

impl Work {
    fn add(&mut self, item: WorkItem, items: usize) {
        self.count += item.count;
        self.oldest = [self.oldest, Some(item.since)].into_iter().flatten().min();
        if self.items.len() < items {
            self.items.push(item);
        }
    }
}

impl WorkAudit {
    /// Reads these.
    pub fn new(log: LogReader, outbox: Outbox, read_models: ReadModels, keeps: Keeps) -> Self {
        Self {
            log,
            outbox,
            read_models,
            keeps,
        }
    }

    /// What a page of the log after a position says must still happen, with at most so many items of each
    /// kind. The first page also counts what is not found along the log: the outbox and the projections.
    pub async fn page(&self, after: u64, items: usize) -> Result<WorkPage, AuditError> {
        let mut work = BTreeMap::new();
        if after == 0 {
            self.count_under_way(&mut work, items).await?;
        }
        let head = self.log.last_position().await?;
        let position = after.saturating_add(PAGE).min(head).max(after);
        let mut started = Vec::new();
        for event in self.log.unfinished(after, position).await? {
            let (kind, stream) = match decoded(&event)? {
                Event::UploadStarted(_) => {
                    started.push(event);
                    continue;
                }
                Event::AccountClosed(_) => (Kind::ClosedAccounts, event.stream),
                _ => (Kind::Purges, event.stream),
            };
            let since = event.recorded_at_micros();
            add(&mut work, (kind, since), stream.to_string(), items);
        }
        for some in started.chunks(STREAMS) {
            self.count_due(&mut work, some, items).await?;
        }
        Ok(WorkPage {
            work,
            position,
            head,
        })
    }

    async fn count_under_way(
        &self,
        work: &mut BTreeMap<Kind, Work>,
        items: usize,
    ) -> Result<(), AuditError> {
        let backlog = self.outbox.backlog().await?;
        let waiting = Work {
            count: backlog.events,
            oldest: backlog.oldest.map(micros),
            items: Vec::new(),
        };
        work.insert(Kind::Outbox, waiting);
        let named = u32::try_from(items).unwrap_or(u32::MAX);
        for projection in PROJECTIONS {
            let unapplied = self.read_models.unapplied(projection, named).await?;
            let items = unapplied.items.into_iter().map(|item| WorkItem {
                stream: item.stream,
                since: item.since_micros,
                count: item.head_version.saturating_sub(item.applied_version),
            });
            let behind = Work {
                count: unapplied.events,
                oldest: unapplied.oldest_micros,
                items: items.collect(),
            };
            work.insert(Kind::Unapplied(projection), behind);
        }
        Ok(())
    }

    /// Counts what is due with items that are neither abandoned nor deleted.
    async fn count_due(
        &self,
        work: &mut BTreeMap<Kind, Work>,
        started: &[RecordedEvent],
        items: usize,
    ) -> Result<(), AuditError> {
        let ids: Vec<Uuid> = started.iter().map(|event| event.stream.id).collect();
        let mut folded: BTreeMap<Uuid, Item> = BTreeMap::new();
        let mut unreadable = Ok(());
        let read = self.log.for_each_event(&ids, |recorded| {
            let item = folded.entry(recorded.stream.id).or_default();
            if let Err(error) = item.take(&recorded) {
                unreadable = Err(error);
            }
        });
        read.await?;
        unreadable?;
        // After the items: an item that has followed its album by then has nothing due.
        let marks = self.marks(&folded).await?;
        let now = OffsetDateTime::now_utc();
        for event in started {
            let Some(item) = folded.get(&event.stream.id) else {
                continue;
            };
            for due in item.due(&marks, self.keeps, now) {
                add(work, due, event.stream.to_string(), items);
            }
        }
        Ok(())
    }

    /// What the albums and accounts of these items say of all of theirs.
    async fn marks(&self, items: &BTreeMap<Uuid, Item>) -> Result<Marks, AuditError> {
        let streams = items.values().filter_map(Item::belongs_to);
        let mut streams: Vec<Uuid> = streams.flatten().collect();
        streams.sort();
        streams.dedup();
        Ok(Marks::of(self.log.marks(&streams).await?))
    }
}

/// Counts one thing that is due with a stream.
fn add(work: &mut BTreeMap<Kind, Work>, (kind, since): (Kind, i64), stream: String, items: usize) {
    let item = WorkItem {
        stream,
        since,
        count: 1,
    };
    work.entry(kind).or_default().add(item, items);
}
