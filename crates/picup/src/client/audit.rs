use picup_proto::operations::v1::{
    AuditObjectsRequest, AuditObjectsResponse, AuditUsageRequest, AuditUsageResponse,
    CountWorkRequest, CountWorkResponse, audit_client::AuditClient,
};
use tonic::{Request, Response, Status, Streaming, transport::Channel};

use super::{Client, operations::Patience};
use crate::Result;

impl Client {
    /// Audits the usage of one account, or of all, and gives each answer to `heard`.
    pub async fn audit_usage(
        &self,
        account_id: Option<&str>,
        mut heard: impl FnMut(AuditUsageResponse),
    ) -> Result<()> {
        let account_id = account_id.unwrap_or_default().to_owned();
        let start = AuditUsageRequest {
            account_id: account_id.clone(),
            cursor: Vec::new(),
        };
        let audit =
            |channel, request| async move { AuditClient::new(channel).audit_usage(request).await };
        self.to_the_end(start, audit, |answer: AuditUsageResponse| {
            let next = AuditUsageRequest {
                account_id: account_id.clone(),
                cursor: answer.cursor.clone(),
            };
            let goes_on = (!answer.done).then_some(next);
            heard(answer);
            goes_on
        })
        .await
    }

    /// Audits the objects of one account, or the whole bucket, and gives each answer to `heard`.
    pub async fn audit_objects(
        &self,
        account_id: Option<&str>,
        mut heard: impl FnMut(AuditObjectsResponse),
    ) -> Result<()> {
        let account_id = account_id.unwrap_or_default().to_owned();
        let start = AuditObjectsRequest {
            account_id: account_id.clone(),
            cursor: Vec::new(),
        };
        let audit = |channel, request| async move {
            AuditClient::new(channel).audit_objects(request).await
        };
        self.to_the_end(start, audit, |answer: AuditObjectsResponse| {
            let next = AuditObjectsRequest {
                account_id: account_id.clone(),
                cursor: answer.cursor.clone(),
            };
            let goes_on = (!answer.done).then_some(next);
            heard(answer);
            goes_on
        })
        .await
    }

    /// Counts what is left to do, naming at most so many items of each kind in each answer, and gives each
    /// answer to `heard`.
    pub async fn count_work(
        &self,
        items: u32,
        mut heard: impl FnMut(CountWorkResponse),
    ) -> Result<()> {
        let start = CountWorkRequest {
            items,
            after_position: 0,
        };
        let count =
            |channel, request| async move { AuditClient::new(channel).count_work(request).await };
        self.to_the_end(start, count, |answer: CountWorkResponse| {
            let next = CountWorkRequest {
                items,
                after_position: answer.position,
            };
            let goes_on = (!answer.done).then_some(next);
            heard(answer);
            goes_on
        })
        .await
    }

    /// Calls again and again, each time with the request that the last answer led to, until an answer leads to none.
    /// A call ends after some seconds, and a connection may break: both times it goes on where the last answer was.
    async fn to_the_end<Q, A, F>(
        &self,
        start: Q,
        rpc: impl Fn(Channel, Request<Q>) -> F + Send + Sync,
        mut next: impl FnMut(A) -> Option<Q>,
    ) -> Result<()>
    where
        Q: Clone + Send + Sync,
        F: Future<Output = Result<Response<Streaming<A>>, Status>> + Send,
    {
        let mut request = start;
        let mut patience = Patience::default();
        loop {
            let mut answers = self.call(request.clone(), &rpc).await?;
            let mut any = false;
            while let Some(answer) = self.next(&mut answers).await? {
                any = true;
                match next(answer) {
                    Some(following) => request = following,
                    None => return Ok(()),
                }
            }
            patience.wait(any).await?;
        }
    }
}
