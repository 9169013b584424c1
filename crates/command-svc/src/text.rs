//! Personal text on its way into the log: checked, then sealed with its account's key.

use picup_event_log::{AccountKeys, KeyError};
use picup_event_types::{AccountKey, PersonalField};
use picup_service::errors::{ErrorCode, Fault};
use uuid::Uuid;

/// Checks a line of text that a person typed and trims it.
pub fn line(field: &'static str, text: &str, most: usize) -> Result<String, Fault> {
    let text = text.trim();
    let length = text.chars().count();
    if length == 0 || length > most || text.chars().any(char::is_control) {
        let expected = format!("1 to {most} characters in one line");
        return Err(Fault::invalid(field, expected));
    }
    Ok(text.to_owned())
}

/// Checks an address and brings it to the form that it is looked up by.
pub fn email(text: &str) -> Result<String, Fault> {
    let text = line("email", text, 254)?;
    let valid = text.split_once('@').is_some_and(|(local, host)| {
        !local.is_empty()
            && host.contains('.')
            && !host.starts_with('.')
            && !host.ends_with('.')
            && !host.contains('@')
            && !text.contains(char::is_whitespace)
    });
    if valid {
        Ok(text.to_lowercase())
    } else {
        Err(Fault::invalid(
            "email",
            "an address such as name@example.org",
        ))
    }
}

/// Whether a password is long enough, and short enough that nobody makes us hash a megabyte.
pub fn is_password(text: &str) -> bool {
    (10..=256).contains(&text.chars().count())
}

/// Seals a checked text for an account.
pub async fn seal(
    keys: &AccountKeys,
    account: Uuid,
    field: PersonalField,
    text: &str,
) -> Result<Vec<u8>, Fault> {
    let key = keys.get(account).await.map_err(key_fault)?;
    seal_with(&key, field, text)
}

/// Seals a checked text with a key that is at hand.
pub fn seal_with(key: &AccountKey, field: PersonalField, text: &str) -> Result<Vec<u8>, Fault> {
    key.seal(field, text)
        .map_err(|error| Fault::new(ErrorCode::Internal, error.to_string()))
}

/// What a missing key means for who asked.
pub fn key_fault(error: KeyError) -> Fault {
    match error {
        KeyError::Erased => Fault::new(ErrorCode::NotFound, "there is no such account"),
        KeyError::Unwrap => Fault::new(ErrorCode::Internal, error.to_string()),
        KeyError::Database(_) => Fault::new(ErrorCode::Unavailable, "the database does not answer"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_trimmed_and_neither_empty_nor_long_nor_many() {
        assert_eq!(line("title", "  제주 여행 ", 20).unwrap(), "제주 여행");
        for wrong in ["", "   ", "two\nlines", &"x".repeat(21)] {
            assert!(line("title", wrong, 20).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn an_address_is_found_again_however_its_case() {
        assert_eq!(email(" Mina@Example.ORG ").unwrap(), "mina@example.org");
        for wrong in [
            "mina",
            "@example.org",
            "mina@",
            "mina@example",
            "a b@example.org",
            "a@b@c.d",
        ] {
            assert!(email(wrong).is_err(), "{wrong:?}");
        }
    }
}
