use std::sync::Arc;

use picup_domain::Refusal;
use picup_event_types::{Category, StreamId};
use thiserror::Error;

/// An accepted command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handled {
    /// The versions that its streams have reached.
    pub streams: Vec<(StreamId, u64)>,
    /// What this sending of it did.
    pub effect: Effect,
}

/// What sending a command did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Events were appended.
    Appended,
    /// An earlier sending of the same command had done it already.
    Repeated,
    /// There was nothing to do.
    Nothing,
}

impl Handled {
    /// The stream of a category that the command touched.
    pub fn stream(&self, category: Category) -> Option<StreamId> {
        self.streams
            .iter()
            .map(|(stream, _)| *stream)
            .find(|stream| stream.category == category)
    }
}

/// Why a command changed nothing.
#[derive(Clone, Debug, Error)]
pub enum HandleError {
    /// A rule says no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// A row alongside is taken; carries the name of the unique key.
    #[error("the key {0} is taken")]
    Taken(String),
    /// Too many others change the same thing.
    #[error("others keep changing the same thing")]
    Contended,
    /// The log does not answer.
    #[error("the log does not answer: {0}")]
    Unavailable(Arc<sqlx::Error>),
    /// A mistake of ours.
    #[error("{0}")]
    Broken(String),
}

impl From<sqlx::Error> for HandleError {
    fn from(error: sqlx::Error) -> Self {
        Self::Unavailable(Arc::new(error))
    }
}
