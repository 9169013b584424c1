use picup_event_bus::Paused;
use picup_event_log::{is_contention, is_outage};
use picup_event_types::{Category, Event, RecordedEvent, StreamId, UnknownEvent};
use sqlx::{MySqlConnection, migrate::Migrator};
use thiserror::Error;

/// A read model: which streams it follows and what each event does to its rows.
pub trait Projection: Send + Sync + 'static {
    /// Its one name, of its queue and in metrics.
    const NAME: &'static str;
    /// The streams that it follows, each from its first event on.
    const FOLLOWS: &'static [Category];
    /// Makes its tables.
    const MIGRATIONS: &'static Migrator;
    /// Its tables whose rows follow from the log alone, the gate among them: those that a comparison of two
    /// generations looks at.
    const TABLES: &'static [Table];

    /// Changes the rows as one event says. Called exactly once an event, in the order of its stream, inside
    /// the transaction that also moves the gate.
    fn apply(
        connection: &mut MySqlConnection,
        recorded: &RecordedEvent,
        event: &Event,
    ) -> impl Future<Output = Result<(), ApplyError>> + Send;
}

/// A table of a read model.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// Its primary key, one binary column.
    pub key: &'static str,
}

impl Table {
    /// The versions that have been applied.
    pub const GATE: Self = Self {
        name: "gate",
        key: "stream_id",
    };
}

/// Why an event could not be applied.
#[derive(Debug, Error)]
pub enum ApplyError {
    /// The database failed.
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    /// The event cannot be read.
    #[error(transparent)]
    Unreadable(#[from] UnknownEvent),
    /// The event contradicts the rows: trying again will not help.
    #[error("{0}")]
    Contradiction(String),
    /// The log does not hold an event that must come first.
    #[error("the log holds no version {version} of {stream}")]
    Missing {
        /// Of this stream.
        stream: String,
        /// This version.
        version: u64,
    },
    /// Another instance has changed what was known of a stream: look again.
    #[error("another instance is at work on the same stream")]
    Moved,
}

impl ApplyError {
    /// The log does not hold this version of the stream.
    pub fn missing(stream: StreamId, version: u64) -> Self {
        Self::Missing {
            stream: stream.to_string(),
            version,
        }
    }

    /// Whether it says nothing about the event: the database is away or contended.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Database(error) => is_outage(error) || is_contention(error),
            Self::Moved => true,
            Self::Unreadable(_) | Self::Contradiction(_) | Self::Missing { .. } => false,
        }
    }
}

impl From<ApplyError> for Paused {
    fn from(error: ApplyError) -> Self {
        Self {
            reason: error.to_string(),
        }
    }
}
