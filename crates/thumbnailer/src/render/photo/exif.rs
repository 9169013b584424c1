//! What a photo's EXIF data tells: how to hold it, when and where it was taken, and by what. None of it is
//! trusted, and whatever cannot be read is as if it were not there: damaged EXIF never costs a picture.

use std::io::{BufRead, Seek};

use exif::{DateTime, Exif, In, Reader, Tag, Value};
use image::metadata::Orientation;
use time::{Date, Month, PrimitiveDateTime, Time};

use crate::render::failure::printable;
use crate::render::{Location, TakenAt};

/// Longest name of a camera, in characters.
const LONGEST_CAMERA: usize = 100;
/// Clocks are at most this far from UTC, in minutes.
const FARTHEST_OFFSET: i16 = 14 * 60;

/// What is taken out of EXIF data.
#[derive(Debug, PartialEq)]
pub(super) struct Told {
    pub orientation: Orientation,
    pub taken_at: Option<TakenAt>,
    pub camera: Option<String>,
    pub location: Option<Location>,
}

impl Default for Told {
    fn default() -> Self {
        Self {
            orientation: Orientation::NoTransforms,
            taken_at: None,
            camera: None,
            location: None,
        }
    }
}

impl Told {
    /// Of bare EXIF data.
    pub fn of_bytes(exif: &[u8]) -> Self {
        Self::of(tolerant().read_raw(exif.to_vec()))
    }

    /// Of a whole file in which EXIF data may be found.
    pub fn of_photo(photo: &mut (impl BufRead + Seek)) -> Self {
        Self::of(tolerant().read_from_container(photo))
    }

    fn of(read: Result<Exif, exif::Error>) -> Self {
        let Ok(exif) = read.or_else(|error| error.distill_partial_result(|_| ())) else {
            return Self::default();
        };
        Self {
            orientation: orientation(&exif),
            taken_at: taken_at(&exif),
            camera: camera(&text(&exif, Tag::Make), &text(&exif, Tag::Model)),
            location: location(&exif),
        }
    }
}

fn tolerant() -> Reader {
    let mut reader = Reader::new();
    reader.continue_on_error(true);
    reader
}

fn orientation(exif: &Exif) -> Orientation {
    let field = exif.get_field(Tag::Orientation, In::PRIMARY);
    let number = field.and_then(|field| field.value.get_uint(0));
    number
        .and_then(|number| u8::try_from(number).ok())
        .and_then(Orientation::from_exif)
        .unwrap_or(Orientation::NoTransforms)
}

/// Maker and model in one line; `None` where there is nothing but blanks.
pub(in crate::render) fn camera(maker: &str, model: &str) -> Option<String> {
    let maker = printable(maker, LONGEST_CAMERA);
    let model = printable(model, LONGEST_CAMERA);
    let named = model.to_lowercase().starts_with(&maker.to_lowercase());
    let name = if named {
        model
    } else {
        format!("{maker} {model}")
    };
    let name = printable(&name, LONGEST_CAMERA);
    (!name.is_empty()).then_some(name)
}

/// The moment of exposure, or of digitising; not that of the last change, which any program moves.
fn taken_at(exif: &Exif) -> Option<TakenAt> {
    let original = (
        Tag::DateTimeOriginal,
        Tag::SubSecTimeOriginal,
        Tag::OffsetTimeOriginal,
    );
    let digitized = (
        Tag::DateTimeDigitized,
        Tag::SubSecTimeDigitized,
        Tag::OffsetTimeDigitized,
    );
    [original, digitized].into_iter().find_map(|tags| {
        let (moment, fraction, offset) = tags;
        let mut read = DateTime::from_ascii(ascii(exif, moment)?).ok()?;
        // Without these it is less exact, and still right.
        let _ = ascii(exif, fraction).map(|text| read.parse_subsec(text));
        let _ = ascii(exif, offset).map(|text| read.parse_offset(text));
        moment_of(&read)
    })
}

fn moment_of(read: &DateTime) -> Option<TakenAt> {
    let month = Month::try_from(read.month).ok()?;
    let date = Date::from_calendar_date(read.year.into(), month, read.day).ok()?;
    let nanoseconds = read.nanosecond.unwrap_or(0);
    let time = Time::from_hms_nano(read.hour, read.minute, read.second, nanoseconds).ok()?;
    let nanoseconds = PrimitiveDateTime::new(date, time)
        .assume_utc()
        .unix_timestamp_nanos();
    Some(TakenAt {
        local_micros: i64::try_from(nanoseconds / 1000).ok()?,
        utc_offset_minutes: read.offset.filter(|offset| offset.abs() <= FARTHEST_OFFSET),
    })
}

fn location(exif: &Exif) -> Option<Location> {
    let latitude = degrees(exif, Tag::GPSLatitude, Tag::GPSLatitudeRef, "S")?;
    let longitude = degrees(exif, Tag::GPSLongitude, Tag::GPSLongitudeRef, "W")?;
    Location::new(latitude, longitude)
}

/// Degrees, minutes and seconds as one number, negative where `reference` is `negative`.
fn degrees(exif: &Exif, angle: Tag, reference: Tag, negative: &str) -> Option<f64> {
    let Value::Rational(parts) = &exif.get_field(angle, In::PRIMARY)?.value else {
        return None;
    };
    let mut degrees = 0.0;
    for (part, unit) in parts.iter().zip([1.0, 60.0, 3600.0]) {
        // Some write seconds as 0/0.
        if part.denom != 0 {
            degrees += part.to_f64() / unit;
        }
    }
    let is_negative = text(exif, reference).trim().eq_ignore_ascii_case(negative);
    let is_given = parts.first().is_some_and(|part| part.denom != 0);
    is_given.then_some(if is_negative { -degrees } else { degrees })
}

fn ascii(exif: &Exif, tag: Tag) -> Option<&[u8]> {
    match &exif.get_field(tag, In::PRIMARY)?.value {
        Value::Ascii(lines) => lines.first().map(Vec::as_slice),
        _ => None,
    }
}

fn text(exif: &Exif, tag: Tag) -> String {
    let bytes = ascii(exif, tag).unwrap_or_default();
    // More than a name of a camera could be is not even looked at.
    let bytes = &bytes[..bytes.len().min(4 * LONGEST_CAMERA)];
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_camera_is_named_once_and_in_one_short_line() {
        assert_eq!(camera("Canon", "Canon EOS R5").unwrap(), "Canon EOS R5");
        assert_eq!(
            camera("Apple", "iPhone\u{0} 15\n").unwrap(),
            "Apple iPhone 15"
        );
        assert_eq!(camera("", "\u{1b}[31mred").unwrap(), "[31mred");
        assert_eq!(camera(" \u{0}", ""), None);
        assert_eq!(camera(&"x".repeat(500), "").unwrap().len(), LONGEST_CAMERA);
    }

    #[test]
    fn a_moment_that_no_calendar_has_is_none() {
        for impossible in [
            "2024:02:30 10:00:00",
            "0000:00:00 00:00:00",
            "2024:01:01 25:00:00",
        ] {
            let read = DateTime::from_ascii(impossible.as_bytes()).unwrap();
            assert_eq!(moment_of(&read), None, "{impossible}");
        }
    }
}
