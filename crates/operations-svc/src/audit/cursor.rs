use serde::{Deserialize, Serialize, de::DeserializeOwned};
use uuid::Uuid;

use super::{Progress, books::Books, missing::MissingWalk, objects::ObjectsWalk};

/// Where an audit goes on. It travels to the operator and back between calls.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Cursor<P> {
    pub(super) scope: Option<Uuid>,
    pub(super) progress: Progress,
    pub(super) place: P,
}

/// What an audit does next.
pub trait Place: Serialize + DeserializeOwned {
    /// Before everything.
    fn start() -> Self;

    /// Whether there is nothing more.
    fn is_done(&self) -> bool;
}

impl<P: Place> Cursor<P> {
    /// Before everything: the whole, or one account.
    pub fn start(scope: Option<Uuid>) -> Self {
        Self {
            scope,
            progress: Progress::default(),
            place: P::start(),
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
        self.place.is_done()
    }
}

/// Where an audit of usage goes on.
pub type UsageCursor = Cursor<UsagePlace>;

/// What comes next in an audit of usage.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum UsagePlace {
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

impl Place for UsagePlace {
    fn start() -> Self {
        Self::Next { after: None }
    }

    fn is_done(&self) -> bool {
        matches!(self, Self::Done)
    }
}
