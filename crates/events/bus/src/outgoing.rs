use std::time::Duration;

use bytes::Bytes;
use lapin::{
    BasicProperties,
    types::{ShortString, ShortStringError},
};
use uuid::Uuid;

use crate::{EXCHANGE, Failure};

const PERSISTENT: u8 = 2;

/// A message to publish.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// The exchange; empty for the default exchange, whose routing keys are the names of queues.
    pub exchange: String,
    /// The routing key, at most 255 bytes.
    pub routing_key: String,
    /// The event's id. Empty where a message could not be read.
    pub message_id: String,
    /// What went wrong before; `None` for a message that is published for the first time.
    pub failure: Option<Failure>,
    /// How long it stays in a retry queue; `None` as long as the queue keeps any.
    pub expires_after: Option<Duration>,
    /// The encoded envelope, unchanged.
    pub body: Bytes,
}

impl Outgoing {
    /// An event on its way to everyone who is bound for it.
    pub fn event(event_id: Uuid, routing_key: impl Into<String>, body: Bytes) -> Self {
        Self {
            exchange: EXCHANGE.to_owned(),
            routing_key: routing_key.into(),
            message_id: event_id.to_string(),
            failure: None,
            expires_after: None,
            body,
        }
    }

    /// A message on its way to one queue.
    pub fn to_queue(queue: impl Into<String>, message_id: impl Into<String>, body: Bytes) -> Self {
        Self {
            exchange: String::new(),
            routing_key: queue.into(),
            message_id: message_id.into(),
            failure: None,
            expires_after: None,
            body,
        }
    }

    /// The same message, telling what went wrong.
    #[must_use]
    pub fn with_failure(self, failure: Failure) -> Self {
        Self {
            failure: Some(failure),
            ..self
        }
    }

    /// The same message, staying in a retry queue for so long.
    #[must_use]
    pub fn expiring_after(self, time: Duration) -> Self {
        Self {
            expires_after: Some(time),
            ..self
        }
    }

    pub(crate) fn address(&self) -> Result<(ShortString, ShortString), ShortStringError> {
        let exchange = ShortString::try_new(self.exchange.as_str())?;
        Ok((exchange, ShortString::try_new(self.routing_key.as_str())?))
    }

    pub(crate) fn properties(&self) -> Result<BasicProperties, ShortStringError> {
        let mut properties = BasicProperties::default()
            .with_delivery_mode(PERSISTENT)
            .with_content_type("application/protobuf".into())
            .with_message_id(ShortString::try_new(self.message_id.as_str())?);
        if let Some(time) = self.expires_after {
            let milliseconds = time.as_millis().to_string();
            properties = properties.with_expiration(ShortString::try_new(milliseconds)?);
        }
        Ok(match &self.failure {
            Some(failure) => properties.with_headers(failure.to_headers()),
            None => properties,
        })
    }
}

/// Why a message is not known to be on the bus. It may be there nevertheless, except for
/// [`PublishError::Returned`] and [`PublishError::Malformed`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PublishError {
    /// No queue is bound for it, not even the one for the unrouted.
    #[error("the broker returned it: no queue takes the routing key")]
    Returned,
    /// The broker could not store it.
    #[error("the broker refused to store it")]
    Nacked,
    /// The connection was lost, blocked or too slow before the confirm came.
    #[error("not confirmed: {0}")]
    Disconnected(String),
    /// It cannot be expressed in AMQP, and trying again does not help.
    #[error("not publishable: {0}")]
    Malformed(String),
}
