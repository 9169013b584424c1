//! How long an answer may take.

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use picup_service::errors::Fault;

const GRPC_TIMEOUT: HeaderName = HeaderName::from_static("grpc-timeout");
/// What the service behind gets on top. So it is always the gateway that gives up first and says so in one
/// way; it then resets the stream, which ends the work behind it.
const MARGIN: Duration = Duration::from_millis(250);

/// The client's own deadline, but never longer than ours.
pub fn of(headers: &HeaderMap, longest: Duration) -> Result<Duration, Fault> {
    let Some(value) = headers.get(GRPC_TIMEOUT) else {
        return Ok(longest);
    };
    let wanted = value.to_str().ok().and_then(parse);
    let wanted =
        wanted.ok_or_else(|| Fault::invalid("grpc-timeout", "up to 8 digits and a unit"))?;
    Ok(wanted.min(longest))
}

/// Tells the service behind.
pub fn pass_on(headers: &mut HeaderMap, deadline: Duration) {
    let milliseconds = (deadline + MARGIN).as_millis().min(99_999_999);
    if let Ok(value) = HeaderValue::from_str(&format!("{milliseconds}m")) {
        headers.insert(GRPC_TIMEOUT, value);
    }
}

/// Reads the header of <https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md>: at most 8 digits
/// and a unit.
fn parse(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let number: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_hours(number)),
        "M" => Some(Duration::from_mins(number)),
        "S" => Some(Duration::from_secs(number)),
        "m" => Some(Duration::from_millis(number)),
        "u" => Some(Duration::from_micros(number)),
        "n" => Some(Duration::from_nanos(number)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeout_is_read_as_the_protocol_says() {
        assert_eq!(parse("250m"), Some(Duration::from_millis(250)));
        assert_eq!(parse("2S"), Some(Duration::from_secs(2)));
        for wrong in ["", "S", "123456789S", "-1S", "1", "1s", "é"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_deadline_is_never_longer_than_ours() {
        let ours = Duration::from_secs(30);
        let mut headers = HeaderMap::new();
        assert_eq!(of(&headers, ours).unwrap(), ours);
        headers.insert(GRPC_TIMEOUT, HeaderValue::from_static("99999999H"));
        assert_eq!(of(&headers, ours).unwrap(), ours);
        headers.insert(GRPC_TIMEOUT, HeaderValue::from_static("2S"));
        assert_eq!(of(&headers, ours).unwrap(), Duration::from_secs(2));
        headers.insert(GRPC_TIMEOUT, HeaderValue::from_static("soon"));
        assert!(of(&headers, ours).is_err());
    }
}
