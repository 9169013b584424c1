use std::path::Path;

use serde::Serialize;

use super::{plan::Candidate, upload::Outcome};
use crate::{
    Error, ErrorKind, Result,
    output::{count, plain, size},
};

/// What an import came to. As JSON it is a contract.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Summary {
    /// The album; `None` where it was not created because there was nothing to put into it.
    pub album_id: Option<String>,
    /// What is in the album now and was not before.
    pub stored: Vec<StoredFile>,
    /// What did not need to be imported.
    pub skipped: Vec<SkippedFile>,
    /// What cannot be imported as it is.
    pub refused: Vec<FileProblem>,
    /// What went wrong and may go right another time.
    pub failed: Vec<FileProblem>,
    /// The bytes of what was stored.
    pub bytes: u64,
    /// How many files were read for their checksums: an import that goes on knows most of them.
    pub hashed: u64,
    /// How many files were not looked at, or not to the end, because the import stopped before.
    pub left: u64,
    /// Whether it was stopped by Ctrl-C.
    pub interrupted: bool,
    /// What made it stop before its end.
    #[serde(skip)]
    pub stopped: Option<Error>,
}

/// A file that was stored.
#[derive(Clone, Debug, Serialize)]
pub struct StoredFile {
    /// Where it is here.
    pub path: String,
    /// What it is there.
    pub media_id: String,
    /// Its length.
    pub bytes: u64,
}

/// A file that did not need to be imported.
#[derive(Clone, Debug, Serialize)]
pub struct SkippedFile {
    /// Where it is here.
    pub path: String,
    /// Why, for programs.
    pub why: Why,
    /// Why, for people.
    pub reason: String,
    /// The media item that the account already has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media_id: Option<String>,
}

/// Why a file was skipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// The account has it already.
    AlreadyStored,
    /// Another file of this import has the same bytes.
    SameFileTwice,
    /// Its name starts with a dot.
    Hidden,
    /// It is a symbolic link inside a folder.
    SymbolicLink,
}

/// A file that was not imported.
#[derive(Clone, Debug, Serialize)]
pub struct FileProblem {
    /// Where it is here.
    pub path: String,
    /// Why, for people.
    pub reason: String,
}

impl SkippedFile {
    /// A file that was skipped for a reason.
    pub fn new(path: &Path, why: Why, reason: impl Into<String>) -> Self {
        Self {
            path: path.display().to_string(),
            why,
            reason: reason.into(),
            media_id: None,
        }
    }
}

impl FileProblem {
    /// A file that was not imported for a reason.
    pub fn new(path: &Path, reason: impl Into<String>) -> Self {
        Self {
            path: path.display().to_string(),
            reason: reason.into(),
        }
    }
}

impl Summary {
    /// Adds what became of one file.
    pub(super) fn add(&mut self, candidate: &Candidate, outcome: Outcome) {
        let path = &candidate.path;
        match outcome {
            Outcome::Stored { media_id } => {
                let bytes = candidate.stamp.bytes;
                self.bytes += bytes;
                let path = path.display().to_string();
                self.stored.push(StoredFile {
                    path,
                    media_id,
                    bytes,
                });
            }
            Outcome::Skipped(skipped) => self.skipped.push(skipped),
            Outcome::Refused(reason) => self.refused.push(FileProblem::new(path, reason)),
            Outcome::Failed(reason) => self.failed.push(FileProblem::new(path, reason)),
            Outcome::Left => {}
        }
    }

    /// Whether all went well; otherwise the error that the command ends with.
    pub fn verdict(&self) -> Result<()> {
        let problems = self.refused.len() + self.failed.len();
        if self.interrupted {
            let message = "interrupted; run the same command again to go on from here";
            Err(Error::new(ErrorKind::Interrupted, message))
        } else if let Some(error) = &self.stopped {
            let message = format!("{error}. Run the same command again to go on from here");
            Err(Error::new(error.kind(), message))
        } else if problems > 0 {
            let problems = count(problems as u64, "file");
            Err(Error::new(
                ErrorKind::Failed,
                format!("{problems} could not be imported"),
            ))
        } else {
            Ok(())
        }
    }

    /// For people.
    pub fn text(&self) -> String {
        let already =
            |file: &&SkippedFile| matches!(file.why, Why::AlreadyStored | Why::SameFileTwice);
        let already = self.skipped.iter().filter(already).count();
        let mut lines = vec![format!(
            "{} stored ({}), {already} already there, {} left out, {} refused, {} failed",
            self.stored.len(),
            size(self.bytes),
            self.skipped.len() - already,
            self.refused.len(),
            self.failed.len(),
        )];
        if self.left > 0 {
            lines.push(format!("{} still to do", count(self.left, "file")));
        }
        lines.extend(listed("skipped", &self.skipped, |file| {
            (&file.path, &file.reason)
        }));
        // All of these: somebody has to do something about each.
        for (what, problems) in [("refused", &self.refused), ("failed", &self.failed)] {
            lines.extend(
                problems
                    .iter()
                    .map(|problem| line(what, &problem.path, &problem.reason)),
            );
        }
        lines.join("\n")
    }
}

/// The first few, and how many more there are.
fn listed<T>(what: &str, items: &[T], parts: impl Fn(&T) -> (&str, &str)) -> Vec<String> {
    const MOST: usize = 10;
    let mut lines: Vec<String> = items
        .iter()
        .take(MOST)
        .map(|item| {
            let (path, reason) = parts(item);
            line(what, path, reason)
        })
        .collect();
    if items.len() > MOST {
        lines.push(format!(
            "{what}  … and {} more (--json names them all)",
            items.len() - MOST
        ));
    }
    lines
}

fn line(what: &str, path: &str, reason: &str) -> String {
    format!("{what}  {}: {}", plain(path), plain(reason))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_verdict_names_the_worst_that_happened() {
        let mut summary = Summary::default();
        assert!(summary.verdict().is_ok());
        summary
            .refused
            .push(FileProblem::new(Path::new("a.txt"), "it is empty"));
        assert_eq!(summary.verdict().unwrap_err().kind().exit_code(), 1);
        summary.stopped = Some(Error::new(ErrorKind::Unreachable, "no answer"));
        assert_eq!(summary.verdict().unwrap_err().kind().exit_code(), 5);
        summary.interrupted = true;
        assert_eq!(summary.verdict().unwrap_err().kind().exit_code(), 130);
    }

    #[test]
    fn the_json_form_has_the_fields_that_are_promised() {
        let path = Path::new("사진.jpg");
        let summary = Summary {
            album_id: Some("0193".to_owned()),
            skipped: vec![SkippedFile::new(
                path,
                Why::SameFileTwice,
                "the same as b.jpg",
            )],
            failed: vec![FileProblem::new(path, "it cannot be read")],
            ..Summary::default()
        };
        assert_eq!(
            serde_json::to_value(&summary).unwrap(),
            serde_json::json!({
                "album_id": "0193",
                "stored": [],
                "skipped": [
                    {"path": "사진.jpg", "why": "same_file_twice", "reason": "the same as b.jpg"}
                ],
                "refused": [],
                "failed": [{"path": "사진.jpg", "reason": "it cannot be read"}],
                "bytes": 0,
                "hashed": 0,
                "left": 0,
                "interrupted": false,
            })
        );
    }

    #[test]
    fn a_long_list_of_skipped_files_is_cut_and_problems_are_not() {
        let file =
            |number| SkippedFile::new(Path::new(&format!("{number}")), Why::Hidden, "hidden");
        let problem = |number| FileProblem::new(Path::new(&format!("{number}")), "empty");
        let summary = Summary {
            skipped: (0..50).map(file).collect(),
            refused: (0..50).map(problem).collect(),
            ..Summary::default()
        };
        let text = summary.text();
        assert!(text.contains("… and 40 more"), "{text}");
        assert_eq!(text.matches("refused  ").count(), 50, "{text}");
    }
}
