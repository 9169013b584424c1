//! The base64 that CloudFront takes in URLs: `-`, `_` and `~` stand for `+`, `=` and `/`.

use base64::{Engine as _, prelude::BASE64_STANDARD};

/// Bytes as they stand in a URL.
pub fn encode(bytes: &[u8]) -> String {
    let text = BASE64_STANDARD.encode(bytes);
    let replaced = text.chars().map(|character| match character {
        '+' => '-',
        '=' => '_',
        '/' => '~',
        other => other,
    });
    replaced.collect()
}

/// Reads what [`encode`] wrote, and nothing that only looks like it: one text, one meaning.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let restored: Option<String> = text
        .chars()
        .map(|character| match character {
            '-' => Some('+'),
            '_' => Some('='),
            '~' => Some('/'),
            '+' | '=' | '/' => None,
            other => Some(other),
        })
        .collect();
    BASE64_STANDARD.decode(restored?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_characters_that_urls_do_not_take_are_replaced() {
        assert_eq!(encode(&[0xfb, 0xef, 0xff, 0xff]), "--~~~w__");
        assert_eq!(decode("--~~~w__"), Some(vec![0xfb, 0xef, 0xff, 0xff]));
    }

    #[test]
    fn every_length_reads_back_and_no_second_spelling_is_taken() {
        for length in 0..70_u8 {
            let bytes: Vec<u8> = (0..length).map(|byte| byte.wrapping_mul(37)).collect();
            assert_eq!(decode(&encode(&bytes)), Some(bytes));
        }
        // Plain base64, no padding, bits that mean nothing, white space.
        for wrong in ["+//A", "AA==", "AA", "AB__", "AA__ ", "AA_", "ä"] {
            assert_eq!(decode(wrong), None, "{wrong}");
        }
    }
}
