use picup_event_types::Event;
use serde::{Deserialize, Serialize};

use crate::Refusal;

/// What the rules need to know of an account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    phase: AccountPhase,
}

/// Where an account is in its life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum AccountPhase {
    /// No such account.
    #[default]
    Absent,
    /// It can be used.
    Open,
    /// What it holds is being deleted.
    Closed,
    /// Nothing of it is left.
    Erased,
}

impl Account {
    /// Where the account is in its life.
    pub fn phase(&self) -> AccountPhase {
        self.phase
    }

    /// Refuses unless the account is open.
    pub fn must_be_open(&self) -> Result<(), Refusal> {
        if self.phase == AccountPhase::Open {
            Ok(())
        } else {
            Err(Refusal::NotFound("account"))
        }
    }

    /// Refuses if there is an account already.
    pub fn must_be_new(&self) -> Result<(), Refusal> {
        if self.phase == AccountPhase::Absent {
            Ok(())
        } else {
            Err(Refusal::AlreadyExists("account"))
        }
    }

    /// Takes an event of this account in.
    pub fn apply(&mut self, event: &Event) {
        match event {
            Event::AccountOpened(_) => self.phase = AccountPhase::Open,
            Event::AccountClosed(_) => self.phase = AccountPhase::Closed,
            Event::AccountErased(_) => self.phase = AccountPhase::Erased,
            Event::DisplayNameChanged(_)
            | Event::TrashEmptied(_)
            | Event::AlbumCreated(_)
            | Event::AlbumRenamed(_)
            | Event::AlbumCoverChosen(_)
            | Event::AlbumShared(_)
            | Event::AlbumShareRevoked(_)
            | Event::AlbumDeleted(_)
            | Event::AlbumRestored(_)
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
