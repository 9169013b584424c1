//! Which part of an object a request wants, if any (RFC 9110, 13 and 14).

use std::time::{Duration, SystemTime};

use http::{HeaderMap, HeaderName, header};
use picup_objects::Described;

/// What is to be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// All of it.
    Whole,
    /// From `begin` up to `end`, which is left out.
    Part { begin: u64, end: u64 },
    /// Nothing: the client has it.
    Nothing,
    /// A part that it does not have.
    Beyond,
}

/// Whether a request can be answered only when the object is known.
pub fn is_conditional(headers: &HeaderMap) -> bool {
    [
        header::IF_NONE_MATCH,
        header::IF_MODIFIED_SINCE,
        header::RANGE,
    ]
    .iter()
    .any(|name| headers.contains_key(name))
}

/// What a request wants of this object.
pub fn wanted(headers: &HeaderMap, object: &Described) -> Wanted {
    if is_known(headers, object) {
        return Wanted::Nothing;
    }
    match text(headers, &header::RANGE).and_then(part_of) {
        Some(part) if is_of_this(headers, object) => part.within(object.bytes),
        _ => Wanted::Whole,
    }
}

/// Whether the client has just this object already. Tags are asked before times.
fn is_known(headers: &HeaderMap, object: &Described) -> bool {
    if headers.contains_key(header::IF_NONE_MATCH) {
        let weak = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
        let own = object.e_tag.as_deref().map(weak);
        return headers
            .get_all(header::IF_NONE_MATCH)
            .iter()
            .flat_map(|value| value.to_str().unwrap_or_default().split(','))
            .any(|tag| tag.trim() == "*" || Some(weak(tag)) == own);
    }
    let since = text(headers, &header::IF_MODIFIED_SINCE);
    let since = since.and_then(|text| httpdate::parse_http_date(text).ok());
    since
        .zip(object.modified_at)
        .is_some_and(|(since, modified)| whole_seconds(modified) <= since)
}

/// Whether a part is wanted of this very object: `If-Range`.
fn is_of_this(headers: &HeaderMap, object: &Described) -> bool {
    match text(headers, &header::IF_RANGE) {
        None => !headers.contains_key(header::IF_RANGE),
        Some(tag) if tag.starts_with('"') => object.e_tag.as_deref() == Some(tag),
        Some(date) => {
            let date = httpdate::parse_http_date(date).ok();
            date.is_some() && date == object.modified_at.map(whole_seconds)
        }
    }
}

#[derive(Clone, Copy)]
enum Part {
    From(u64, Option<u64>),
    Last(u64),
}

impl Part {
    fn within(self, bytes: u64) -> Wanted {
        match self {
            Self::From(begin, _) if begin >= bytes => Wanted::Beyond,
            Self::From(begin, last) => {
                let end = last.map_or(bytes, |last| last.saturating_add(1).min(bytes));
                Wanted::Part { begin, end }
            }
            Self::Last(length) if length == 0 || bytes == 0 => Wanted::Beyond,
            Self::Last(length) => Wanted::Part {
                begin: bytes.saturating_sub(length),
                end: bytes,
            },
        }
    }
}

/// One range of bytes. Of several, or of what is none, all is answered, as the standard allows.
fn part_of(range: &str) -> Option<Part> {
    let (first, last) = range.strip_prefix("bytes=")?.split_once('-')?;
    let number = |digits: &str| {
        let digits_only = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        digits_only.then(|| digits.parse().unwrap_or(u64::MAX))
    };
    let (first, last) = (first.trim(), last.trim());
    match (first, last) {
        ("", last) => number(last).map(Part::Last),
        (first, "") => Some(Part::From(number(first)?, None)),
        (first, last) => {
            let (first, last) = (number(first)?, number(last)?);
            (first <= last).then_some(Part::From(first, Some(last)))
        }
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

/// HTTP's dates know no fractions.
fn whole_seconds(time: SystemTime) -> SystemTime {
    let passed = time
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    SystemTime::UNIX_EPOCH + Duration::from_secs(passed.as_secs())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    const DATE: &str = "Thu, 01 Jan 2026 00:00:00 GMT";

    fn object(bytes: u64) -> Described {
        let stored = Duration::from_millis(1_767_225_600_700);
        Described {
            bytes,
            content_type: None,
            e_tag: Some("\"abc\"".to_owned()),
            modified_at: Some(SystemTime::UNIX_EPOCH + stored),
        }
    }

    fn asked(pairs: &[(&'static str, &'static str)], bytes: u64) -> Wanted {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_static(value));
        }
        wanted(&headers, &object(bytes))
    }

    #[test]
    fn one_range_is_answered_and_what_is_none_is_left_out() {
        let part = |begin, end| Wanted::Part { begin, end };
        for (range, expected) in [
            ("bytes=0-0", part(0, 1)),
            ("bytes=2-4", part(2, 5)),
            ("bytes=8-", part(8, 10)),
            ("bytes=8-99", part(8, 10)),
            ("bytes=-3", part(7, 10)),
            ("bytes=-99", part(0, 10)),
            ("bytes=0-18446744073709551616", part(0, 10)),
            ("bytes=10-", Wanted::Beyond),
            ("bytes=99999999999999999999-", Wanted::Beyond),
            ("bytes=-0", Wanted::Beyond),
            ("bytes=4-2", Wanted::Whole),
            ("bytes=0-1,3-4", Wanted::Whole),
            ("bytes=-", Wanted::Whole),
            ("bytes=+1-2", Wanted::Whole),
            ("lines=0-1", Wanted::Whole),
        ] {
            assert_eq!(asked(&[("range", range)], 10), expected, "{range}");
        }
        assert_eq!(asked(&[("range", "bytes=0-")], 0), Wanted::Beyond);
        assert_eq!(asked(&[("range", "bytes=-1")], 0), Wanted::Beyond);
    }

    #[test]
    fn who_has_it_gets_nothing_and_tags_come_before_times() {
        for tag in ["\"abc\"", "W/\"abc\"", "*", "\"x\", \"abc\""] {
            assert_eq!(
                asked(&[("if-none-match", tag)], 10),
                Wanted::Nothing,
                "{tag}"
            );
        }
        assert_eq!(asked(&[("if-modified-since", DATE)], 10), Wanted::Nothing);
        let earlier = "Wed, 31 Dec 2025 23:59:59 GMT";
        assert_eq!(asked(&[("if-modified-since", earlier)], 10), Wanted::Whole);
        assert_eq!(
            asked(&[("if-modified-since", "some day")], 10),
            Wanted::Whole
        );
        let both = [("if-none-match", "\"x\""), ("if-modified-since", DATE)];
        assert_eq!(asked(&both, 10), Wanted::Whole);
    }

    #[test]
    fn a_part_of_another_object_is_not_given() {
        let range = ("range", "bytes=0-0");
        let part = Wanted::Part { begin: 0, end: 1 };
        assert_eq!(asked(&[range, ("if-range", "\"abc\"")], 10), part);
        assert_eq!(asked(&[range, ("if-range", DATE)], 10), part);
        for other in ["\"x\"", "W/\"abc\"", "Wed, 31 Dec 2025 23:59:59 GMT", "x"] {
            assert_eq!(
                asked(&[range, ("if-range", other)], 10),
                Wanted::Whole,
                "{other}"
            );
        }
    }
}
