use picup_domain::Phase;
use serde::{Deserialize, Serialize};

use super::{findings::signed, life::Life};

/// What read models show of an account's media.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// Photos in albums.
    pub photos: i64,
    /// Videos in albums.
    pub videos: i64,
    /// Bytes of both.
    pub bytes: i64,
    /// Bytes in the trash.
    pub trash: i64,
}

impl Shown {
    /// Adds an item as it is in a phase.
    pub fn add(&mut self, life: &Life, phase: Phase) {
        match phase {
            Phase::Stored => {
                self.bytes += signed(life.bytes());
                if life.is_video() {
                    self.videos += 1;
                } else {
                    self.photos += 1;
                }
            }
            Phase::Trashed => self.trash += signed(life.bytes()),
            Phase::Absent
            | Phase::Uploading
            | Phase::Abandoned
            | Phase::Deleted
            | Phase::Purged => {}
        }
    }
}
