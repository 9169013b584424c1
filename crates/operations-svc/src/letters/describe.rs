//! A message as JSON, as far as it can be read.

use picup_proto::{DESCRIPTORS, events::v1::Envelope};
use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage, FieldDescriptor, ReflectMessage as _, Value};
use serde_json::{Map, Value as Json, json};
use uuid::Uuid;

/// Bytes that are shown at most, of a body that cannot be read.
const SHOWN: usize = 256;

/// Describes events by the contract's own descriptors, so that a new event needs no code here.
pub struct Describer {
    pool: DescriptorPool,
}

impl Describer {
    /// Reads the contract.
    pub fn new() -> anyhow::Result<Self> {
        let pool = DescriptorPool::decode(DESCRIPTORS)?;
        Ok(Self { pool })
    }

    /// The envelope and the event in it. Personal text is sealed in the event and stays so.
    pub fn describe(&self, body: &[u8]) -> Json {
        let Ok(envelope) = Envelope::decode(body) else {
            return json!({ "unreadable": { "bytes": body.len(), "begins_with": hexadecimal(body) } });
        };
        let metadata = envelope.metadata.unwrap_or_default();
        json!({
            "event_id": bytes("event_id", &envelope.event_id),
            "stream": envelope.stream,
            "version": envelope.version,
            "position": envelope.position,
            "type": envelope.r#type,
            "recorded_at_micros": envelope.recorded_at_micros,
            "causation_id": bytes("causation_id", &metadata.causation_id),
            "correlation_id": bytes("correlation_id", &metadata.correlation_id),
            "actor": metadata.actor,
            "traceparent": metadata.traceparent,
            "event": self.event(&envelope.r#type, &envelope.payload),
        })
    }

    fn event(&self, name: &str, payload: &[u8]) -> Json {
        let descriptor = self
            .pool
            .get_message_by_name(&format!("picup.events.v1.{name}"));
        let decoded = descriptor.map(|descriptor| DynamicMessage::decode(descriptor, payload));
        match decoded {
            Some(Ok(event)) => message(&event),
            Some(Err(error)) => json!({
                "malformed": error.to_string(), "bytes": payload.len(), "begins_with": hexadecimal(payload)
            }),
            None => json!({
                "unknown": name, "bytes": payload.len(), "begins_with": hexadecimal(payload)
            }),
        }
    }
}

fn message(message: &DynamicMessage) -> Json {
    let fields = message.descriptor();
    let fields = fields.fields().map(|field| {
        let value = message.get_field(&field);
        (field.name().to_owned(), value_of(&field, &value))
    });
    Json::Object(fields.collect::<Map<_, _>>())
}

fn value_of(field: &FieldDescriptor, value: &Value) -> Json {
    match value {
        Value::Bool(value) => json!(value),
        Value::I32(value) | Value::EnumNumber(value) => json!(value),
        Value::I64(value) => json!(value),
        Value::U32(value) => json!(value),
        Value::U64(value) => json!(value),
        Value::F32(value) => json!(value),
        Value::F64(value) => json!(value),
        Value::String(value) => json!(value),
        Value::Bytes(value) => bytes(field.name(), value),
        Value::Message(value) => message(value),
        Value::List(values) => values.iter().map(|value| value_of(field, value)).collect(),
        Value::Map(values) => json!({ "entries": values.len() }),
    }
}

fn bytes(name: &str, bytes: &[u8]) -> Json {
    if name.ends_with("_sealed") {
        return json!(format!("sealed, {} bytes", bytes.len()));
    }
    match Uuid::from_slice(bytes) {
        Ok(id) if name.ends_with("_id") => json!(id.to_string()),
        _ => json!(hexadecimal(bytes)),
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let shown = bytes.iter().take(SHOWN);
    shown.fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use picup_event_types::messages::{AlbumCreated, Metadata};

    use super::*;

    #[test]
    fn an_event_is_shown_with_its_fields_and_personal_text_stays_sealed() {
        let album = AlbumCreated {
            account_id: Uuid::from_u128(5).as_bytes().to_vec(),
            title_sealed: b"noise".to_vec(),
        };
        let envelope = Envelope {
            event_id: Uuid::from_u128(1).as_bytes().to_vec(),
            stream: "album/x".to_owned(),
            r#type: "AlbumCreated".to_owned(),
            metadata: Some(Metadata::default()),
            payload: album.encode_to_vec().into(),
            ..Envelope::default()
        };
        let shown = Describer::new()
            .unwrap()
            .describe(&envelope.encode_to_vec());
        assert_eq!(shown["event"]["account_id"], Uuid::from_u128(5).to_string());
        assert_eq!(shown["event"]["title_sealed"], "sealed, 5 bytes");
        assert!(!shown.to_string().contains("6e6f697365"));
    }

    #[test]
    fn what_cannot_be_read_is_shown_as_far_as_it_goes() {
        let describer = Describer::new().unwrap();
        let shown = describer.describe(&[0xff; 1000]);
        assert_eq!(shown["unreadable"]["bytes"], 1000);
        let unknown = Envelope {
            r#type: "AlbumPainted".to_owned(),
            payload: vec![1, 2].into(),
            ..Envelope::default()
        };
        let shown = describer.describe(&unknown.encode_to_vec());
        assert_eq!(shown["event"]["unknown"], "AlbumPainted");
        assert_eq!(shown["event"]["begins_with"], "0102");
    }
}
