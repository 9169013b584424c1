//! Why there are no renditions: it lies in the file, or somewhere else.

use std::io;

use thiserror::Error;

/// Longest text of a decoder that is passed on, in characters.
const LONGEST_MESSAGE: usize = 200;

/// Why a file could not be rendered.
#[derive(Debug, Error)]
pub enum Failure {
    /// It lies in the file, or in what is installed: trying again leads to the same.
    #[error(transparent)]
    Unrenderable(#[from] Unrenderable),
    /// It does not lie in the file: trying again later may help.
    #[error(transparent)]
    Trouble(#[from] Trouble),
}

/// What in a file keeps it from being rendered, in words for the one whom it belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Unrenderable {
    /// There is nothing in it.
    #[error("the file is empty")]
    Empty,
    /// It is not what it was declared to be.
    #[error("the file is declared as {declared}, but its bytes are {}", .found.unwrap_or("no photo or video that Pic-up takes"))]
    WrongContent {
        /// The declared content type.
        declared: String,
        /// What the bytes speak of, where that is something Pic-up takes.
        found: Option<&'static str>,
    },
    /// More pixels than are decoded.
    #[error("{width} × {height} pixels are more than the {most} that are rendered")]
    TooManyPixels {
        /// Declared width in pixels.
        width: u64,
        /// Declared height in pixels.
        height: u64,
        /// The limit, in pixels.
        most: u64,
    },
    /// The file, or what would be made of it, is too long.
    #[error("{what} is longer than the {most} bytes that are allowed")]
    TooManyBytes {
        /// What is too long.
        what: &'static str,
        /// The limit.
        most: u64,
    },
    /// A video plays for too long.
    #[error("the video plays for {seconds} s, and at most {most} s are rendered")]
    TooLong {
        /// How long it plays.
        seconds: u64,
        /// The limit.
        most: u64,
    },
    /// The file ends before its content does.
    #[error("the file is incomplete: its end is missing ({message})")]
    Truncated {
        /// What the decoder said.
        message: String,
    },
    /// The file breaks the rules of its format.
    #[error("the file is damaged: {message}")]
    Malformed {
        /// What the decoder said.
        message: String,
    },
    /// A valid file of a kind that is not rendered.
    #[error("this kind of file is not rendered: {message}")]
    Unsupported {
        /// Which kind.
        message: String,
    },
    /// A program that decodes this kind of file is not installed.
    #[error("{program} is not installed here: install Debian's package {package}")]
    DecoderMissing {
        /// The program.
        program: &'static str,
        /// The package of Debian and Ubuntu that holds it.
        package: &'static str,
    },
    /// It was not done when its time was up.
    #[error("rendering took longer than {seconds} s")]
    OutOfTime {
        /// The limit.
        seconds: u64,
    },
    /// Rendering it would need too much memory.
    #[error("rendering needs more than the {most} bytes of memory that are allowed")]
    OutOfMemory {
        /// The limit.
        most: u64,
    },
}

impl Unrenderable {
    /// What it is called in events and answers: never changes.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "EMPTY",
            Self::WrongContent { .. } => "WRONG_CONTENT",
            Self::TooManyPixels { .. } => "TOO_MANY_PIXELS",
            Self::TooManyBytes { .. } => "TOO_MANY_BYTES",
            Self::TooLong { .. } => "TOO_LONG",
            Self::Truncated { .. } => "TRUNCATED",
            Self::Malformed { .. } => "MALFORMED",
            Self::Unsupported { .. } => "UNSUPPORTED",
            Self::DecoderMissing { .. } => "DECODER_MISSING",
            Self::OutOfTime { .. } => "OUT_OF_TIME",
            Self::OutOfMemory { .. } => "OUT_OF_MEMORY",
        }
    }

    pub(super) fn truncated(message: impl ToString) -> Self {
        let message = printable(&message.to_string(), LONGEST_MESSAGE);
        Self::Truncated { message }
    }

    pub(super) fn malformed(message: impl ToString) -> Self {
        let message = printable(&message.to_string(), LONGEST_MESSAGE);
        Self::Malformed { message }
    }

    pub(super) fn unsupported(message: impl ToString) -> Self {
        let message = printable(&message.to_string(), LONGEST_MESSAGE);
        Self::Unsupported { message }
    }
}

/// Something that is not the file's fault: a full disk, a program that cannot be started.
#[derive(Debug, Error)]
#[error("{doing}: {source}")]
pub struct Trouble {
    doing: &'static str,
    source: io::Error,
}

impl Trouble {
    /// For `map_err`: what was being done when it happened.
    pub(super) fn while_doing(doing: &'static str) -> impl Fn(io::Error) -> Failure {
        move |source| Self { doing, source }.into()
    }

    pub(super) fn saying(doing: &'static str, message: &str) -> Failure {
        let source = io::Error::other(printable(message, LONGEST_MESSAGE));
        Self { doing, source }.into()
    }
}

/// Text out of a file or of a decoder that saw one: in one line, without control characters, and not too long.
pub(super) fn printable(text: &str, most: usize) -> String {
    let words = text.split(|character: char| character.is_control() || character.is_whitespace());
    let mut line = String::new();
    for word in words.filter(|word| !word.is_empty()) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    let direction =
        |character: char| matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let visible = line.chars().filter(|character| !direction(*character));
    visible.take(most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_decoder_says_becomes_one_short_line_without_control_characters() {
        assert_eq!(
            printable(" bad\u{7}\nJPEG\u{202e} data \t", 200),
            "bad JPEG data"
        );
        assert_eq!(printable(&"가".repeat(300), 200).chars().count(), 200);
    }

    #[test]
    fn a_reason_tells_its_numbers() {
        let reason = Unrenderable::TooManyPixels {
            width: 65_535,
            height: 65_535,
            most: 200_000_000,
        };
        assert_eq!(reason.code(), "TOO_MANY_PIXELS");
        assert_eq!(
            reason.to_string(),
            "65535 × 65535 pixels are more than the 200000000 that are rendered"
        );
    }
}
