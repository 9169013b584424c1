use std::collections::BTreeMap;

use picup_proto::operations::v1::{CountWorkResponse, Work};
use serde::Serialize;
use time::OffsetDateTime;

use crate::{
    Result,
    client::Client,
    output::{date, table, timestamp},
};

/// Items of one kind that are named.
const NAMED: usize = 100;

/// What there can be left to do, besides events that read models have not applied.
const KINDS: [&str; 8] = [
    "purges",
    "albums",
    "emptied-trash",
    "closed-accounts",
    "expired-trash",
    "expired-uploads",
    "renditions",
    "outbox",
];

/// What is left to do.
#[derive(Clone, Debug, Default, Serialize)]
pub struct WorkReport {
    /// The sum of all kinds: 0 when the system is idle.
    pub total: u64,
    /// By kind. Kinds of which there is nothing are listed, too.
    pub work: BTreeMap<String, WorkView>,
}

/// Work of one kind.
#[derive(Clone, Debug, Default, Serialize)]
pub struct WorkView {
    /// How much.
    pub count: u64,
    /// Since when the oldest has waited.
    pub oldest: Option<String>,
    /// For how many seconds it has.
    pub oldest_age_seconds: Option<i64>,
    /// What waits, up to 100 of it, where that was asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<WorkItemView>,
    #[serde(skip)]
    oldest_micros: Option<i64>,
}

/// What waits.
#[derive(Clone, Debug, Serialize)]
pub struct WorkItemView {
    /// `<category>/<uuid>`.
    pub stream: String,
    /// Since when.
    pub since: String,
    /// How much of it.
    pub count: u64,
    #[serde(skip)]
    since_micros: i64,
}

/// Counts what is left to do, and names some of it where that is asked for.
pub async fn audit_work(client: &Client, items: bool) -> Result<WorkReport> {
    let mut report = WorkReport::default();
    for kind in KINDS {
        report.work.insert(kind.to_owned(), WorkView::default());
    }
    let named = if items { NAMED } else { 0 };
    let limit = u32::try_from(named).unwrap_or(u32::MAX);
    client
        .count_work(limit, |answer| report.take(answer, named))
        .await?;
    Ok(report)
}

impl WorkReport {
    fn take(&mut self, answer: CountWorkResponse, named: usize) {
        for work in answer.work {
            self.total += work.count;
            let view = self.work.entry(work.kind.clone()).or_default();
            view.add(work, named);
        }
    }

    /// For people.
    pub fn text(&self) -> String {
        let rows = self.work.iter().map(|(kind, work)| {
            let oldest = work.oldest_age_seconds.map(age).unwrap_or_default();
            vec![kind.clone(), work.count.to_string(), oldest]
        });
        let total = vec!["total".to_owned(), self.total.to_string(), String::new()];
        let mut text = table(&["KIND", "LEFT", "OLDEST"], rows.chain([total]));
        let items = self.work.iter().flat_map(|(kind, work)| {
            work.items.iter().map(|item| {
                let since = date(item.since_micros);
                vec![
                    kind.clone(),
                    item.stream.clone(),
                    since,
                    item.count.to_string(),
                ]
            })
        });
        let items: Vec<_> = items.collect();
        if !items.is_empty() {
            text.push_str("\n\n");
            text.push_str(&table(&["KIND", "STREAM", "SINCE (UTC)", "EVENTS"], items));
        }
        text
    }
}

impl WorkView {
    fn add(&mut self, work: Work, named: usize) {
        self.count += work.count;
        let oldest = [self.oldest_micros, work.oldest_micros];
        self.oldest_micros = oldest.into_iter().flatten().min();
        self.oldest = self.oldest_micros.map(timestamp);
        let now = OffsetDateTime::now_utc().unix_timestamp();
        self.oldest_age_seconds = self
            .oldest_micros
            .map(|oldest| (now - oldest / 1_000_000).max(0));
        let room = named.saturating_sub(self.items.len());
        let items = work.items.into_iter().take(room);
        self.items.extend(items.map(|item| WorkItemView {
            stream: item.stream,
            since: timestamp(item.since_micros),
            count: item.count,
            since_micros: item.since_micros,
        }));
    }
}

/// An age for people.
fn age(seconds: i64) -> String {
    match seconds {
        ..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", seconds / 60),
        7200..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}
