//! What AWS says when an object has been created: an S3 event notification, bare or wrapped by whatever
//! brought it here (SQS, SNS, EventBridge), one or a list.

use serde_json::Value;
use thiserror::Error;

/// Objects in one notification, at most. S3 sends one, SQS batches ten.
const MOST: usize = 1000;
/// Wrappers within wrappers: SNS in SQS in a list is three.
const DEEPEST: u32 = 8;

/// An object that has been created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Created {
    /// In which bucket.
    pub bucket: String,
    /// Under which key.
    pub key: String,
}

/// The body is no notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum NotificationError {
    /// It is no JSON.
    #[error("JSON")]
    NotJson,
    /// It names too much, or is wrapped too often.
    #[error("at most 1000 objects, wrapped at most 8 times")]
    TooMuch,
    /// A key that cannot be read.
    #[error("keys as S3 writes them: UTF-8, percent-encoded")]
    Key,
}

/// The objects that a notification says have been created. Events of other kinds are passed over.
pub fn created_in(body: &[u8]) -> Result<Vec<Created>, NotificationError> {
    let value = serde_json::from_slice(body).map_err(|_| NotificationError::NotJson)?;
    let mut created = Vec::new();
    collect(&value, &mut created, 0)?;
    Ok(created)
}

fn collect(value: &Value, created: &mut Vec<Created>, depth: u32) -> Result<(), NotificationError> {
    if depth > DEEPEST || created.len() > MOST {
        return Err(NotificationError::TooMuch);
    }
    match value {
        Value::Array(several) => several
            .iter()
            .try_for_each(|one| collect(one, created, depth + 1)),
        Value::Object(one) => {
            if let Some(object) = from_event_bridge(value) {
                created.push(object);
            } else if let Some(object) = from_s3(value)? {
                created.push(object);
            } else if let Some(records) = one.get("Records") {
                collect(records, created, depth + 1)?;
            } else if let Some(text) = one.get("body").or(one.get("Message")) {
                // SQS and SNS carry what they were given as a text.
                let text = text.as_str().unwrap_or_default();
                let inner = serde_json::from_str(text).map_err(|_| NotificationError::NotJson)?;
                collect(&inner, created, depth + 1)?;
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// EventBridge writes keys as they are.
fn from_event_bridge(value: &Value) -> Option<Created> {
    let is_created = value.get("detail-type")?.as_str()? == "Object Created";
    let from_s3 = value.get("source")?.as_str()? == "aws.s3";
    let detail = value.get("detail")?;
    (is_created && from_s3).then_some(Created {
        bucket: text(detail, "/bucket/name")?,
        key: text(detail, "/object/key")?,
    })
}

/// S3's own notifications write keys as in a form: `+` for a space, percent signs for the rest.
fn from_s3(value: &Value) -> Result<Option<Created>, NotificationError> {
    let name = value.get("eventName").and_then(Value::as_str);
    if !name.is_some_and(|name| name.trim_start_matches("s3:").starts_with("ObjectCreated:")) {
        return Ok(None);
    }
    let named = text(value, "/s3/bucket/name").zip(text(value, "/s3/object/key"));
    let Some((bucket, key)) = named else {
        return Ok(None);
    };
    let key = decoded(&key).ok_or(NotificationError::Key)?;
    Ok(Some(Created { bucket, key }))
}

fn text(value: &Value, pointer: &str) -> Option<String> {
    Some(value.pointer(pointer)?.as_str()?.to_owned())
}

fn decoded(key: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(key.len());
    let mut rest = key.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => hexadecimal(rest.next()?)? * 16 + hexadecimal(rest.next()?)?,
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

fn hexadecimal(digit: u8) -> Option<u8> {
    let value = char::from(digit).to_digit(16)?;
    u8::try_from(value).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn s3_event(name: &str, key: &str) -> Value {
        // As in AWS's documentation of the notification's content, shortened where nobody reads it.
        json!({
            "eventVersion": "2.1", "eventSource": "aws:s3", "awsRegion": "us-west-2",
            "eventTime": "1970-01-01T00:00:00.000Z", "eventName": name,
            "s3": {
                "s3SchemaVersion": "1.0", "configurationId": "testConfigRule",
                "bucket": {"name": "pictures", "arn": "arn:aws:s3:::pictures"},
                "object": {"key": key, "size": 1024, "sequencer": "0055AED6DCD90281E5"}
            }
        })
    }

    fn keys(value: &Value) -> Vec<String> {
        let created = created_in(value.to_string().as_bytes()).unwrap();
        assert!(created.iter().all(|object| object.bucket == "pictures"));
        created.into_iter().map(|object| object.key).collect()
    }

    #[test]
    fn a_notification_is_read_whatever_it_is_wrapped_in() {
        let bare = json!({"Records": [s3_event("ObjectCreated:Put", "u/1/m/2/original")]});
        let sqs = json!({"Records": [{"messageId": "m", "eventSource": "aws:sqs", "body": bare.to_string()}]});
        let sns = json!({"Type": "Notification", "Message": bare.to_string()});
        let both = json!({"Records": [{"body": sns.to_string()}]});
        let pipe = json!([{"messageId": "m", "body": bare.to_string()}]);
        let bridge = json!({
            "version": "0", "detail-type": "Object Created", "source": "aws.s3",
            "detail": {
                "version": "0", "bucket": {"name": "pictures"}, "reason": "PutObject",
                "object": {"key": "u/1/m/2/original", "size": 5, "etag": "b1946ac9"}
            }
        });
        for wrapped in [bare, sqs, sns, both, pipe, bridge] {
            assert_eq!(keys(&wrapped), ["u/1/m/2/original"], "{wrapped}");
        }
    }

    #[test]
    fn keys_are_decoded_as_s3_writes_them_and_other_events_are_passed_over() {
        let records = json!({"Records": [
            s3_event("ObjectCreated:CompleteMultipartUpload", "u/a+b%2Bc/%EC%A0%9C"),
            s3_event("ObjectRemoved:Delete", "u/gone"),
            {"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "pictures"},
        ]});
        assert_eq!(keys(&records), ["u/a b+c/제"]);
        assert!(
            keys(&json!({"detail-type": "Object Deleted", "source": "aws.s3", "detail": {}}))
                .is_empty()
        );
    }

    #[test]
    fn what_is_no_notification_is_refused_or_names_nothing() {
        assert_eq!(created_in(b"not json"), Err(NotificationError::NotJson));
        let bad = json!({"Records": [s3_event("ObjectCreated:Put", "u/%zz")]}).to_string();
        assert_eq!(created_in(bad.as_bytes()), Err(NotificationError::Key));
        let deep = "[".repeat(20) + &"]".repeat(20);
        assert_eq!(created_in(deep.as_bytes()), Err(NotificationError::TooMuch));
        for nothing in ["1", "{}", "[]", "null", r#"{"Records":3}"#] {
            assert_eq!(created_in(nothing.as_bytes()), Ok(Vec::new()), "{nothing}");
        }
    }
}
