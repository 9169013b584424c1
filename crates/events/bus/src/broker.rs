use std::{fmt, str::FromStr, time::Duration};

use lapin::{Connection, ConnectionProperties, ErrorKind, uri::AMQPUri};
use tokio::time::timeout;

/// How long the broker may take to accept a connection.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);
/// Seconds between heartbeats where the URL asks for none: a broker that vanished without a word is
/// noticed after two of them.
const HEARTBEAT: u16 = 10;

/// Where the broker is and how to sign in: `amqp://user:password@host:port/vhost`. It shows neither
/// in logs nor in errors.
#[derive(Clone)]
pub struct BrokerUrl(AMQPUri);

impl FromStr for BrokerUrl {
    type Err = InvalidUrl;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut uri: AMQPUri = text.parse().map_err(|_| InvalidUrl)?;
        uri.query.heartbeat.get_or_insert(HEARTBEAT);
        Ok(Self(uri))
    }
}

impl fmt::Debug for BrokerUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("BrokerUrl(…)")
    }
}

impl BrokerUrl {
    /// Opens a connection without lapin's own recovery: who reconnects is who knows what was left
    /// unconfirmed or unacked.
    pub(crate) async fn connect(&self, name: &str) -> Result<Connection, BusError> {
        let properties = ConnectionProperties::default().with_connection_name(name.into());
        within(
            CONNECT_LIMIT,
            Connection::connect_uri(self.0.clone(), properties),
        )
        .await
    }
}

/// Awaits an answer of the broker, but not for longer than `limit`.
pub(crate) async fn within<T>(
    limit: Duration,
    answer: impl Future<Output = lapin::Result<T>>,
) -> Result<T, BusError> {
    match timeout(limit, answer).await {
        Ok(result) => result.map_err(BusError::from),
        Err(_) => Err(BusError::NoAnswer(limit)),
    }
}

/// The text is not an AMQP URL. The text itself is left out because it may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected amqp://user:password@host:port/vhost (or amqps://…)")]
pub struct InvalidUrl;

/// The broker did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum BusError {
    /// It did not answer in time.
    #[error("the broker did not answer within {0:?}")]
    NoAnswer(Duration),
    /// It refused, or the connection was lost.
    #[error(transparent)]
    Refused(lapin::Error),
    /// A queue or exchange stands there with other arguments: it needs a new version in its name.
    /// Trying again does not help.
    #[error("the topology differs from what stands on the broker: {0}")]
    Conflict(lapin::Error),
    /// The subscription ended: the queue was deleted or the channel was closed.
    #[error("the broker ended the subscription")]
    Unsubscribed,
    /// The channel that the messages came on is gone, so they will come again.
    #[error("the messages in hand cannot be acked any more")]
    StaleAck,
    /// A retry or dead-letter queue is missing.
    #[error("the queue {0} is missing")]
    QueueMissing(String),
}

impl From<lapin::Error> for BusError {
    fn from(error: lapin::Error) -> Self {
        const PRECONDITION_FAILED: u16 = 406;
        match error.kind() {
            ErrorKind::ProtocolError(refusal) if refusal.get_id() == PRECONDITION_FAILED => {
                Self::Conflict(error)
            }
            _ => Self::Refused(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_never_shows_its_password() -> Result<(), InvalidUrl> {
        let url: BrokerUrl = "amqp://user:secret@127.0.0.1:5672/%2f".parse()?;
        assert!(!format!("{url:?}").contains("secret"));
        let refused = "http://user:secret@127.0.0.1".parse::<BrokerUrl>();
        assert!(!format!("{refused:?} {InvalidUrl}").contains("secret"));
        assert!(refused.is_err());
        Ok(())
    }
}
