use std::collections::BTreeMap;

use picup_proto::operations::v1::{
    AuditObjectsResponse, AuditProgress, ObjectFinding, ObjectFindingKind,
};
use serde::Serialize;

use super::{KEPT, failed, spinner};
use crate::{
    Result,
    client::Client,
    output::{count, date, plain, size, timestamp},
};

/// What an audit of objects found.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ObjectsReport {
    /// Objects in S3 that were looked at.
    pub objects: u64,
    /// Their bytes.
    pub object_bytes: u64,
    /// How many differences there are.
    pub difference_count: u64,
    /// How many there are of each kind, what lies in quarantine included.
    pub counts: BTreeMap<&'static str, u64>,
    /// The first 10,000 of them.
    pub findings: Vec<ObjectFindingView>,
}

/// An object that S3 and the log do not agree on, or that lies in quarantine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ObjectFindingView {
    /// `unexplained`, `missing`, `wrong-length`, `unexplained-upload` or `quarantined`.
    pub kind: &'static str,
    /// Its key.
    pub key: String,
    /// Its length by the log; 0 where that says nothing.
    pub expected_bytes: u64,
    /// Its length by S3; 0 where there is nothing.
    pub found_bytes: u64,
    /// What is wrong, in words.
    pub what: String,
    /// Since when it has been in quarantine.
    pub since: Option<String>,
    #[serde(skip)]
    since_micros: Option<i64>,
}

/// Audits the objects of one account, or the whole bucket, showing on standard error how far it is.
pub async fn audit_objects(client: &Client, account: Option<&str>) -> Result<ObjectsReport> {
    let mut report = ObjectsReport::default();
    let bar = spinner();
    let audited = client
        .audit_objects(account, |answer| {
            report.take(answer);
            bar.set_message(report.progress());
        })
        .await;
    bar.finish_and_clear();
    audited.map(|()| report)
}

impl ObjectsReport {
    fn take(&mut self, answer: AuditObjectsResponse) {
        let AuditProgress {
            objects,
            object_bytes,
            ..
        } = answer.progress.unwrap_or_default();
        (self.objects, self.object_bytes) = (objects, object_bytes);
        for finding in answer.findings {
            let view = ObjectFindingView::from(finding);
            *self.counts.entry(view.kind).or_default() += 1;
            // What lies in quarantine and is still unexplained was found along the bucket, too.
            self.difference_count += u64::from(view.kind != QUARANTINED);
            if self.findings.len() < KEPT {
                self.findings.push(view);
            }
        }
    }

    fn progress(&self) -> String {
        format!(
            "{} ({}), {}",
            count(self.objects, "object"),
            size(self.object_bytes),
            count(self.difference_count, "difference")
        )
    }

    /// For people.
    pub fn text(&self) -> String {
        let mut lines: Vec<String> = self.findings.iter().map(ObjectFindingView::text).collect();
        let all: u64 = self.counts.values().sum();
        let unnamed = all - self.findings.len() as u64;
        if unnamed > 0 {
            lines.push(format!("… and {unnamed} more"));
        }
        lines.push(format!("audited {}", self.progress()));
        lines.join("\n")
    }

    /// An error where there is a difference.
    pub fn verdict(&self) -> Result<()> {
        match self.difference_count {
            0 => Ok(()),
            differences => Err(failed(format!(
                "{} found: docs/operating.md says what to do about each",
                count(differences, "difference")
            ))),
        }
    }
}

const QUARANTINED: &str = "quarantined";

impl From<ObjectFinding> for ObjectFindingView {
    fn from(finding: ObjectFinding) -> Self {
        Self {
            kind: kind(finding.kind()),
            key: finding.key,
            expected_bytes: finding.expected_bytes,
            found_bytes: finding.found_bytes,
            what: finding.what,
            since: finding.since_micros.map(timestamp),
            since_micros: finding.since_micros,
        }
    }
}

impl ObjectFindingView {
    fn text(&self) -> String {
        let since = self.since_micros.map(date);
        let since = since.map(|since| format!(", since {since} UTC"));
        format!(
            "{}  {}  {} of {} bytes: {}{}",
            self.kind,
            plain(&self.key),
            self.found_bytes,
            self.expected_bytes,
            self.what,
            since.unwrap_or_default()
        )
    }
}

fn kind(kind: ObjectFindingKind) -> &'static str {
    match kind {
        ObjectFindingKind::Unspecified => "unknown",
        ObjectFindingKind::Unexplained => "unexplained",
        ObjectFindingKind::Missing => "missing",
        ObjectFindingKind::WrongLength => "wrong-length",
        ObjectFindingKind::UnexplainedUpload => "unexplained-upload",
        ObjectFindingKind::Quarantined => QUARANTINED,
    }
}
