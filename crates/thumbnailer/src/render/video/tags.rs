//! What the tags of a video tell: when and where it was taken, and by what.

use std::collections::HashMap;

use time::OffsetDateTime;
use time::format_description::well_known::{Iso8601, Rfc3339};

use crate::render::photo;
use crate::render::{Location, TakenAt};

type Tags = HashMap<String, String>;

/// Apple's tag knows the camera's own clock; the others are in UTC.
pub(super) fn taken_at(tags: &Tags) -> Option<TakenAt> {
    let by_its_clock = tags
        .get("com.apple.quicktime.creationdate")
        .and_then(|text| OffsetDateTime::parse(text, &Iso8601::DEFAULT).ok())
        .filter(is_meant);
    let in_utc = || {
        let text = tags
            .get("creation_time")
            .or_else(|| tags.get("CREATION_TIME"))?;
        OffsetDateTime::parse(text, &Rfc3339).ok().filter(is_meant)
    };
    let moment = by_its_clock.or_else(in_utc)?;
    let offset = moment.offset().whole_minutes();
    let nanoseconds = moment.unix_timestamp_nanos() + i128::from(offset) * 60_000_000_000;
    Some(TakenAt {
        local_micros: i64::try_from(nanoseconds / 1000).ok()?,
        utc_offset_minutes: Some(offset),
    })
}

/// A device without a clock writes the first second of an epoch: 1904 in MP4, 1970 elsewhere.
fn is_meant(moment: &OffsetDateTime) -> bool {
    let begin = moment.to_offset(time::UtcOffset::UTC);
    let first_day = begin.ordinal() == 1 && begin.hour() == 0 && begin.minute() == 0;
    !(first_day && matches!(begin.year(), 1904 | 1970))
}

/// Maker and model, by whichever names they go.
pub(super) fn camera(tags: &Tags) -> Option<String> {
    let first = |names: &[&str]| {
        let mut values = names.iter().filter_map(|name| tags.get(*name));
        values.next().map(String::as_str).unwrap_or_default()
    };
    photo::camera(
        first(&[
            "com.apple.quicktime.make",
            "com.android.manufacturer",
            "make",
        ]),
        first(&["com.apple.quicktime.model", "com.android.model", "model"]),
    )
}

/// Where it was taken.
pub(super) fn location(tags: &Tags) -> Option<Location> {
    let names = [
        "com.apple.quicktime.location.ISO6709",
        "location",
        "location-eng",
        "LOCATION",
    ];
    let mut texts = names.iter().filter_map(|name| tags.get(*name));
    texts.find_map(|text| iso_6709(text))
}

/// `+37.3317-122.0307+000.000/`, and the same in degrees and minutes or with seconds (ISO 6709, annex H).
fn iso_6709(text: &str) -> Option<Location> {
    let text = text.trim();
    let second = 1 + text.get(1..)?.find(['+', '-'])?;
    let rest = &text[second..];
    let end = rest.get(1..)?.find(['+', '-', '/', 'C']);
    let longitude = end.map_or(rest, |end| &rest[..=end]);
    Location::new(angle(&text[..second], 2)?, angle(longitude, 3)?)
}

/// An angle with so many digits of whole degrees, then perhaps two of minutes and two of seconds.
fn angle(text: &str, degrees: usize) -> Option<f64> {
    let sign = match text.chars().next()? {
        '+' => 1.0,
        '-' => -1.0,
        _ => return None,
    };
    let digits = &text[1..];
    if !digits
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.')
    {
        return None;
    }
    let whole = digits.find('.').unwrap_or(digits.len());
    let number = |from: usize, to: usize| digits.get(from..to)?.parse::<f64>().ok();
    let last = |from: usize| number(from, digits.len());
    let value = match whole.checked_sub(degrees)? {
        0 => last(0)?,
        2 => number(0, degrees)? + last(degrees)? / 60.0,
        4 => {
            number(0, degrees)? + number(degrees, degrees + 2)? / 60.0 + last(degrees + 2)? / 3600.0
        }
        _ => return None,
    };
    Some(sign * value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(pairs: &[(&str, &str)]) -> Tags {
        let owned = pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        owned.collect()
    }

    #[test]
    fn a_place_is_read_in_each_way_that_it_may_be_written() {
        for text in [
            "+37.5000-122.2500+010.0/",
            "+37.5-122.25/",
            "+3730-12215/",
            "+373000-1221500/",
        ] {
            let location = iso_6709(text).unwrap();
            assert!((location.latitude - 37.5).abs() < 1e-9, "{text}");
            assert!((location.longitude + 122.25).abs() < 1e-9, "{text}");
        }
        for nonsense in [
            "",
            "+",
            "+91.0+000.5/",
            "+00.0000+000.0000/",
            "here",
            "+é-é",
            "+1e5-1e5",
        ] {
            assert_eq!(iso_6709(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn the_cameras_own_clock_goes_before_utc() {
        let both = tags(&[
            ("creation_time", "2024-06-01T03:04:05.000000Z"),
            (
                "com.apple.quicktime.creationdate",
                "2024-06-01T12:04:05+0900",
            ),
        ]);
        let taken = taken_at(&both).unwrap();
        assert_eq!(taken.utc_offset_minutes, Some(540));
        let utc = taken_at(&tags(&[("creation_time", "2024-06-01T03:04:05.000000Z")])).unwrap();
        assert_eq!(utc.utc_offset_minutes, Some(0));
        assert_eq!(taken.local_micros - utc.local_micros, 9 * 3_600_000_000);
    }

    #[test]
    fn a_clock_that_was_never_set_tells_nothing() {
        for never in [
            "1904-01-01T00:00:00.000000Z",
            "1970-01-01T00:00:00.000000Z",
            "yesterday",
        ] {
            assert_eq!(
                taken_at(&tags(&[("creation_time", never)])),
                None,
                "{never}"
            );
        }
    }
}
