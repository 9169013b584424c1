use picup_event_types::messages::AlbumShared;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Refusal;

/// Links that one album may have at once, those that have ended included.
pub const MOST_SHARES: usize = 20;

/// A link by which guests see an album.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// Its id.
    pub id: Uuid,
    /// The key in the link, sealed.
    pub key_sealed: Vec<u8>,
    /// When it ends: microseconds since 1970.
    pub expires_at_micros: i64,
    /// Whether guests are asked for a password.
    pub has_password: bool,
    /// Whether guests may fetch originals.
    pub guests_may_download: bool,
    /// Whether guests may add to the album.
    pub guests_may_upload: bool,
}

impl Share {
    /// As an event has it.
    pub(crate) fn of(shared: &AlbumShared) -> Self {
        Self {
            id: Uuid::from_slice(&shared.share_id).unwrap_or_default(),
            key_sealed: shared.key_sealed.clone(),
            expires_at_micros: shared.expires_at_micros,
            has_password: shared.has_password,
            guests_may_download: shared.guests_may_download,
            guests_may_upload: shared.guests_may_upload,
        }
    }

    /// Whether it has ended by `now_micros`.
    pub fn is_over(&self, now_micros: i64) -> bool {
        now_micros >= self.expires_at_micros
    }
}

/// A guest who adds something, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GuestUpload {
    /// The share that let the guest in.
    pub share: Uuid,
    /// Microseconds since 1970.
    pub now_micros: i64,
}

impl GuestUpload {
    /// Refuses unless the guest's share is among these, has not ended and lets guests add something.
    pub fn must_be_let_in(self, shares: &[Share]) -> Result<(), Refusal> {
        let share = shares.iter().find(|share| share.id == self.share);
        match share {
            Some(share) if share.guests_may_upload && !share.is_over(self.now_micros) => Ok(()),
            _ => Err(Refusal::ShareOver),
        }
    }
}
