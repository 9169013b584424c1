//! Opaque, signed cursors: the place where the next page of a list begins.

use aws_lc_rs::hmac;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use picup_event_log::MasterKey;
use picup_service::errors::Fault;
use uuid::Uuid;

/// Bytes of the signature that a cursor carries.
const SIGNATURE: usize = 16;

/// A place in a list ordered newest first by (time, id), which is unique, so that a page neither skips
/// nor repeats anything when many items share a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Microseconds since 1970.
    pub micros: i64,
    /// The item's id.
    pub id: Uuid,
}

impl Place {
    /// Before everything: the start of the first page.
    pub const START: Self = Self {
        micros: i64::MAX,
        id: Uuid::max(),
    };
}

/// Signs cursors and reads them back.
#[derive(Clone)]
pub struct Cursors(hmac::Key);

impl Cursors {
    /// Derives the signing key from the master key.
    pub fn new(master_key: &MasterKey) -> Self {
        let key = master_key.blind_index("cursor", "signing key");
        Self(hmac::Key::new(hmac::HMAC_SHA256, &key))
    }

    /// The cursor of a place in one list; `list` is the id of what is listed.
    pub fn write(&self, list: Uuid, place: Place) -> String {
        let mut bytes = place.micros.to_be_bytes().to_vec();
        bytes.extend_from_slice(place.id.as_bytes());
        let signature = self.sign(list, &bytes);
        bytes.extend_from_slice(&signature);
        BASE64_URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The cursor of the page after one that ends at a place; empty after the last.
    pub fn next(&self, list: Uuid, end: Option<Place>) -> String {
        end.map_or_else(String::new, |place| self.write(list, place))
    }

    /// Reads a cursor that [`Self::write`] gave for the same list; an empty one is the start.
    pub fn read(&self, list: Uuid, cursor: &str) -> Result<Place, Fault> {
        if cursor.is_empty() {
            return Ok(Place::START);
        }
        let wrong = || Fault::invalid("cursor", "the `next_cursor` of the page before");
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(cursor).map_err(|_| wrong())?;
        let (place, signature) = bytes.split_at_checked(8 + 16).ok_or_else(wrong)?;
        let expected = self.sign(list, place);
        aws_lc_rs::constant_time::verify_slices_are_equal(&expected, signature)
            .map_err(|_| wrong())?;
        let (micros, id) = place.split_at(8);
        Ok(Place {
            micros: i64::from_be_bytes(micros.try_into().map_err(|_| wrong())?),
            id: Uuid::from_slice(id).map_err(|_| wrong())?,
        })
    }

    fn sign(&self, list: Uuid, place: &[u8]) -> Vec<u8> {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(list.as_bytes());
        context.update(place);
        context.sign().as_ref()[..SIGNATURE].to_vec()
    }
}

/// The number of items on a page of so many at most: what was asked for, or 100.
pub fn page_size(asked: u32, most: u32) -> Result<u32, Fault> {
    match asked {
        0 => Ok(100),
        asked if asked <= most => Ok(asked),
        _ => Err(Fault::invalid("page_size", format!("1 to {most}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_works_for_its_list_only_and_cannot_be_made_up() {
        let cursors = Cursors(hmac::Key::new(hmac::HMAC_SHA256, &[7; 32]));
        let (list, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let place = Place {
            micros: 1_700_000_000_000_000,
            id: Uuid::from_u128(3),
        };
        let cursor = cursors.write(list, place);
        assert_eq!(cursors.read(list, &cursor).unwrap(), place);
        assert_eq!(cursors.read(list, "").unwrap(), Place::START);
        assert!(cursors.read(other, &cursor).is_err());
        for wrong in ["x", "AAAA", &cursor[1..], &cursor[..cursor.len() - 1]] {
            assert!(cursors.read(list, wrong).is_err(), "{wrong}");
        }
    }
}
