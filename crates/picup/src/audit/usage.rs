use picup_proto::operations::v1::{
    AuditProgress, AuditUsageResponse, UsageDifference, UsageInFlight, UsageSource,
};
use serde::Serialize;

use super::{KEPT, failed, spinner};
use crate::{
    Result,
    client::Client,
    output::{count, plain, size},
};

/// What an audit of usage found.
#[derive(Clone, Debug, Default, Serialize)]
pub struct UsageReport {
    /// Accounts that were audited.
    pub accounts: u64,
    /// Media items whose events were folded.
    pub media: u64,
    /// Objects in S3 that were looked at.
    pub objects: u64,
    /// Their bytes.
    pub object_bytes: u64,
    /// How many differences there are.
    pub difference_count: u64,
    /// The first 10,000 of them.
    pub differences: Vec<DifferenceView>,
    /// What is under way and therefore no difference.
    pub in_flight: InFlightView,
}

/// Two sources that do not say the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DifferenceView {
    /// Whose bytes they are; none for an object outside of every account.
    pub account_id: Option<String>,
    /// What is compared, for example `stored_bytes`.
    pub figure: String,
    /// What is believed.
    pub expected_source: &'static str,
    /// What it says.
    pub expected: i64,
    /// What says otherwise.
    pub found_source: &'static str,
    /// What it says.
    pub found: i64,
    /// How far the two are apart: what was found less what was expected.
    pub difference: i64,
    /// What happened, in words.
    pub what: String,
    /// The media items concerned, where they are known.
    pub media_ids: Vec<String>,
    /// The objects concerned.
    pub keys: Vec<String>,
}

/// What is under way, over all accounts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct InFlightView {
    /// Accounts in which something is.
    pub accounts: u64,
    /// Uploads that have neither completed nor been abandoned.
    pub uploads: u64,
    /// Their bytes.
    pub upload_bytes: u64,
    /// Items whose purge is not recorded yet.
    pub purges: u64,
    /// Their bytes.
    pub purge_bytes: u64,
    /// Events that a read model has not applied yet.
    pub unapplied: u64,
    /// Accounts that changed too fast for their read models to be compared: audit them again.
    pub moving: u64,
}

/// Audits one account, or all of them, showing on standard error how far it is.
pub async fn audit_usage(client: &Client, account: Option<&str>) -> Result<UsageReport> {
    let mut report = UsageReport::default();
    let bar = spinner();
    let audited = client
        .audit_usage(account, |answer| {
            report.take(answer);
            bar.set_message(report.progress());
        })
        .await;
    bar.finish_and_clear();
    audited.map(|()| report)
}

impl UsageReport {
    fn take(&mut self, answer: AuditUsageResponse) {
        let AuditProgress {
            accounts,
            media,
            objects,
            object_bytes,
        } = answer.progress.unwrap_or_default();
        (self.accounts, self.media) = (accounts, media);
        (self.objects, self.object_bytes) = (objects, object_bytes);
        self.difference_count += answer.differences.len() as u64;
        let room = KEPT.saturating_sub(self.differences.len());
        let differences = answer.differences.into_iter().take(room);
        self.differences
            .extend(differences.map(DifferenceView::from));
        for in_flight in &answer.in_flight {
            self.in_flight.add(in_flight);
        }
    }

    fn progress(&self) -> String {
        format!(
            "{}, {}, {} ({}), {}",
            count(self.accounts, "account"),
            count(self.media, "media item"),
            count(self.objects, "object"),
            size(self.object_bytes),
            count(self.difference_count, "difference")
        )
    }

    /// For people.
    pub fn text(&self) -> String {
        let mut lines: Vec<String> = self.differences.iter().map(DifferenceView::text).collect();
        let unnamed = self.difference_count - self.differences.len() as u64;
        if unnamed > 0 {
            lines.push(format!("… and {}", count(unnamed, "difference")));
        }
        lines.extend(self.in_flight.text());
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

impl From<UsageDifference> for DifferenceView {
    fn from(difference: UsageDifference) -> Self {
        Self {
            expected_source: source(difference.expected_source()),
            found_source: source(difference.found_source()),
            account_id: Some(difference.account_id).filter(|account| !account.is_empty()),
            figure: difference.figure,
            expected: difference.expected,
            found: difference.found,
            difference: difference.found.saturating_sub(difference.expected),
            what: difference.what,
            media_ids: difference.media_ids,
            keys: difference.keys,
        }
    }
}

impl DifferenceView {
    fn text(&self) -> String {
        let account = self.account_id.as_deref().unwrap_or("no account");
        let text = format!(
            "DIFFERENCE in {account}: {} is {} by {}, but {} by {} ({:+}): {}",
            self.figure,
            self.expected,
            self.expected_source,
            self.found,
            self.found_source,
            self.difference,
            self.what
        );
        let media = self.media_ids.iter();
        let media = media.map(|media| format!("  media {media}"));
        let keys = self.keys.iter();
        let keys = keys.map(|key| format!("  object {}", plain(key)));
        let lines: Vec<String> = [text].into_iter().chain(media).chain(keys).collect();
        lines.join("\n")
    }
}

impl InFlightView {
    fn add(&mut self, in_flight: &UsageInFlight) {
        self.accounts += 1;
        self.uploads += in_flight.uploads;
        self.upload_bytes += in_flight.upload_bytes;
        self.purges += in_flight.purges;
        self.purge_bytes += in_flight.purge_bytes;
        self.unapplied += in_flight.unapplied;
        self.moving += u64::from(in_flight.moving);
    }

    fn text(&self) -> Option<String> {
        if self.accounts == 0 {
            return None;
        }
        let moving = if self.moving > 0 {
            format!(
                "; {} changed too fast to compare read models: audit again",
                count(self.moving, "account")
            )
        } else {
            String::new()
        };
        Some(format!(
            "under way in {}: {} ({}), {} ({}), {} not applied yet{moving}",
            count(self.accounts, "account"),
            count(self.uploads, "upload"),
            size(self.upload_bytes),
            count(self.purges, "purge"),
            size(self.purge_bytes),
            count(self.unapplied, "event"),
        ))
    }
}

/// The name of a source in words.
fn source(source: UsageSource) -> &'static str {
    match source {
        UsageSource::Unspecified => "an unknown source",
        UsageSource::MediaEvents => "the media items' events",
        UsageSource::Ledger => "the ledger",
        UsageSource::StorageUsage => "storage-usage",
        UsageSource::AlbumListings => "album-listings",
        UsageSource::Objects => "S3",
    }
}
