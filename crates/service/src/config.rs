//! Settings from variables: typed, with defaults, and with all mistakes reported at once.

use std::{collections::HashMap, fmt, fs, hash::BuildHasher, str::FromStr, time::Duration};

use secrecy::SecretString;

/// Where variables come from.
pub trait Source: Send + Sync {
    /// The value of a variable, if it is set.
    fn get(&self, name: &str) -> Option<String>;
}

/// The environment of the process. Nothing else reads it, so that tests never depend on it.
#[derive(Clone, Copy, Debug)]
pub struct Environment;

impl Source for Environment {
    fn get(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }
}

impl<S: BuildHasher + Send + Sync> Source for HashMap<String, String, S> {
    fn get(&self, name: &str) -> Option<String> {
        HashMap::get(self, name).cloned()
    }
}

/// Every mistake in the configuration, a line each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError(Vec<String>);

impl fmt::Display for ConfigError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the configuration has mistakes:")?;
        self.0
            .iter()
            .try_for_each(|mistake| write!(formatter, "\n  {mistake}"))
    }
}

impl std::error::Error for ConfigError {}

/// Reads settings and collects what is wrong with them.
pub struct Reader<'a> {
    source: &'a dyn Source,
    mistakes: Vec<String>,
}

impl<'a> Reader<'a> {
    /// Reads from a source.
    pub fn new(source: &'a dyn Source) -> Self {
        Self {
            source,
            mistakes: Vec::new(),
        }
    }

    /// A value that must be there.
    pub fn required<T: FromStr>(&mut self, name: &str, expected: &str) -> Option<T> {
        match self.source.get(name) {
            Some(text) => self.parse(name, &text, expected),
            None => {
                self.mistakes
                    .push(format!("{name} is missing: set it to {expected}"));
                None
            }
        }
    }

    /// A value that has a default.
    pub fn optional<T: FromStr>(&mut self, name: &str, default: T, expected: &str) -> T {
        match self.source.get(name) {
            Some(text) => self.parse(name, &text, expected).unwrap_or(default),
            None => default,
        }
    }

    /// A number of seconds that may be left out.
    pub fn seconds(&mut self, name: &str, default: u64) -> Duration {
        Duration::from_secs(self.optional(name, default, "a number of seconds"))
    }

    /// A secret that must be there: in `NAME`, or in the file that `NAME_FILE` names.
    pub fn secret(&mut self, name: &str) -> Option<SecretString> {
        self.text(name).map(SecretString::from)
    }

    /// A text that must be there: in `NAME`, or in the file that `NAME_FILE` names.
    pub fn text(&mut self, name: &str) -> Option<String> {
        let file_name = format!("{name}_FILE");
        match (self.source.get(name), self.source.get(&file_name)) {
            (Some(_), Some(_)) => {
                self.mistakes
                    .push(format!("{name} and {file_name} are both set: set only one"));
                None
            }
            (Some(text), None) => Some(text),
            (None, Some(file)) => match fs::read_to_string(&file) {
                Ok(text) => Some(text.strip_suffix('\n').unwrap_or(&text).to_owned()),
                Err(error) => {
                    self.mistakes
                        .push(format!("{file_name}: cannot read {file}: {error}"));
                    None
                }
            },
            (None, None) => {
                self.mistakes
                    .push(format!("{name} is missing: set it, or {file_name}"));
                None
            }
        }
    }

    /// A secret that may be left out: in `NAME`, or in the file that `NAME_FILE` names.
    pub fn optional_secret(&mut self, name: &str) -> Option<SecretString> {
        let given = [name, &format!("{name}_FILE")].map(|name| self.source.get(name));
        if given.iter().all(Option::is_none) {
            return None;
        }
        self.secret(name)
    }

    /// Records a mistake that a caller found. The value itself is not repeated: it may be a secret.
    pub fn mistake(&mut self, name: &str, expected: &str) {
        self.mistakes.push(format!("{name} is not {expected}"));
    }

    /// The settings, if nothing was wrong with them.
    pub fn finish<T>(self, build: impl FnOnce() -> Option<T>) -> Result<T, ConfigError> {
        if !self.mistakes.is_empty() {
            return Err(ConfigError(self.mistakes));
        }
        build().ok_or_else(|| ConfigError(vec!["a setting is missing".to_owned()]))
    }

    fn parse<T: FromStr>(&mut self, name: &str, text: &str, expected: &str) -> Option<T> {
        let parsed = text.parse().ok();
        if parsed.is_none() {
            self.mistakes
                .push(format!("{name} is {text:?}, which is not {expected}"));
        }
        parsed
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    fn source(variables: &[(&str, &str)]) -> HashMap<String, String> {
        variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn all_mistakes_are_reported_at_once_with_what_was_expected() {
        let source = source(&[("PORT", "many"), ("KEY", "a"), ("KEY_FILE", "b")]);
        let mut reader = Reader::new(&source);
        let _ = reader.required::<String>("HOST", "a host");
        let _ = reader.optional("PORT", 1_u16, "a port");
        let _ = reader.secret("KEY");
        let error = reader.finish(|| Some(())).unwrap_err().to_string();
        assert!(
            error.contains("HOST is missing: set it to a host"),
            "{error}"
        );
        assert!(
            error.contains("PORT is \"many\", which is not a port"),
            "{error}"
        );
        assert!(error.contains("KEY and KEY_FILE are both set"), "{error}");
    }

    #[test]
    fn a_secret_may_be_a_file_and_loses_one_line_end() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), "hush\n\n").unwrap();
        let source = source(&[("KEY_FILE", file.path().to_str().unwrap())]);
        let mut reader = Reader::new(&source);
        assert_eq!(reader.secret("KEY").unwrap().expose_secret(), "hush\n");
        assert!(reader.finish(|| Some(())).is_ok());
    }
}
