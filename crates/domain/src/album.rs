use picup_event_types::Event;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Refusal, Share};

/// What the rules need to know of an album.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Album {
    owner: Option<Uuid>,
    deleted: bool,
    shares: Vec<Share>,
}

impl Album {
    /// Refuses if the id is taken.
    pub fn must_be_new(&self) -> Result<(), Refusal> {
        if self.owner.is_some() {
            Err(Refusal::AlreadyExists("album"))
        } else {
            Ok(())
        }
    }

    /// Refuses unless the album is there and belongs to `account`.
    pub fn must_be_of(&self, account: Uuid) -> Result<(), Refusal> {
        if self.owner == Some(account) && !self.deleted {
            Ok(())
        } else {
            Err(Refusal::NotFound("album"))
        }
    }

    /// Refuses unless the album was there once and belongs to `account`.
    pub fn must_have_been_of(&self, account: Uuid) -> Result<(), Refusal> {
        if self.owner == Some(account) {
            Ok(())
        } else {
            Err(Refusal::NotFound("album"))
        }
    }

    /// Whether there was an album that has been deleted.
    pub fn is_deleted(&self) -> bool {
        self.deleted
    }

    /// The links to it that were not taken back; some of them may have ended.
    pub fn shares(&self) -> &[Share] {
        &self.shares
    }

    /// Whose it is, if it is there.
    pub fn owner(&self) -> Option<Uuid> {
        self.owner.filter(|_| !self.deleted)
    }

    /// Takes an event of this album in.
    pub fn apply(&mut self, event: &Event) {
        match event {
            Event::AlbumCreated(created) => self.owner = Uuid::from_slice(&created.account_id).ok(),
            Event::AlbumShared(shared) => self.shares.push(Share::of(shared)),
            Event::AlbumShareRevoked(revoked) => {
                let revoked = revoked.share_id.as_slice();
                self.shares.retain(|share| share.id.as_bytes() != revoked);
            }
            Event::AlbumDeleted(_) => {
                self.deleted = true;
                self.shares.clear();
            }
            Event::AlbumRestored(_) => self.deleted = false,
            Event::AccountOpened(_)
            | Event::DisplayNameChanged(_)
            | Event::TrashEmptied(_)
            | Event::AccountClosed(_)
            | Event::AccountErased(_)
            | Event::AlbumRenamed(_)
            | Event::AlbumCoverChosen(_)
            | Event::UploadStarted(_)
            | Event::UploadCompleted(_)
            | Event::UploadAbandoned(_)
            | Event::MediaMoved(_)
            | Event::MediaTrashed(_)
            | Event::MediaRestored(_)
            | Event::MediaDeleted(_)
            | Event::MediaPurged(_)
            | Event::RenditionsRecorded(_)
            | Event::RenditionsFailed(_)
            | Event::RenditionsRequested(_)
            | Event::QuotaChanged(_)
            | Event::BytesReserved(_)
            | Event::BytesStored(_)
            | Event::BytesReleased(_) => {}
        }
    }
}
