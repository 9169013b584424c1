use picup_event_types::{
    Event,
    messages::{BytesReleased, BytesReserved, BytesStored},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Refusal;

/// The bytes of one account. `reserved + stored <= quota` holds whenever bytes are added.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    quota: u64,
    reserved: u64,
    stored: u64,
}

impl Ledger {
    /// Bytes that the account may hold.
    pub fn quota(&self) -> u64 {
        self.quota
    }

    /// Bytes promised to uploads that have not completed.
    pub fn reserved(&self) -> u64 {
        self.reserved
    }

    /// Bytes of originals that are stored.
    pub fn stored(&self) -> u64 {
        self.stored
    }

    /// Bytes that are left.
    pub fn free(&self) -> u64 {
        self.quota
            .saturating_sub(self.reserved.saturating_add(self.stored))
    }

    /// Promises bytes to an upload. Refuses what does not fit.
    pub fn reserve(&self, account: Uuid, media: Uuid, bytes: u64) -> Result<Event, Refusal> {
        if bytes > self.free() {
            let free = self.free();
            return Err(Refusal::QuotaExceeded {
                needed: bytes,
                free,
                quota: self.quota,
            });
        }
        Ok(Event::BytesReserved(BytesReserved {
            account_id: account.as_bytes().to_vec(),
            media_id: media.as_bytes().to_vec(),
            bytes,
        }))
    }

    /// Turns reserved bytes into stored ones.
    pub fn store(&self, account: Uuid, media: Uuid, bytes: u64) -> Result<Event, Refusal> {
        if bytes > self.reserved {
            return Err(Refusal::LedgerCorrupt(
                "more bytes to store than are reserved",
            ));
        }
        Ok(Event::BytesStored(BytesStored {
            account_id: account.as_bytes().to_vec(),
            media_id: media.as_bytes().to_vec(),
            bytes,
        }))
    }

    /// Frees bytes, either reserved or stored ones.
    pub fn release(
        &self,
        account: Uuid,
        media: Uuid,
        bytes: u64,
        from_reserved: bool,
    ) -> Result<Event, Refusal> {
        let held = if from_reserved {
            self.reserved
        } else {
            self.stored
        };
        if bytes > held {
            return Err(Refusal::LedgerCorrupt(
                "more bytes to release than are held",
            ));
        }
        Ok(Event::BytesReleased(BytesReleased {
            account_id: account.as_bytes().to_vec(),
            media_id: media.as_bytes().to_vec(),
            bytes,
            from_reserved,
        }))
    }

    /// Takes an event of this ledger in.
    pub fn apply(&mut self, event: &Event) {
        match event {
            Event::QuotaChanged(changed) => self.quota = changed.quota_bytes,
            Event::BytesReserved(reserved) => {
                self.reserved = self.reserved.saturating_add(reserved.bytes);
            }
            Event::BytesStored(stored) => {
                self.reserved = self.reserved.saturating_sub(stored.bytes);
                self.stored = self.stored.saturating_add(stored.bytes);
            }
            Event::BytesReleased(released) => {
                let held = if released.from_reserved {
                    &mut self.reserved
                } else {
                    &mut self.stored
                };
                *held = held.saturating_sub(released.bytes);
            }
            Event::AccountOpened(_)
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
            | Event::RenditionsRequested(_) => {}
        }
    }
}
