use bytes::Bytes;
use prost::Message as _;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    Event, StreamId, UnknownEvent,
    messages::{Envelope, Metadata},
};

/// An event as it stands in the log, still encoded.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordedEvent {
    /// UUIDv7.
    pub event_id: Uuid,
    /// The stream it belongs to.
    pub stream: StreamId,
    /// Its place in that stream: 1, 2, 3 … without holes.
    pub version: u64,
    /// Its place in the whole log.
    pub position: u64,
    /// `<category>.<event>`.
    pub routing_key: String,
    /// When it was recorded, in UTC to the microsecond.
    pub recorded_at: OffsetDateTime,
    /// Why it exists and who caused it.
    pub metadata: Metadata,
    /// The event message, encoded.
    pub payload: Bytes,
}

impl RecordedEvent {
    /// Decodes the payload.
    pub fn event(&self) -> Result<Event, UnknownEvent> {
        Event::decode(&self.routing_key, &self.payload)
    }

    /// Microseconds since 1970, as messages and read models carry times.
    pub fn recorded_at_micros(&self) -> i64 {
        i64::try_from(self.recorded_at.unix_timestamp_nanos() / 1000).unwrap_or(i64::MAX)
    }

    /// The bytes of the envelope that the bus carries.
    pub fn to_envelope(&self) -> Bytes {
        let name = self.routing_key.rsplit('.').next().unwrap_or_default();
        Envelope {
            event_id: self.event_id.as_bytes().to_vec(),
            stream: self.stream.to_string(),
            version: self.version,
            position: self.position,
            r#type: name.to_owned(),
            recorded_at_micros: self.recorded_at_micros(),
            metadata: Some(self.metadata.clone()),
            payload: self.payload.clone(),
        }
        .encode_to_vec()
        .into()
    }

    /// Reads an envelope that came over the bus.
    pub fn from_envelope(envelope: &Envelope) -> Result<Self, MalformedEnvelope> {
        let stream: StreamId = envelope
            .stream
            .parse()
            .map_err(|_| MalformedEnvelope("stream"))?;
        let nanoseconds = i128::from(envelope.recorded_at_micros) * 1000;
        Ok(Self {
            event_id: Uuid::from_slice(&envelope.event_id)
                .map_err(|_| MalformedEnvelope("event_id"))?,
            stream,
            version: envelope.version,
            position: envelope.position,
            routing_key: format!("{}.{}", stream.category.as_str(), envelope.r#type),
            recorded_at: OffsetDateTime::from_unix_timestamp_nanos(nanoseconds)
                .map_err(|_| MalformedEnvelope("recorded_at_micros"))?,
            metadata: envelope.metadata.clone().unwrap_or_default(),
            payload: envelope.payload.clone(),
        })
    }
}

/// A field of an envelope does not hold what it must.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the envelope's field `{0}` is malformed")]
pub struct MalformedEnvelope(&'static str);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_reads_back_from_its_envelope_as_it_was_recorded() {
        let recorded = RecordedEvent {
            event_id: Uuid::from_u128(1),
            stream: StreamId::album(Uuid::from_u128(2)),
            version: 3,
            position: 4,
            routing_key: "album.AlbumDeleted".to_owned(),
            recorded_at: OffsetDateTime::from_unix_timestamp_nanos(1_700_000_000_123_456_000)
                .unwrap(),
            metadata: Metadata {
                actor: "service/test".to_owned(),
                ..Metadata::default()
            },
            payload: Bytes::new(),
        };
        let envelope = Envelope::decode(recorded.to_envelope()).unwrap();
        assert_eq!(RecordedEvent::from_envelope(&envelope), Ok(recorded));
    }
}
