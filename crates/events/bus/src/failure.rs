use lapin::types::{AMQPValue, FieldTable};
use time::OffsetDateTime;

const ATTEMPT: &str = "x-picup-attempt";
const FIRST_FAILED_AT: &str = "x-picup-first-failed-at";
const LAST_ERROR: &str = "x-picup-last-error";
const CONSUMER: &str = "x-picup-consumer";
const LONGEST_ERROR: usize = 1024;

/// What a message in a retry or dead-letter queue tells of its past, as headers `x-picup-…`.
///
/// Attempts are counted here and not by the broker: its count rises with every lost connection too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The attempt that failed; 1 is the first.
    pub attempt: u32,
    /// When the first attempt failed.
    pub first_failed_at: OffsetDateTime,
    /// Why the last attempt failed, at most 1 KiB of it.
    pub last_error: String,
    /// The work queue of the consumer that failed, with its version.
    pub consumer: String,
}

impl Failure {
    /// A failure that happened now, for the first time unless `first_failed_at` is known.
    pub(crate) fn now(
        attempt: u32,
        first_failed_at: Option<OffsetDateTime>,
        error: &str,
        consumer: &str,
    ) -> Self {
        Self {
            attempt,
            first_failed_at: first_failed_at.unwrap_or_else(OffsetDateTime::now_utc),
            last_error: error[..error.floor_char_boundary(LONGEST_ERROR)].to_owned(),
            consumer: consumer.to_owned(),
        }
    }

    /// Only our own headers travel on: with a copied `x-death` the broker takes a retry for a cycle
    /// and drops it without a word, and a copied `CC` sends it elsewhere.
    pub(crate) fn to_headers(&self) -> FieldTable {
        let micros = self.first_failed_at.unix_timestamp_nanos() / 1000;
        let mut headers = FieldTable::default();
        headers.insert(ATTEMPT.into(), AMQPValue::LongLongInt(self.attempt.into()));
        headers.insert(
            FIRST_FAILED_AT.into(),
            AMQPValue::LongLongInt(i64::try_from(micros).unwrap_or(i64::MAX)),
        );
        headers.insert(
            LAST_ERROR.into(),
            AMQPValue::LongString(self.last_error.as_str().into()),
        );
        headers.insert(
            CONSUMER.into(),
            AMQPValue::LongString(self.consumer.as_str().into()),
        );
        headers
    }

    /// `None` for a message that has not failed yet.
    pub(crate) fn from_headers(headers: &FieldTable) -> Option<Self> {
        let header = |name| headers.inner().get(name);
        let text = |name| match header(name) {
            Some(AMQPValue::LongString(text)) => text.to_string(),
            _ => String::new(),
        };
        let micros = header(FIRST_FAILED_AT)?.as_long_long_int()?;
        Some(Self {
            attempt: u32::try_from(header(ATTEMPT)?.as_long_long_int()?).ok()?,
            first_failed_at: OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1000)
                .ok()?,
            last_error: text(LAST_ERROR),
            consumer: text(CONSUMER),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_reads_back_from_its_headers() {
        let failure = Failure {
            attempt: 3,
            first_failed_at: OffsetDateTime::UNIX_EPOCH + time::Duration::microseconds(123_456_789),
            last_error: "no".to_owned(),
            consumer: "usage.v1".to_owned(),
        };
        assert_eq!(Failure::from_headers(&failure.to_headers()), Some(failure));
        assert_eq!(Failure::from_headers(&FieldTable::default()), None);
    }

    #[test]
    fn a_long_error_is_cut_between_characters() {
        let failure = Failure::now(1, None, &"가".repeat(1000), "usage.v1");
        assert_eq!(failure.last_error, "가".repeat(341));
    }
}
