use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Progress, books::Books, missing::MissingWalk, objects::ObjectsWalk};

/// Where an audit of usage goes on. It travels to the operator and back between calls.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Cursor {
    pub(super) scope: Option<Uuid>,
    pub(super) progress: Progress,
    pub(super) place: Place,
}

/// What comes next.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Place {
    /// The account after this one.
    Next { after: Option<Uuid> },
    /// One account: along its ledger.
    Books(Box<Books>),
    /// One account: along its objects.
    Objects(ObjectsWalk),
    /// One account: objects are missing, and here it turns out which.
    Missing(MissingWalk),
    /// Objects outside of every account.
    Strays { after: String },
    /// Nothing.
    Done,
}

impl Cursor {
    /// Before everything: all accounts, or one.
    pub fn start(scope: Option<Uuid>) -> Self {
        Self {
            scope,
            progress: Progress::default(),
            place: Place::Next { after: None },
        }
    }

    /// Reads what [`Self::write`] wrote.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }

    /// For its way to the operator.
    pub fn write(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// How far the audit has come.
    pub fn progress(&self) -> Progress {
        self.progress
    }

    /// Whether all is done.
    pub fn is_done(&self) -> bool {
        matches!(self.place, Place::Done)
    }
}
