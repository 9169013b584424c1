use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    time::Duration,
};

use picup_event_log::{LogReader, Outbox, Unfinished};
use picup_event_types::Event;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{AuditError, ReadModels, read_models::PROJECTIONS};

/// Positions of the log in one page.
const PAGE: u64 = 20_000;
/// An upload that started longer ago than this and was never heard of again is over: the URLs that it got
/// work for an hour, and its client has had a day to ask for others.
const EXPIRED_AFTER: Duration = Duration::from_hours(24);

/// Counts what the log says must still happen.
pub struct WorkAudit {
    log: LogReader,
    outbox: Outbox,
    read_models: ReadModels,
}

/// A kind of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Deleted or abandoned items whose objects are to be removed and the receipt recorded.
    Purges,
    /// Items of deleted albums that are to be deleted.
    Clears,
    /// Uploads that nobody will complete any more and that are to be abandoned.
    ExpiredUploads,
    /// Events that the bus has not confirmed.
    Outbox,
    /// Events that a projection has not applied.
    Unapplied(&'static str),
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Purges => formatter.write_str("purges"),
            Self::Clears => formatter.write_str("clears"),
            Self::ExpiredUploads => formatter.write_str("expired-uploads"),
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
    pub fn new(log: LogReader, outbox: Outbox, read_models: ReadModels) -> Self {
        Self {
            log,
            outbox,
            read_models,
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
        let unfinished = self.log.unfinished_media(after, position).await?;
        let deleted = self.deleted_albums(&unfinished).await?;
        let expired = micros(OffsetDateTime::now_utc() - EXPIRED_AFTER);
        for one in &unfinished {
            let recorded_at = one.event.recorded_at_micros();
            let (kind, since) = match one.decoded()? {
                Event::UploadStarted(started) => match deleted.get(&id(&started.album_id)) {
                    Some(deleted_at) => (Kind::Clears, recorded_at.max(*deleted_at)),
                    None if !one.followed && recorded_at < expired => {
                        (Kind::ExpiredUploads, recorded_at)
                    }
                    None => continue,
                },
                _ => (Kind::Purges, recorded_at),
            };
            let item = WorkItem {
                stream: one.event.stream.to_string(),
                since,
                count: 1,
            };
            work.entry(kind)
                .or_insert_with(Work::default)
                .add(item, items);
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

    /// The albums of these items that have been deleted, and when.
    async fn deleted_albums(
        &self,
        unfinished: &[Unfinished],
    ) -> Result<BTreeMap<Uuid, i64>, AuditError> {
        let mut albums = BTreeSet::new();
        for one in unfinished {
            if let Event::UploadStarted(started) = one.decoded()? {
                albums.insert(id(&started.album_id));
            }
        }
        let albums: Vec<Uuid> = albums.into_iter().collect();
        if albums.is_empty() {
            return Ok(BTreeMap::new());
        }
        let deleted = self.log.deleted_albums(&albums).await?;
        Ok(deleted
            .into_iter()
            .map(|(album, at)| (album, micros(at)))
            .collect())
    }
}

fn id(bytes: &[u8]) -> Uuid {
    Uuid::from_slice(bytes).unwrap_or_default()
}

fn micros(time: OffsetDateTime) -> i64 {
    i64::try_from(time.unix_timestamp_nanos() / 1000).unwrap_or(i64::MAX)
}
