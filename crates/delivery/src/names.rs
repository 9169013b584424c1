//! Names for files that come from outside: nothing in them may leave the folder or hide.

use std::collections::{HashMap, HashSet};

/// Leaves room for ` (1000)` and `.part` within the 255 bytes that file systems allow.
const MOST_BYTES: usize = 230;

/// A name without folders, control characters, a leading dot or characters that turn the writing
/// direction, and not too long.
pub fn safe(name: &str) -> String {
    let replaced: String = name
        .chars()
        .map(|character| match character {
            '/' | '\\' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '_',
            character if character.is_control() => '_',
            character => character,
        })
        .collect();
    let trimmed = replaced.trim().trim_end_matches(['.', ' ']);
    if trimmed.is_empty() {
        return "unnamed".to_owned();
    }
    // A hidden file could be taken for somebody's settings.
    let visible = match trimmed.strip_prefix('.') {
        Some(rest) => format!("_{rest}"),
        None => trimmed.to_owned(),
    };
    shortened(&visible)
}

/// The `number`th name to try: `a.jpg`, `a (2).jpg`, `a (3).jpg` …
pub fn numbered(name: &str, number: u32) -> String {
    if number == 1 {
        return name.to_owned();
    }
    let (stem, extension) = split(name);
    format!("{stem} ({number}){extension}")
}

/// The name of the file that holds what has arrived so far.
pub fn partial(name: &str) -> String {
    format!("{name}.part")
}

/// The names that are spoken for in one folder.
#[derive(Debug, Default)]
pub struct Taken(HashSet<String>);

impl Taken {
    /// Takes a name and its partial one, unless one of them is taken. Some file systems do not tell
    /// capitals from small letters, so neither does this.
    pub fn take(&mut self, name: &str) -> bool {
        let both = [name.to_lowercase(), partial(name).to_lowercase()];
        let free = !both.iter().any(|name| self.0.contains(name));
        if free {
            self.0.extend(both);
        }
        free
    }
}

/// Gives each file of an archive a name of its own that every system can unpack.
#[derive(Debug, Default)]
pub struct Unique {
    taken: HashSet<String>,
    next: HashMap<String, u32>,
}

impl Unique {
    /// The name of one more file. A thousand files of one name take no longer than a thousand others.
    pub fn name(&mut self, file_name: &str) -> String {
        let name = portable(&safe(file_name));
        let lowercase = name.to_lowercase();
        if self.taken.insert(lowercase.clone()) {
            return name;
        }
        let next = self.next.entry(lowercase).or_insert(1);
        loop {
            *next = next.saturating_add(1);
            let numbered = numbered(&name, *next);
            if self.taken.insert(numbered.to_lowercase()) {
                return numbered;
            }
        }
    }
}

/// A safe name without what Windows does not take.
fn portable(name: &str) -> String {
    let name: String = name
        .chars()
        .map(|character| match character {
            ':' | '*' | '?' | '"' | '<' | '>' | '|' => '_',
            other => other,
        })
        .collect();
    let device = name
        .split('.')
        .next()
        .unwrap_or_default()
        .to_ascii_uppercase();
    let numbered = |prefix: &str| {
        let number = device.strip_prefix(prefix);
        number.is_some_and(|number| number.len() == 1 && number.as_bytes()[0].is_ascii_digit())
    };
    let is_device = matches!(device.trim_end(), "CON" | "PRN" | "AUX" | "NUL");
    if is_device || numbered("COM") || numbered("LPT") {
        format!("_{name}")
    } else {
        name
    }
}

fn shortened(name: &str) -> String {
    let (stem, extension) = split(name);
    let room = MOST_BYTES.saturating_sub(extension.len());
    if stem.len() <= room {
        return name.to_owned();
    }
    let end = (0..=room)
        .rev()
        .find(|end| stem.is_char_boundary(*end))
        .unwrap_or(0);
    format!("{}{extension}", &stem[..end])
}

/// The name before its extension, and the extension with its dot. Only a short one is one.
fn split(name: &str) -> (&str, &str) {
    match name.rfind('.') {
        Some(dot) if dot > 0 && name.len() - dot <= 16 => name.split_at(dot),
        _ => (name, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_leaves_the_folder_or_hides() {
        for (name, safe_name) in [
            ("바다 (1).jpg", "바다 (1).jpg"),
            ("../../etc/passwd", "_._.._etc_passwd"),
            ("..", "unnamed"),
            (".", "unnamed"),
            ("", "unnamed"),
            ("  ", "unnamed"),
            ("/", "_"),
            ("a/b\\c.jpg", "a_b_c.jpg"),
            (".bashrc", "_bashrc"),
            ("line\nbreak\0.jpg", "line_break_.jpg"),
            ("photo\u{202e}gpj.exe", "photo_gpj.exe"),
            ("trailing. . ", "trailing"),
        ] {
            let result = safe(name);
            assert_eq!(result, safe_name, "{name:?}");
            let path = std::path::Path::new(&result);
            assert_eq!(path.components().count(), 1, "{name:?}");
        }
    }

    #[test]
    fn a_long_name_is_cut_between_characters_and_keeps_its_extension() {
        let name = safe(&format!("{}.jpeg", "사진".repeat(100)));
        assert!(name.len() <= MOST_BYTES, "{}", name.len());
        assert_eq!(split(&name).1, ".jpeg");
        assert!(name.starts_with("사진"), "{name}");
        assert!(partial(&numbered(&name, 1000)).len() <= 255);
    }

    #[test]
    fn clashing_names_are_numbered_before_the_extension() {
        assert_eq!(numbered("a.b.jpg", 1), "a.b.jpg");
        assert_eq!(numbered("a.b.jpg", 2), "a.b (2).jpg");
        assert_eq!(numbered("README", 3), "README (3)");
    }

    #[test]
    fn files_of_an_archive_have_names_of_their_own_that_every_system_takes() {
        let mut unique = Unique::default();
        let given = [
            "a.jpg",
            "A.jpg",
            "a (2).jpg",
            "a.jpg",
            "../x:y?.png",
            "con.jpg",
            "com1",
            "",
        ];
        let names: Vec<String> = given.iter().map(|name| unique.name(name)).collect();
        let expected = [
            "a.jpg",
            "A (2).jpg",
            "a (2) (2).jpg",
            "a (3).jpg",
            "_._x_y_.png",
            "_con.jpg",
            "_com1",
            "unnamed",
        ];
        assert_eq!(names, expected);
        for number in 2..=20_000 {
            assert_eq!(unique.name(""), format!("unnamed ({number})"));
        }
    }

    #[test]
    fn a_name_is_taken_once_whatever_its_case_and_so_is_its_partial_one() {
        let mut taken = Taken::default();
        assert!(taken.take("a.jpg"));
        assert!(!taken.take("A.JPG"));
        assert!(!taken.take("a.jpg.part"));
        assert!(taken.take("b.jpg"));
    }
}
