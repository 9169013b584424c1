//! One account's books: along its ledger, from the first event to the head, beside the events of the media items
//! that it names.
//!
//! What is compared stands for one moment each time. The ledger's own fold and that of the media are taken at
//! the ledger's head; the read model's bytes at the version of the ledger that it has applied; what the read
//! models show of media at the version of each item that they have applied.

use std::collections::{BTreeMap, BTreeSet};

use picup_domain::{Ledger, Phase};
use picup_event_log::Head;
use picup_event_types::{RecordedEvent, StreamId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    AuditError, Difference, Findings, InFlight, Source, UsageAudit,
    booking::{self, Booking, decoded},
    findings::signed,
    life::{self, Life, Points},
    objects::{Held, ObjectsWalk},
    patience,
    read_models::{ALBUM_LISTINGS, STORAGE_USAGE},
    rows::Row,
    shown::Shown,
};

/// Events of the ledger in one step.
const PAGE: u32 = 150;
/// How often read models are compared before they are called different.
const LOOKS: usize = 4;

/// The walk along one ledger.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Books {
    account: Uuid,
    /// Which look this is; 0 is the first.
    look: usize,
    head_version: u64,
    head_position: u64,
    row: Row,
    walked: u64,
    ledger: Ledger,
    /// The ledger as the row must show it.
    ledger_at_row: Ledger,
    /// Reserved and stored bytes by the media's own events.
    by_media: (u64, u64),
    usage: Shown,
    listings: Shown,
    held: Held,
    in_flight: InFlight,
    /// What was compared at the look before.
    before: Option<(Row, Shown, Shown)>,
}

/// How a walk stands.
pub enum Balanced {
    /// There are more events.
    NotYet,
    /// The read models do not show what they must: once more from the start.
    LookAgain(Box<Books>),
    /// On to the objects.
    Done(ObjectsWalk),
}

impl Books {
    /// Begins the walk along an account's ledger.
    pub async fn begin(audit: &UsageAudit, account: Uuid) -> Result<Self, AuditError> {
        // In this order: the log is ahead of a row that was read before it.
        let row = Row::read(&audit.read_models, account).await?;
        let head = audit.log.head_of(StreamId::ledger_of(account)).await?;
        Ok(Self {
            account,
            look: 0,
            head_version: head.map_or(0, |head| head.version),
            head_position: head.map_or(0, |head| head.position),
            row,
            walked: 0,
            ledger: Ledger::default(),
            ledger_at_row: Ledger::default(),
            by_media: (0, 0),
            usage: Shown::default(),
            listings: Shown::default(),
            held: Held::default(),
            in_flight: InFlight::default(),
            before: None,
        })
    }

    /// Walks a page. Answers how many items were folded for the first time.
    pub async fn step(
        &mut self,
        audit: &UsageAudit,
        findings: &mut Findings,
    ) -> Result<u64, AuditError> {
        let ledger = StreamId::ledger_of(self.account);
        let page = audit.log.load(ledger, self.walked, PAGE).await?;
        let page: Vec<RecordedEvent> = page
            .into_iter()
            .filter(|recorded| recorded.version <= self.head_version)
            .collect();
        let mut bookings = Vec::new();
        for recorded in &page {
            let event = decoded(recorded)?;
            self.ledger.apply(&event);
            self.walked = recorded.version;
            if self.walked == self.row.ledger_version {
                self.ledger_at_row = self.ledger.clone();
            }
            bookings.extend(booking::of_ledger(&event).map(|booked| (recorded, booked)));
        }
        let media: BTreeSet<Uuid> = bookings.iter().map(|(_, (_, media, _))| *media).collect();
        let lives = self.lives(audit, media.into_iter().collect()).await?;
        let mut first_folded = 0;
        for (recorded, (kind, media, bytes)) in bookings {
            let (life, points) = &lives[&media];
            if kind == Booking::Reserved {
                self.count(life, points);
                first_folded += u64::from(self.look == 0);
            }
            let explained = life.explains(kind, &recorded.metadata.causation_id)
                && life.bytes() == bytes
                && life.upload().is_some_and(|u| u.account == self.account);
            if !explained && self.look == 0 {
                findings
                    .differences
                    .push(self.unexplained(recorded, life, media, bytes));
            }
        }
        Ok(first_folded)
    }

    /// Reads the items, each with the points up to which it is folded.
    async fn lives(
        &self,
        audit: &UsageAudit,
        media: Vec<Uuid>,
    ) -> Result<BTreeMap<Uuid, (Life, Points)>, AuditError> {
        let usage = audit.read_models.reached(STORAGE_USAGE, &media).await?;
        let listings = audit.read_models.reached(ALBUM_LISTINGS, &media).await?;
        let points = media.iter().map(|media| {
            let points = Points {
                ledger: self.head(),
                usage: usage.get(media).copied().unwrap_or(0),
                listings: listings.get(media).copied().unwrap_or(0),
            };
            (*media, points)
        });
        let points: BTreeMap<Uuid, Points> = points.collect();
        let items: Vec<_> = points.iter().map(|(id, points)| (*id, *points)).collect();
        let lives = life::read_all(&audit.log, &items).await?;
        let with_points = lives
            .into_iter()
            .map(|(media, life)| (media, (life, points[&media])));
        Ok(with_points.collect())
    }

    /// Adds an item to all sums, once for its reservation.
    fn count(&mut self, life: &Life, points: &Points) {
        match life.at_ledger {
            Phase::Uploading | Phase::Abandoned => self.by_media.0 += life.bytes(),
            Phase::Stored | Phase::Trashed | Phase::Deleted => self.by_media.1 += life.bytes(),
            Phase::Absent | Phase::Purged => {}
        }
        self.usage.add(life, life.at_usage);
        self.listings.add(life, life.at_listings);
        if life.is_stored() && matches!(life.at_ledger, Phase::Stored | Phase::Trashed) {
            let renditions = life.renditions_at_ledger.len() as u64;
            self.held.add(life.bytes(), renditions);
        }
        match life.now.phase() {
            Phase::Uploading => {
                self.in_flight.uploads += 1;
                self.in_flight.upload_bytes += life.bytes();
            }
            Phase::Abandoned | Phase::Deleted => {
                self.in_flight.purges += 1;
                self.in_flight.purge_bytes += life.bytes();
            }
            Phase::Absent | Phase::Stored | Phase::Trashed | Phase::Purged => {}
        }
        self.in_flight.unapplied += life.version.saturating_sub(points.usage);
        self.in_flight.unapplied += life.version.saturating_sub(points.listings);
    }

    /// At the head: compares, and says what comes next.
    pub async fn finish(
        &mut self,
        audit: &UsageAudit,
        findings: &mut Findings,
    ) -> Result<Balanced, AuditError> {
        if self.walked < self.head_version {
            return Ok(Balanced::NotYet);
        }
        if self.row.ledger_version > self.head_version {
            self.ledger_at_row = self.ledger_at(audit, self.row.ledger_version).await?;
        }
        if self.look == 0 {
            self.compare_folds(findings);
            findings.differences.extend(
                self.row
                    .differs_from_ledger(self.account, &self.ledger_at_row),
            );
        }
        let shown = self
            .row
            .differs_from_shown(self.account, &self.usage, &self.listings);
        if !shown.is_empty() {
            let compared = (self.row.clone(), self.usage, self.listings);
            if self.look + 1 < LOOKS && patience::again(self.look).await {
                let again = Self {
                    look: self.look + 1,
                    before: Some(compared),
                    ..Self::begin(audit, self.account).await?
                };
                return Ok(Balanced::LookAgain(Box::new(again)));
            }
            if self.before.as_ref() == Some(&compared) {
                findings.differences.extend(shown);
            } else {
                self.in_flight.moving = true;
            }
        }
        let behind = self.head_version.saturating_sub(self.row.ledger_version);
        self.in_flight.unapplied += behind;
        Ok(Balanced::Done(ObjectsWalk::new(
            self.account,
            self.head(),
            self.held,
            self.in_flight,
        )))
    }

    /// The ledger at a version after the walk's own head.
    async fn ledger_at(&self, audit: &UsageAudit, version: u64) -> Result<Ledger, AuditError> {
        let (mut ledger, mut at) = (self.ledger.clone(), self.walked);
        let stream = StreamId::ledger_of(self.account);
        while at < version {
            let page = audit.log.load(stream, at, PAGE).await?;
            if page.is_empty() {
                break;
            }
            for recorded in page.iter().filter(|recorded| recorded.version <= version) {
                ledger.apply(&decoded(recorded)?);
                at = recorded.version;
            }
        }
        Ok(ledger)
    }

    fn compare_folds(&self, findings: &mut Findings) {
        let (reserved, stored) = self.by_media;
        for (figure, media, ledger) in [
            ("reserved_bytes", reserved, self.ledger.reserved()),
            ("stored_bytes", stored, self.ledger.stored()),
        ] {
            if media != ledger {
                findings.differences.push(Difference {
                    account: Some(self.account),
                    figure,
                    expected: (Source::MediaEvents, signed(media)),
                    found: (Source::Ledger, signed(ledger)),
                    what: "the ledger's sum is not that of its media items".to_owned(),
                    media: Vec::new(),
                    keys: Vec::new(),
                });
            }
        }
    }

    fn unexplained(
        &self,
        recorded: &RecordedEvent,
        life: &Life,
        media: Uuid,
        bytes: u64,
    ) -> Difference {
        Difference {
            account: Some(self.account),
            figure: "booked_bytes",
            expected: (Source::MediaEvents, signed(life.bytes())),
            found: (Source::Ledger, signed(bytes)),
            what: format!(
                "no event of the item goes with {} at version {} of the ledger",
                recorded.routing_key, recorded.version
            ),
            media: Vec::new(),
            keys: Vec::new(),
        }
        .of_media(media)
    }

    fn head(&self) -> Head {
        Head {
            version: self.head_version,
            position: self.head_position,
        }
    }
}
