//! What the audits found, as it is told.

use picup_proto::operations::v1::{
    self as messages, AuditObjectsResponse, AuditProgress, AuditUsageResponse, CountWorkResponse,
    ObjectFindingKind, UsageDifference, UsageInFlight, UsageSource, Work, WorkItem,
};
use uuid::Uuid;

use crate::audit::{
    self, Difference, FindingKind, Findings, InFlight, ObjectFinding, ObjectsCursor, Progress,
    Source, UsageCursor,
};

/// What an audit of usage has found in one step.
pub fn usage(cursor: &UsageCursor, findings: Findings) -> AuditUsageResponse {
    let progress = cursor.progress();
    let in_flight = findings.in_flight.into_iter();
    AuditUsageResponse {
        cursor: cursor.write(),
        progress: Some(told(progress)),
        differences: findings.differences.into_iter().map(difference).collect(),
        in_flight: in_flight
            .map(|(account, in_flight)| under_way(account, in_flight))
            .collect(),
        done: cursor.is_done(),
    }
}

/// What an audit of objects has found in one step.
pub fn objects(cursor: &ObjectsCursor, findings: Vec<ObjectFinding>) -> AuditObjectsResponse {
    AuditObjectsResponse {
        cursor: cursor.write(),
        progress: Some(told(cursor.progress())),
        findings: findings.into_iter().map(finding).collect(),
        done: cursor.is_done(),
    }
}

fn finding(finding: ObjectFinding) -> messages::ObjectFinding {
    let kind = match finding.kind {
        FindingKind::Unexplained => ObjectFindingKind::Unexplained,
        FindingKind::Missing => ObjectFindingKind::Missing,
        FindingKind::WrongLength => ObjectFindingKind::WrongLength,
        FindingKind::UnexplainedUpload => ObjectFindingKind::UnexplainedUpload,
        FindingKind::Quarantined => ObjectFindingKind::Quarantined,
    };
    let since = finding
        .since
        .map(|since| since.unix_timestamp_nanos() / 1000);
    messages::ObjectFinding {
        kind: kind.into(),
        key: finding.key,
        expected_bytes: finding.expected,
        found_bytes: finding.found,
        what: finding.what,
        since_micros: since.and_then(|since| i64::try_from(since).ok()),
    }
}

fn told(progress: Progress) -> AuditProgress {
    AuditProgress {
        accounts: progress.accounts,
        media: progress.media,
        objects: progress.objects,
        object_bytes: progress.object_bytes,
    }
}

fn difference(difference: Difference) -> UsageDifference {
    let account = difference.account.map(|account| account.to_string());
    UsageDifference {
        account_id: account.unwrap_or_default(),
        figure: difference.figure.to_owned(),
        expected_source: source(difference.expected.0).into(),
        expected: difference.expected.1,
        found_source: source(difference.found.0).into(),
        found: difference.found.1,
        what: difference.what,
        media_ids: difference.media.iter().map(Uuid::to_string).collect(),
        keys: difference.keys,
    }
}

fn source(source: Source) -> UsageSource {
    match source {
        Source::MediaEvents => UsageSource::MediaEvents,
        Source::Ledger => UsageSource::Ledger,
        Source::StorageUsage => UsageSource::StorageUsage,
        Source::AlbumListings => UsageSource::AlbumListings,
        Source::Objects => UsageSource::Objects,
    }
}

fn under_way(account: Uuid, in_flight: InFlight) -> UsageInFlight {
    UsageInFlight {
        account_id: account.to_string(),
        uploads: in_flight.uploads,
        upload_bytes: in_flight.upload_bytes,
        purges: in_flight.purges,
        purge_bytes: in_flight.purge_bytes,
        unapplied: in_flight.unapplied,
        moving: in_flight.moving,
    }
}

/// What a page of the log holds.
pub fn work(page: audit::WorkPage) -> CountWorkResponse {
    let work = page.work.into_iter().map(|(kind, work)| Work {
        kind: kind.to_string(),
        count: work.count,
        oldest_micros: work.oldest,
        items: work.items.into_iter().map(work_item).collect(),
    });
    CountWorkResponse {
        work: work.collect(),
        position: page.position,
        head: page.head,
        done: page.position >= page.head,
    }
}

fn work_item(item: audit::WorkItem) -> WorkItem {
    WorkItem {
        stream: item.stream,
        since_micros: item.since,
        count: item.count,
    }
}
