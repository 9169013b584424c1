use aws_lc_rs::digest::{SHA256, digest};

/// What errors of one kind have in common: the same for all that differ only in ids, numbers and quoted
/// text. 16 hexadecimal digits.
pub fn fingerprint(error: &str) -> String {
    let hash = digest(&SHA256, normalised(error).as_bytes());
    let first = hash.as_ref().iter().take(8);
    let number = first.fold(0, |number: u64, byte| (number << 8) | u64::from(*byte));
    format!("{number:016x}")
}

/// The error with a placeholder for every id, number and quoted text.
fn normalised(error: &str) -> String {
    let mut text = String::with_capacity(error.len());
    let mut rest = error;
    let mut in_word = false;
    while let Some(first) = rest.chars().next() {
        let quoted = closing(first).filter(|_| !in_word || first != '\'');
        let quoted = quoted.and_then(|closing| rest[first.len_utf8()..].find(closing));
        if let Some(length) = quoted {
            text.push_str("<text>");
            let closing = closing(first).map_or(1, char::len_utf8);
            rest = &rest[first.len_utf8() + length + closing..];
            in_word = false;
            continue;
        }
        let word = rest
            .find(|character: char| !is_of_word(character))
            .unwrap_or(rest.len());
        if word > 0 {
            let (word, behind) = rest.split_at(word);
            text.push_str(if is_value(word) { "<value>" } else { word });
            rest = behind;
            in_word = true;
        } else {
            text.push(first);
            rest = &rest[first.len_utf8()..];
            in_word = false;
        }
    }
    text
}

fn closing(opening: char) -> Option<char> {
    match opening {
        '"' | '\'' | '`' => Some(opening),
        '“' => Some('”'),
        '‘' => Some('’'),
        '«' => Some('»'),
        _ => None,
    }
}

fn is_of_word(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '-' | '_')
}

/// A number, perhaps with a unit, or an id in hexadecimal digits.
fn is_value(word: &str) -> bool {
    let digits = word.bytes().any(|byte| byte.is_ascii_digit());
    let starts_with_one = word.starts_with(|first: char| first.is_ascii_digit());
    let hexadecimal = |byte: u8| byte.is_ascii_hexdigit() || byte == b'-';
    digits && (starts_with_one || word.bytes().all(hexadecimal))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_that_differ_in_ids_numbers_and_quotes_only_are_of_one_kind() {
        for (one, other) in [
            (
                "stream album/0193a1b2-0000-7000-8000-000000000001 is at version 7, not 9",
                "stream album/f193a1b2-ffff-7000-8000-0000000000ff is at version 12, not 130",
            ),
            (
                "Duplicate entry 'a\"b' for key \"x\"",
                "Duplicate entry 'c' for key \"y\"",
            ),
            ("no key `a`", "no key `quite another`"),
            ("took 12ms", "took 7ms"),
        ] {
            assert_eq!(fingerprint(one), fingerprint(other), "{one}");
        }
    }

    #[test]
    fn errors_that_say_something_else_are_of_another_kind() {
        let kinds = [
            "the body is not an envelope",
            "the item isn't there, it's gone",
            "the item isn't there, it's elsewhere",
            "no event is called AlbumPainted",
            "no event is called AlbumBurnt",
            "",
        ];
        let mut fingerprints: Vec<String> = kinds.iter().map(|kind| fingerprint(kind)).collect();
        fingerprints.sort();
        fingerprints.dedup();
        assert_eq!(fingerprints.len(), kinds.len());
    }

    #[test]
    fn a_fingerprint_stays_what_it_is() {
        // Written down, because changing it would split every group there is.
        assert_eq!(normalised("a 'b' 7 c"), "a <text> <value> c");
        assert_eq!(fingerprint("a 'b' 7 c").len(), 16);
        assert_eq!(normalised("an 'open end"), "an 'open end");
        assert_eq!(normalised("제주 '여행' 2"), "제주 <text> <value>");
    }
}
