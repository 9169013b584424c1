use picup_objects::account_prefix;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::audit::{
    cursor::{Cursor, Place},
    missing::MissingWalk,
};

/// Where an audit of objects goes on.
pub type ObjectsCursor = Cursor<ObjectsPlace>;

/// What comes next in an audit of objects.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum ObjectsPlace {
    /// Objects after this key.
    Objects { after: String },
    /// Open uploads in parts after this one.
    Uploads { after: Option<(String, String)> },
    /// The account after this one, in search of what is missing.
    Accounts { after: Option<Uuid> },
    /// One account, in search of what is missing.
    Missing(MissingWalk),
    /// What lies in quarantine after this number.
    Quarantine { after: u64 },
    /// Nothing.
    Done,
}

impl Place for ObjectsPlace {
    fn start() -> Self {
        Self::Objects {
            after: String::new(),
        }
    }

    fn is_done(&self) -> bool {
        matches!(self, Self::Done)
    }
}

impl ObjectsCursor {
    /// What the keys begin with that are looked at.
    pub(super) fn prefix(&self) -> String {
        self.scope.map(account_prefix).unwrap_or_default()
    }
}
