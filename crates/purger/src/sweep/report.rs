use serde::Serialize;

use super::SweepError;

/// Findings and failures that are kept, at most; more are counted.
const KEPT: usize = 1000;

/// What a sweep has done, or would do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SweepReport {
    /// Whether it only looked. Then the counts say what would be done.
    pub dry_run: bool,
    /// Whether it was stopped before it came to its end: run it again.
    pub stopped: bool,
    /// Uploads that were never completed and are abandoned now.
    pub expired_uploads: u64,
    /// Items that had lain in the trash for as long as it keeps and are deleted now.
    pub expired_trash: u64,
    /// Objects in S3 that were looked at.
    pub objects: u64,
    /// Their bytes.
    pub object_bytes: u64,
    /// Open uploads in parts that were looked at.
    pub uploads_in_parts: u64,
    /// What was put into quarantine.
    pub quarantined: u64,
    /// What left quarantine because it is explained now, or gone.
    pub released: u64,
    /// What stays in quarantine.
    pub in_quarantine: u64,
    /// What was deleted after its time in quarantine.
    pub deleted: u64,
    /// Its bytes.
    pub deleted_bytes: u64,
    /// What failed.
    pub failed: u64,
    /// The first 1000 things that were done, or would be.
    pub done: Vec<Found>,
    /// The first 1000 failures.
    pub failures: Vec<String>,
}

/// One thing that a sweep has done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Found {
    /// `expired-upload`, `expired-trash`, `quarantined`, `released` or `deleted`.
    pub what: &'static str,
    /// The media item's id, or the object's key.
    pub of: String,
    /// The object's length, where it is one.
    pub bytes: u64,
    /// Why.
    pub reason: String,
}

/// A report in the making.
pub(super) struct Tally {
    report: SweepReport,
}

impl Tally {
    pub(super) fn new(dry_run: bool) -> Self {
        let report = SweepReport {
            dry_run,
            ..SweepReport::default()
        };
        Self { report }
    }

    pub(super) fn counts(&mut self) -> &mut SweepReport {
        &mut self.report
    }

    pub(super) fn did(&mut self, found: Found) {
        tracing::info!(
            what = found.what,
            of = found.of,
            bytes = found.bytes,
            reason = found.reason,
            "swept"
        );
        if self.report.done.len() < KEPT {
            self.report.done.push(found);
        }
    }

    /// One thing failed.
    pub(super) fn failed(&mut self, what: &str, error: &dyn std::fmt::Display) {
        tracing::warn!(what, %error, "the sweep leaves this for the next one");
        self.report.failed += 1;
        if self.report.failures.len() < KEPT {
            self.report.failures.push(format!("{what}: {error}"));
        }
    }

    /// A step has ended.
    pub(super) fn step(&mut self, name: &str, ended: Result<(), SweepError>) {
        if let Err(error) = ended {
            self.failed(name, &error);
        }
    }

    pub(super) fn report(self, stopped: bool) -> SweepReport {
        SweepReport {
            stopped,
            ..self.report
        }
    }
}

impl SweepReport {
    /// Whether everything that was to be done is done.
    pub fn is_clean(&self) -> bool {
        self.failed == 0 && !self.stopped
    }

    /// For people.
    pub fn text(&self) -> String {
        let would = if self.dry_run { "would be " } else { "" };
        let mut lines: Vec<String> = self.done.iter().map(Found::text).collect();
        lines.extend(
            self.failures
                .iter()
                .map(|failure| format!("FAILED {failure}")),
        );
        lines.push(format!(
            "{} objects ({} bytes) and {} open uploads looked at",
            self.objects, self.object_bytes, self.uploads_in_parts
        ));
        lines.push(format!(
            "{} uploads {would}abandoned, {} items of the trash {would}deleted",
            self.expired_uploads, self.expired_trash
        ));
        lines.push(format!(
            "{} {would}put into quarantine, {} {would}released, {} stay, {} {would}deleted ({} bytes)",
            self.quarantined, self.released, self.in_quarantine, self.deleted, self.deleted_bytes
        ));
        if self.failed > 0 {
            lines.push(format!(
                "{} failed: the next sweep tries again",
                self.failed
            ));
        }
        if self.stopped {
            lines.push("stopped before its end: run it again".to_owned());
        }
        lines.join("\n")
    }
}

impl Found {
    fn text(&self) -> String {
        // A key may hold anything, and must not command the terminal.
        let of: String = self.of.chars().flat_map(char::escape_default).collect();
        format!("{}  {of}  {} bytes  {}", self.what, self.bytes, self.reason)
    }
}
