use std::sync::Arc;

use futures::future::BoxFuture;
use picup_event_types::{Event, StreamId, messages::Metadata};
use sqlx::{MySqlConnection, MySqlPool};
use thiserror::Error;
use tokio::sync::{Mutex, mpsc, oneshot};
use uuid::Uuid;

use crate::{LogReader, error, group};

/// Appends that wait for a writer, at most; more are refused as unavailable rather than piled up.
const WAITING: usize = 4096;
/// Writers, each with a transaction of its own under way. Two keep the disk busy while the next group
/// gathers.
const WRITERS: usize = 2;

/// The events of one command, appended to all their streams or to none.
#[derive(Clone, Debug)]
pub struct Append {
    /// Scoped to who sent it: the same id twice is the same command.
    pub command_id: Uuid,
    /// Why the events exist and who caused them.
    pub metadata: Metadata,
    /// By stream.
    pub streams: Vec<StreamAppend>,
}

/// The events of one stream.
#[derive(Clone, Debug)]
pub struct StreamAppend {
    /// Which stream.
    pub stream: StreamId,
    /// The version that the decision was made on; 0 for a new stream.
    pub expected_version: u64,
    /// At least one.
    pub events: Vec<Event>,
}

/// The version that each stream has reached.
pub type Appended = Vec<(StreamId, u64)>;

/// Rows outside the log that are written in the append's transaction, for what must never be there
/// without its events: the credentials of an account, its key.
pub trait Alongside: Send + Sync {
    /// Writes them.
    fn write<'a>(
        &'a self,
        connection: &'a mut MySqlConnection,
    ) -> BoxFuture<'a, Result<(), sqlx::Error>>;
}

/// Why nothing was appended.
#[derive(Clone, Debug, Error)]
pub enum AppendError {
    /// A stream has moved on: load, decide and append again.
    #[error("a stream has moved on since it was loaded")]
    Conflict,
    /// The command's events are in the log already.
    #[error("this command has been appended before")]
    Repeated,
    /// A row written alongside is taken; carries the name of the unique key.
    #[error("the key {0} is taken")]
    Taken(String),
    /// It may or may not have been appended: look the command up before saying either.
    #[error("the log is unavailable: {0}")]
    Unavailable(Arc<sqlx::Error>),
    /// The appended rows are not what was asked for; nothing was committed.
    #[error("the log did not take the events as they were given: {0}")]
    Rejected(&'static str),
}

impl From<sqlx::Error> for AppendError {
    fn from(error: sqlx::Error) -> Self {
        match error::duplicate_key(&error) {
            Some("events_command") => Self::Repeated,
            Some("events_stream_version") => Self::Conflict,
            Some(key) => Self::Taken(key.to_owned()),
            None => Self::Unavailable(Arc::new(error)),
        }
    }
}

pub(crate) struct Pending {
    pub append: Append,
    pub alongside: Option<Arc<dyn Alongside>>,
    pub reply: oneshot::Sender<Result<Appended, AppendError>>,
}

/// The log. Cheap to clone; all clones share their writers.
#[derive(Clone)]
pub struct EventLog {
    reader: LogReader,
    pending: mpsc::Sender<Pending>,
}

impl EventLog {
    /// Opens the log on a migrated database and starts its writers, which end with the last clone.
    /// `appended` is called after every append, so that a relay can look at once.
    pub fn new(pool: MySqlPool, appended: impl Fn() + Send + Sync + 'static) -> Self {
        let (pending, receiver) = mpsc::channel(WAITING);
        let appended: Arc<dyn Fn() + Send + Sync> = Arc::new(appended);
        let receiver = Arc::new(Mutex::new(receiver));
        for _ in 0..WRITERS {
            tokio::spawn(group::write_groups(
                pool.clone(),
                receiver.clone(),
                appended.clone(),
            ));
        }
        Self {
            reader: LogReader::new(pool),
            pending,
        }
    }

    /// Reads what has been appended.
    pub fn reader(&self) -> &LogReader {
        &self.reader
    }

    /// Appends a command's events and their outbox rows, durably, in one transaction.
    ///
    /// Safe to cancel: the writing itself happens in a writer's task, never in the caller's future.
    pub async fn append(&self, append: Append) -> Result<Appended, AppendError> {
        self.send(append, None).await
    }

    /// Appends like [`Self::append`], with other rows in the same transaction.
    pub async fn append_alongside(
        &self,
        append: Append,
        alongside: Arc<dyn Alongside>,
    ) -> Result<Appended, AppendError> {
        self.send(append, Some(alongside)).await
    }

    async fn send(
        &self,
        append: Append,
        alongside: Option<Arc<dyn Alongside>>,
    ) -> Result<Appended, AppendError> {
        if append.streams.iter().any(|stream| stream.events.is_empty()) {
            return Err(AppendError::Rejected("a stream without events"));
        }
        let (reply, answer) = oneshot::channel();
        let unavailable = || AppendError::Unavailable(Arc::new(sqlx::Error::WorkerCrashed));
        self.pending
            .try_send(Pending {
                append,
                alongside,
                reply,
            })
            .map_err(|_| AppendError::Unavailable(Arc::new(sqlx::Error::PoolTimedOut)))?;
        answer.await.map_err(|_| unavailable())?
    }
}
