mod answers;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use futures::stream;
use picup_proto::operations::v1::{
    AuditObjectsRequest, AuditObjectsResponse, AuditUsageRequest, AuditUsageResponse,
    CountWorkRequest, CountWorkResponse, audit_server::Audit,
};
use picup_service::errors::Fault;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{Answers, Shared};
use crate::audit::{AuditError, Cursor, ObjectsCursor, Place, UsageCursor};

/// For how long one call goes on, so that no answer outlives the deadlines on its way.
const BUDGET: Duration = Duration::from_secs(6);
/// Items of one kind of work that are named, at most.
const ITEMS: u32 = 1000;

pub struct Service(pub Arc<Shared>);

#[tonic::async_trait]
impl Audit for Service {
    type AuditUsageStream = Answers<AuditUsageResponse>;
    type AuditObjectsStream = Answers<AuditObjectsResponse>;
    type CountWorkStream = Answers<CountWorkResponse>;

    async fn audit_usage(
        &self,
        request: Request<AuditUsageRequest>,
    ) -> Result<Response<Self::AuditUsageStream>, Status> {
        self.0.operator(request.metadata())?;
        let AuditUsageRequest { account_id, cursor } = request.into_inner();
        let cursor: UsageCursor = cursor_of(&account_id, &cursor)?;
        let shared = self.0.clone();
        Ok(Response::new(within_budget(cursor, move |mut cursor| {
            let shared = shared.clone();
            async move {
                let findings = shared.usage_audit.step(&mut cursor).await?;
                let answer = answers::usage(&cursor, findings);
                Ok((answer, (!cursor.is_done()).then_some(cursor)))
            }
        })))
    }

    async fn audit_objects(
        &self,
        request: Request<AuditObjectsRequest>,
    ) -> Result<Response<Self::AuditObjectsStream>, Status> {
        self.0.operator(request.metadata())?;
        let AuditObjectsRequest { account_id, cursor } = request.into_inner();
        let cursor: ObjectsCursor = cursor_of(&account_id, &cursor)?;
        let shared = self.0.clone();
        Ok(Response::new(within_budget(cursor, move |mut cursor| {
            let shared = shared.clone();
            async move {
                let findings = shared.objects_audit.step(&mut cursor).await?;
                let answer = answers::objects(&cursor, findings);
                Ok((answer, (!cursor.is_done()).then_some(cursor)))
            }
        })))
    }

    async fn count_work(
        &self,
        request: Request<CountWorkRequest>,
    ) -> Result<Response<Self::CountWorkStream>, Status> {
        self.0.operator(request.metadata())?;
        let items = request.get_ref().items.min(ITEMS) as usize;
        let after = request.get_ref().after_position;
        let shared = self.0.clone();
        Ok(Response::new(within_budget(after, move |after| {
            let shared = shared.clone();
            async move {
                let page = shared.work_audit.page(after, items).await?;
                let position = page.position;
                let answer = answers::work(page);
                let next = (!answer.done).then_some(position);
                Ok((answer, next))
            }
        })))
    }
}

/// Answers step after step, each from where the one before it ended, until there is nothing more or the budget of
/// one call is spent.
fn within_budget<S, A, F>(start: S, step: impl Fn(S) -> F + Send + 'static) -> Answers<A>
where
    S: Send + 'static,
    A: Send + 'static,
    F: Future<Output = Result<(A, Option<S>), AuditError>> + Send + 'static,
{
    let began = Instant::now();
    Box::pin(stream::unfold(
        Some((start, step)),
        move |state| async move {
            let (place, step) = state?;
            match step(place).await {
                Ok((answer, next)) => {
                    let next = next.filter(|_| began.elapsed() < BUDGET);
                    Some((Ok(answer), next.map(|next| (next, step))))
                }
                Err(error) => Some((Err(Fault::from(error).into()), None)),
            }
        },
    ))
}

/// Where an audit goes on, or where it begins.
fn cursor_of<P: Place>(account_id: &str, cursor: &[u8]) -> Result<Cursor<P>, Fault> {
    if cursor.is_empty() {
        return Ok(Cursor::start(scope(account_id)?));
    }
    Cursor::read(cursor).ok_or_else(no_cursor)
}

fn no_cursor() -> Fault {
    Fault::invalid("cursor", "the cursor of an answer before")
}

/// One account, or all of them.
fn scope(account_id: &str) -> Result<Option<Uuid>, Fault> {
    match account_id {
        "" => Ok(None),
        text => match Uuid::try_parse(text) {
            Ok(account) => Ok(Some(account)),
            Err(_) => Err(Fault::invalid("account_id", "a UUID")),
        },
    }
}
