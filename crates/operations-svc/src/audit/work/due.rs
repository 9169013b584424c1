//! What is due with one item, by its own events and by what its album's and its account's say of all their items.

use std::{collections::BTreeMap, time::Duration};

use picup_domain::{Media, Phase};
use picup_event_log::Mark;
use picup_event_types::{Event, RecordedEvent};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Kind, micros};
use crate::audit::{AuditError, booking::decoded};

/// For how long things are kept.
#[derive(Clone, Copy, Debug)]
pub struct Keeps {
    /// The trash.
    pub trash: Duration,
    /// Uploads, from their start.
    pub uploads: Duration,
}

/// What the streams of albums and accounts say of all their items. Times are microseconds since 1970.
#[derive(Debug, Default)]
pub struct Marks {
    /// At which position an album that is deleted now was deleted, and since when it is or is not.
    albums: BTreeMap<Uuid, (Option<u64>, i64)>,
    /// Up to which position an account's trash was emptied, and when.
    emptied: BTreeMap<Uuid, (u64, i64)>,
    closed: BTreeMap<Uuid, i64>,
}

impl Marks {
    /// Sorts what the log says.
    pub fn of(marks: Vec<Mark>) -> Self {
        let mut sorted = Self::default();
        for mark in marks {
            let at = micros(mark.recorded_at);
            match mark.routing_key.as_str() {
                "album.AlbumDeleted" => {
                    sorted.albums.insert(mark.stream, (Some(mark.position), at));
                }
                "album.AlbumRestored" => {
                    sorted.albums.insert(mark.stream, (None, at));
                }
                "account.TrashEmptied" => {
                    sorted.emptied.insert(mark.stream, (mark.position, at));
                }
                "account.AccountClosed" => {
                    sorted.closed.insert(mark.stream, at);
                }
                _ => {}
            }
        }
        sorted
    }
}

/// One item, folded to its end. Times are microseconds since 1970.
#[derive(Debug, Default)]
pub struct Item {
    media: Media,
    started_at: i64,
    /// Where in the log, and when, it went to the trash last.
    trashed: (u64, i64),
    /// Since when renditions are wanted that nobody has reported on.
    wanted: Option<i64>,
    /// Whether renditions, or why there are none, were ever recorded.
    rendered: bool,
}

impl Item {
    /// Takes the item's next event in.
    pub fn take(&mut self, recorded: &RecordedEvent) -> Result<(), AuditError> {
        let event = decoded(recorded)?;
        self.media.apply(&event);
        let at = recorded.recorded_at_micros();
        match event {
            Event::UploadStarted(_) => self.started_at = at,
            // S3 may have told the thumbnailer earlier than the client told us.
            Event::UploadCompleted(_) => self.wanted = Some(at).filter(|_| !self.rendered),
            Event::RenditionsRequested(_) => self.wanted = Some(at),
            Event::RenditionsRecorded(_) | Event::RenditionsFailed(_) => {
                self.wanted = None;
                self.rendered = true;
            }
            Event::MediaTrashed(_) => self.trashed = (recorded.position, at),
            Event::UploadAbandoned(_)
            | Event::MediaMoved(_)
            | Event::MediaRestored(_)
            | Event::MediaDeleted(_)
            | Event::MediaPurged(_)
            | Event::AccountOpened(_)
            | Event::DisplayNameChanged(_)
            | Event::TrashEmptied(_)
            | Event::AccountClosed(_)
            | Event::AccountErased(_)
            | Event::AlbumCreated(_)
            | Event::AlbumRenamed(_)
            | Event::AlbumCoverChosen(_)
            | Event::AlbumShared(_)
            | Event::AlbumShareRevoked(_)
            | Event::AlbumDeleted(_)
            | Event::AlbumRestored(_)
            | Event::QuotaChanged(_)
            | Event::BytesReserved(_)
            | Event::BytesStored(_)
            | Event::BytesReleased(_) => {}
        }
        Ok(())
    }

    /// The album that it is in, and its account.
    pub fn belongs_to(&self) -> Option<[Uuid; 2]> {
        let upload = self.media.upload().ok()?;
        Some([upload.album, upload.account])
    }

    /// What is due with it, each with since when: one thing that moves it, and renditions.
    pub fn due(&self, marks: &Marks, keeps: Keeps, now: OffsetDateTime) -> Vec<(Kind, i64)> {
        let moved = self.moved(marks, keeps, now);
        let is_stored = matches!(self.media.phase(), Phase::Stored | Phase::Trashed);
        let wanted = self.wanted.filter(|_| is_stored);
        let wanted = wanted.map(|since| (Kind::Renditions, since));
        moved.into_iter().chain(wanted).collect()
    }

    fn moved(&self, marks: &Marks, keeps: Keeps, now: OffsetDateTime) -> Option<(Kind, i64)> {
        let upload = self.media.upload().ok()?;
        if let Some(since) = marks.closed.get(&upload.account) {
            return Some((Kind::ClosedAccounts, *since));
        }
        let (deleted, since) = marks.albums.get(&upload.album).copied().unwrap_or_default();
        let (trashed_position, trashed_at) = self.trashed;
        let over = |at: i64, keeps: Duration| at <= micros(now - keeps);
        match self.media.phase() {
            Phase::Uploading | Phase::Stored if deleted.is_some() => {
                Some((Kind::Albums, since.max(self.started_at)))
            }
            Phase::Uploading if over(self.started_at, keeps.uploads) => {
                Some((Kind::ExpiredUploads, self.started_at))
            }
            Phase::Trashed => {
                let emptied = marks.emptied.get(&upload.account).copied();
                let (emptied_position, emptied_at) = emptied.unwrap_or_default();
                let with_album = self.media.is_trashed_with_album();
                // It lies there since its album was deleted, however late it followed.
                let lies_since = deleted.filter(|_| with_album).unwrap_or(trashed_position);
                if with_album && deleted.is_none() {
                    Some((Kind::Albums, since.max(trashed_at)))
                } else if emptied_position > lies_since {
                    Some((Kind::EmptiedTrash, emptied_at))
                } else if over(trashed_at, keeps.trash) {
                    Some((Kind::ExpiredTrash, trashed_at))
                } else {
                    None
                }
            }
            Phase::Absent
            | Phase::Uploading
            | Phase::Stored
            | Phase::Abandoned
            | Phase::Deleted
            | Phase::Purged => None,
        }
    }
}
