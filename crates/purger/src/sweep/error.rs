use picup_objects::{FetchError, ObjectsError};
use thiserror::Error;
use time::OffsetDateTime;
use tonic::Status;

/// Why a sweep, or a step of it, does not go on.
#[derive(Debug, Error)]
pub enum SweepError {
    /// Somebody else is sweeping.
    #[error(
        "{owner} has been sweeping since {since}; if nothing is heard of it, another may take over at {until}"
    )]
    UnderWay {
        /// Who.
        owner: String,
        /// Since when.
        since: OffsetDateTime,
        /// When its lease ends.
        until: OffsetDateTime,
    },
    /// The log's database did not do what it was asked.
    #[error("the log cannot be asked: {0}")]
    Log(String),
    /// S3 did not do what it was asked.
    #[error(transparent)]
    Objects(#[from] ObjectsError),
    /// S3 does not say what an object is.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// S3 says that it has deleted something, and shows it.
    #[error("it was deleted and is still there")]
    StillThere,
    /// One of our own services did not answer.
    #[error("no answer: {0}")]
    Service(#[from] Status),
}

impl SweepError {
    /// An error of the log's database.
    pub(super) fn log(error: impl std::error::Error) -> Self {
        Self::Log(error.to_string())
    }
}
