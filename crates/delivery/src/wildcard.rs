/// Whether a text fits a pattern in which `*` stands for any characters, none included, and `?` for any one. It
/// takes at most the product of both lengths: only the last `*` is ever tried again.
pub fn fits(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut at, mut read) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while read < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, read));
                at += 1;
            }
            Some(&byte) if byte == b'?' || byte == text[read] => {
                at += 1;
                read += 1;
            }
            _ => match star {
                Some((place, taken)) => {
                    star = Some((place, taken + 1));
                    at = place + 1;
                    read = taken + 1;
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_stand_for_what_they_stand_for_and_nothing_else_does() {
        for (pattern, text) in [
            ("https://x/u/7/*", "https://x/u/7/m/1/original"),
            ("https://x/u/7/*", "https://x/u/7/"),
            ("*", ""),
            ("*", "anything?at=all"),
            ("http*://x/a?c", "https://x/abc"),
            ("a*b*c", "a-b-b-c-c"),
            ("same", "same"),
        ] {
            assert!(fits(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [
            ("https://x/u/7/*", "https://x/u/7"),
            ("https://x/u/7/*", "https://x/u/8/m"),
            ("https://x/u/7/*", "http://x/u/7/m"),
            ("a?c", "ac"),
            ("a*b*c", "a-b-b"),
            ("same", "Same"),
            ("", "x"),
        ] {
            assert!(!fits(pattern, text), "{pattern} {text}");
        }
    }

    #[test]
    fn a_pattern_made_to_take_long_does_not() {
        let pattern = "*a".repeat(200) + "b";
        assert!(!fits(&pattern, &"a".repeat(4000)));
    }
}
