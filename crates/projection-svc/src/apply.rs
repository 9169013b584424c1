use picup_event_types::{Category, Event, RecordedEvent, UnknownEvent};
use sqlx::{MySqlConnection, migrate::Migrator};
use thiserror::Error;

/// A read model: which streams it follows and what each event does to its rows.
pub trait Projection: Send + Sync + 'static {
    /// Its one name, of its queue and in metrics.
    const NAME: &'static str;
    /// The streams that it follows, each from its first event on.
    const FOLLOWS: &'static [Category];
    /// Its tables.
    const MIGRATIONS: &'static Migrator;

    /// Changes the rows as one event says. Called exactly once an event, in the order of its stream, inside
    /// the transaction that also moves the gate.
    fn apply(
        connection: &mut MySqlConnection,
        recorded: &RecordedEvent,
        event: &Event,
    ) -> impl Future<Output = Result<(), ApplyError>> + Send;
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
}
