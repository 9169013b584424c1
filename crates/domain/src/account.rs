use picup_event_types::Event;
use serde::{Deserialize, Serialize};

use crate::Refusal;

/// What the rules need to know of an account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    open: bool,
}

impl Account {
    /// Refuses unless the account is open.
    pub fn must_be_open(&self) -> Result<(), Refusal> {
        if self.open {
            Ok(())
        } else {
            Err(Refusal::NotFound("account"))
        }
    }

    /// Refuses if there is an account already.
    pub fn must_be_new(&self) -> Result<(), Refusal> {
        if self.open {
            Err(Refusal::AlreadyExists("account"))
        } else {
            Ok(())
        }
    }

    /// Takes an event of this account in.
    pub fn apply(&mut self, event: &Event) {
        match event {
            Event::AccountOpened(_) => self.open = true,
            Event::DisplayNameChanged(_)
            | Event::AlbumCreated(_)
            | Event::AlbumRenamed(_)
            | Event::AlbumDeleted(_)
            | Event::UploadStarted(_)
            | Event::UploadCompleted(_)
            | Event::UploadAbandoned(_)
            | Event::MediaTrashed(_)
            | Event::MediaRestored(_)
            | Event::MediaDeleted(_)
            | Event::MediaPurged(_)
            | Event::QuotaChanged(_)
            | Event::BytesReserved(_)
            | Event::BytesStored(_)
            | Event::BytesReleased(_) => {}
        }
    }
}
