use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use futures::stream;
use picup_proto::operations::v1::{
    AuditProgress, AuditUsageRequest, AuditUsageResponse, CountWorkRequest, CountWorkResponse,
    UsageDifference, UsageInFlight, UsageSource, Work, WorkItem, audit_server::Audit,
};
use picup_service::errors::Fault;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{Answers, Shared};
use crate::audit::{self, Cursor, Difference, Findings, InFlight, Source};

/// For how long one call goes on, so that no answer outlives the deadlines on its way.
const BUDGET: Duration = Duration::from_secs(6);
/// Items of one kind of work that are named, at most.
const ITEMS: u32 = 1000;

pub struct Service(pub Arc<Shared>);

#[tonic::async_trait]
impl Audit for Service {
    type AuditUsageStream = Answers<AuditUsageResponse>;
    type CountWorkStream = Answers<CountWorkResponse>;

    async fn audit_usage(
        &self,
        request: Request<AuditUsageRequest>,
    ) -> Result<Response<Self::AuditUsageStream>, Status> {
        self.0.operator(request.metadata())?;
        let cursor = cursor(request.get_ref())?;
        let start = Instant::now();
        let state = Some((self.0.clone(), cursor));
        let answers = stream::unfold(state, move |state| async move {
            let (shared, mut cursor) = state?;
            match shared.usage_audit.step(&mut cursor).await {
                Ok(findings) => {
                    let answer = usage_answer(&cursor, findings);
                    let goes_on = !cursor.is_done() && start.elapsed() < BUDGET;
                    Some((Ok(answer), goes_on.then_some((shared, cursor))))
                }
                Err(error) => Some((Err(Fault::from(error).into()), None)),
            }
        });
        Ok(Response::new(Box::pin(answers)))
    }

    async fn count_work(
        &self,
        request: Request<CountWorkRequest>,
    ) -> Result<Response<Self::CountWorkStream>, Status> {
        self.0.operator(request.metadata())?;
        let items = request.get_ref().items.min(ITEMS) as usize;
        let start = Instant::now();
        let state = Some((self.0.clone(), request.get_ref().after_position));
        let answers = stream::unfold(state, move |state| async move {
            let (shared, after) = state?;
            match shared.work_audit.page(after, items).await {
                Ok(page) => {
                    let position = page.position;
                    let answer = work_answer(page);
                    let goes_on = !answer.done && start.elapsed() < BUDGET;
                    Some((Ok(answer), goes_on.then_some((shared, position))))
                }
                Err(error) => Some((Err(Fault::from(error).into()), None)),
            }
        });
        Ok(Response::new(Box::pin(answers)))
    }
}

fn cursor(request: &AuditUsageRequest) -> Result<Cursor, Fault> {
    if !request.cursor.is_empty() {
        return Cursor::read(&request.cursor)
            .ok_or_else(|| Fault::invalid("cursor", "the cursor of an answer before"));
    }
    let account = match request.account_id.as_str() {
        "" => None,
        text => Some(Uuid::try_parse(text).map_err(|_| Fault::invalid("account_id", "a UUID"))?),
    };
    Ok(Cursor::start(account))
}

fn usage_answer(cursor: &Cursor, findings: Findings) -> AuditUsageResponse {
    let progress = cursor.progress();
    let in_flight = findings.in_flight.into_iter();
    AuditUsageResponse {
        cursor: cursor.write(),
        progress: Some(AuditProgress {
            accounts: progress.accounts,
            media: progress.media,
            objects: progress.objects,
            object_bytes: progress.object_bytes,
        }),
        differences: findings.differences.into_iter().map(difference).collect(),
        in_flight: in_flight
            .map(|(account, in_flight)| under_way(account, in_flight))
            .collect(),
        done: cursor.is_done(),
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

fn work_answer(page: audit::WorkPage) -> CountWorkResponse {
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
