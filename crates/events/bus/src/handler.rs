use bytes::Bytes;
use picup_proto::events::v1::Envelope;
use time::OffsetDateTime;
use uuid::Uuid;

/// A message as a consumer gets it.
#[derive(Clone, Debug)]
pub struct Received {
    /// The decoded envelope.
    pub envelope: Envelope,
    /// The very bytes that came.
    pub body: Bytes,
    /// Which attempt this is; 1 is the first. A redelivery after a crash is not a new attempt.
    pub attempt: u32,
    /// When the first attempt failed, where one did.
    pub first_failed_at: Option<OffsetDateTime>,
}

/// What is to become of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Its effect is committed.
    Done,
    /// It failed, but may succeed later: it goes to the next retry tier, or to the dead letters
    /// when it has been through all of them.
    Retry {
        /// Why, for the operator.
        error: String,
    },
    /// It can never succeed.
    DeadLetter {
        /// Why, for the operator.
        error: String,
    },
    /// It waits for another event, which failed without a message of its own being in hand: this message
    /// is done with, and one for that event is sent the way of its failure.
    Instead {
        /// The event that failed.
        event_id: Uuid,
        /// Its encoded envelope.
        body: Bytes,
        /// Why, for the operator.
        error: String,
        /// Whether it can never succeed.
        permanent: bool,
    },
}

/// A dependency is down: nothing is decided, and nothing is the message's fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Paused {
    /// What is down, for the log.
    pub reason: String,
}

/// What a consumer does with its messages.
pub trait Handler: Send + Sync + 'static {
    /// Handles a batch: one verdict for each message, in the same order. On [`Paused`] the same
    /// batch is given again after a while, and no attempt is burned.
    ///
    /// The future is dropped where it stands when the process stops and the drain limit has passed.
    fn handle(
        &self,
        batch: &[Received],
    ) -> impl Future<Output = Result<Vec<Verdict>, Paused>> + Send;
}
