//! How data and messages are printed.

use std::io::{self, BufRead as _, ErrorKind as IoErrorKind, IsTerminal as _, Write as _};

use comfy_table::{ContentArrangement, Table, presets::NOTHING};
use indicatif::DecimalBytes;
use serde::Serialize;
use time::{OffsetDateTime, format_description::well_known::Rfc3339, macros::format_description};

use crate::{Error, ErrorKind, Result};

/// Prints what a command found: data on standard output, all else on standard error.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    /// One JSON document instead of text.
    pub json: bool,
}

impl Output {
    /// Prints data, in the one form or the other.
    pub fn data(self, value: &impl Serialize, text: impl FnOnce() -> String) -> Result<()> {
        let text = if self.json {
            serde_json::to_string_pretty(value)
                .map_err(|error| Error::new(ErrorKind::Failed, format!("JSON: {error}")))?
        } else {
            text()
        };
        print(&text)
    }

    /// Prints one of many data that come one after the other: a line each, in the one form or the other.
    pub fn line(self, value: &impl Serialize, text: impl FnOnce() -> String) -> Result<()> {
        let text = if self.json {
            serde_json::to_string(value)
                .map_err(|error| Error::new(ErrorKind::Failed, format!("JSON: {error}")))?
        } else {
            text()
        };
        print(&text)
    }

    /// Tells a person something.
    pub fn note(self, text: &str) {
        eprintln!("{text}");
    }
}

fn print(text: &str) -> Result<()> {
    match writeln!(io::stdout(), "{}", text.trim_end()) {
        // Whoever read it has read enough, as `head` does.
        Err(error) if error.kind() != IoErrorKind::BrokenPipe => Err(Error::new(
            ErrorKind::Failed,
            format!("cannot print: {error}"),
        )),
        _ => Ok(()),
    }
}

/// Asks before what cannot be undone. Without a terminal to ask on it is refused.
pub fn confirm(question: &str, yes: bool) -> Result<()> {
    confirm_with(question, yes, "nothing was deleted")
}

/// The same, saying in these words that nothing happened.
pub fn confirm_with(question: &str, yes: bool, nothing: &str) -> Result<()> {
    if yes {
        return Ok(());
    }
    if !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
        let message = format!(
            "{question} This cannot be undone, and there is no terminal to ask on: add --yes"
        );
        return Err(Error::new(ErrorKind::Usage, message));
    }
    eprint!("{question} This cannot be undone. [y/N] ");
    let mut answer = String::new();
    let read = io::stdin().lock().read_line(&mut answer);
    if read.is_ok() && matches!(answer.trim().to_lowercase().as_str(), "y" | "yes") {
        Ok(())
    } else {
        Err(Error::new(ErrorKind::Failed, nothing))
    }
}

/// A table without lines.
pub fn table(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table
        .load_style(NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(header.iter().copied()).add_rows(rows);
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table.trim_fmt()
}

/// Names and values, one a line.
pub fn card(rows: &[(&str, String)]) -> String {
    let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let lines: Vec<String> = rows
        .iter()
        .map(|(name, value)| format!("{name:width$}  {value}"))
        .collect();
    lines.join("\n")
}

/// Bytes for people: `3.50 MB`.
pub fn size(bytes: u64) -> String {
    DecimalBytes(bytes).to_string()
}

/// `1 photo`, `2 photos`.
pub fn count(number: u64, thing: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {thing}{plural}")
}

/// A time for programs: RFC 3339, UTC.
pub fn timestamp(micros: i64) -> String {
    moment(micros).format(&Rfc3339).unwrap_or_default()
}

/// A time for people, UTC.
pub fn date(micros: i64) -> String {
    let format = format_description!("[year]-[month]-[day] [hour]:[minute]");
    moment(micros).format(&format).unwrap_or_default()
}

/// A time by somebody's own clock, which is so many minutes ahead of UTC, where that is known.
pub fn local_time(micros: i64, offset_minutes: Option<i32>) -> String {
    let format = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]");
    let time = moment(micros).format(&format).unwrap_or_default();
    match offset_minutes {
        None => time,
        Some(minutes) => {
            let sign = if minutes < 0 { '-' } else { '+' };
            let minutes = minutes.unsigned_abs();
            format!("{time}{sign}{:02}:{:02}", minutes / 60, minutes % 60)
        }
    }
}

/// A text from outside, fit for a terminal: it must not move the cursor or change colours.
pub fn plain(text: &str) -> String {
    text.chars()
        .map(|character| {
            if character.is_control() {
                '\u{fffd}'
            } else {
                character
            }
        })
        .collect()
}

/// Bytes as hexadecimal digits.
pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |text, byte| {
            format!("{text}{byte:02x}")
        })
}

fn moment(micros: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1000)
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_from_outside_cannot_command_the_terminal() {
        assert_eq!(
            plain("제주 \u{1b}[31mred\r\n"),
            "제주 \u{fffd}[31mred\u{fffd}\u{fffd}"
        );
    }

    #[test]
    fn times_are_utc_in_both_forms() {
        assert_eq!(timestamp(1_763_874_184_250_000), "2025-11-23T05:03:04.25Z");
        assert_eq!(date(1_763_874_184_250_000), "2025-11-23 05:03");
        let local = |offset| local_time(1_763_874_184_250_000, offset);
        assert_eq!(local(None), "2025-11-23T05:03:04");
        assert_eq!(local(Some(-210)), "2025-11-23T05:03:04-03:30");
    }

    #[test]
    fn without_a_terminal_only_yes_deletes() {
        assert!(confirm("Delete it?", true).is_ok());
        if !io::stdin().is_terminal() {
            assert_eq!(
                confirm("Delete it?", false).unwrap_err().kind(),
                ErrorKind::Usage
            );
        }
    }

    #[test]
    fn a_card_lines_its_values_up() {
        assert_eq!(
            card(&[("id", "1".to_owned()), ("title", "x".to_owned())]),
            "id     1\ntitle  x"
        );
        assert_eq!(hexadecimal(&[0, 171, 255]), "00abff");
        assert_eq!(count(1, "photo"), "1 photo");
    }
}
