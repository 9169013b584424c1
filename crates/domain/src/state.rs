use picup_event_types::{Category, Event};
use serde::{Deserialize, Serialize};

use crate::{Account, Album, Ledger, Media};

/// The folded events of one stream. It serializes, so that the log can keep snapshots of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    /// Of an account's stream.
    Account(Account),
    /// Of an album's stream.
    Album(Album),
    /// Of a media item's stream.
    Media(Media),
    /// Of a ledger's stream.
    Ledger(Ledger),
}

impl State {
    /// Raise it whenever the meaning of a state changes: snapshots of another schema are ignored.
    pub const SCHEMA: u32 = 1;

    /// The state of a stream without events.
    pub fn empty(category: Category) -> Self {
        match category {
            Category::Account => Self::Account(Account::default()),
            Category::Album => Self::Album(Album::default()),
            Category::Media => Self::Media(Media::default()),
            Category::Ledger => Self::Ledger(Ledger::default()),
        }
    }

    /// Takes the next event of the stream in.
    pub fn apply(&mut self, event: &Event) {
        match self {
            Self::Account(account) => account.apply(event),
            Self::Album(album) => album.apply(event),
            Self::Media(media) => media.apply(event),
            Self::Ledger(ledger) => ledger.apply(event),
        }
    }
}

/// A state and the version of the last event in it; 0 for a stream without events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Versioned {
    /// The folded events.
    pub state: State,
    /// Version of the last of them.
    pub version: u64,
}

impl Versioned {
    /// A stream without events.
    pub fn empty(category: Category) -> Self {
        Self {
            state: State::empty(category),
            version: 0,
        }
    }

    /// Takes the next event of the stream in.
    pub fn apply(&mut self, event: &Event) {
        self.state.apply(event);
        self.version += 1;
    }
}
