use std::{collections::BTreeMap, sync::LazyLock};

use picup_event_types::{Category, Event, StreamId};
use uuid::Uuid;

use crate::{Account, Album, Ledger, Media, Refusal, State, Versioned};

/// A request to change something, accepted or refused as a whole.
pub trait Decide {
    /// The command's one name: of its struct, its RPC and its trace span.
    const NAME: &'static str;

    /// The streams that the decision looks at or adds to.
    fn streams(&self) -> Vec<StreamId>;

    /// Which events follow. No events means that all is already as asked.
    fn decide(&self, view: &View) -> Result<Decision, Refusal>;
}

/// The events that follow from a command, by stream.
pub type Decision = Vec<(StreamId, Vec<Event>)>;

/// The states of the streams that a command named. A stream that it did not name looks empty, so that a
/// forgotten one is refused rather than accepted.
#[derive(Clone, Debug, Default)]
pub struct View {
    streams: BTreeMap<StreamId, Versioned>,
}

static NO_ACCOUNT: LazyLock<Account> = LazyLock::new(Account::default);
static NO_ALBUM: LazyLock<Album> = LazyLock::new(Album::default);
static NO_MEDIA: LazyLock<Media> = LazyLock::new(Media::default);
static NO_LEDGER: LazyLock<Ledger> = LazyLock::new(Ledger::default);

impl View {
    /// Puts a stream's state in.
    pub fn insert(&mut self, stream: StreamId, state: Versioned) {
        self.streams.insert(stream, state);
    }

    /// The version of a stream; `None` where it is not in the view.
    pub fn version(&self, stream: StreamId) -> Option<u64> {
        self.streams.get(&stream).map(|versioned| versioned.version)
    }

    /// All streams in the view.
    pub fn streams(&self) -> impl Iterator<Item = (StreamId, &Versioned)> {
        self.streams
            .iter()
            .map(|(stream, versioned)| (*stream, versioned))
    }

    /// Takes events of a stream in, as after a successful append.
    pub fn apply(&mut self, stream: StreamId, events: &[Event]) {
        let versioned = self
            .streams
            .entry(stream)
            .or_insert_with(|| Versioned::empty(stream.category));
        for event in events {
            versioned.apply(event);
        }
    }

    /// The account `id`.
    pub fn account(&self, id: Uuid) -> &Account {
        match self.state(Category::Account, id) {
            Some(State::Account(account)) => account,
            _ => &NO_ACCOUNT,
        }
    }

    /// The album `id`.
    pub fn album(&self, id: Uuid) -> &Album {
        match self.state(Category::Album, id) {
            Some(State::Album(album)) => album,
            _ => &NO_ALBUM,
        }
    }

    /// The media item `id`.
    pub fn media(&self, id: Uuid) -> &Media {
        match self.state(Category::Media, id) {
            Some(State::Media(media)) => media,
            _ => &NO_MEDIA,
        }
    }

    /// The ledger of an account.
    pub fn ledger_of(&self, account: Uuid) -> &Ledger {
        match self.state(Category::Ledger, StreamId::ledger_of(account).id) {
            Some(State::Ledger(ledger)) => ledger,
            _ => &NO_LEDGER,
        }
    }

    fn state(&self, category: Category, id: Uuid) -> Option<&State> {
        self.streams
            .get(&StreamId { category, id })
            .map(|versioned| &versioned.state)
    }
}
