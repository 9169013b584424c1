use picup_proto::operations::v1::{
    AuditUsageRequest, AuditUsageResponse, CountWorkRequest, CountWorkResponse,
    audit_client::AuditClient,
};
use tonic::Streaming;

use super::Client;
use crate::Result;

impl Client {
    /// Audits the usage of one account, or of all, and gives each answer to `heard`. A call ends after some
    /// seconds, and a connection may break: both times it goes on where the last answer was.
    pub async fn audit_usage(
        &self,
        account_id: Option<&str>,
        mut heard: impl FnMut(AuditUsageResponse),
    ) -> Result<()> {
        let mut cursor = Vec::new();
        let mut broken = 0;
        loop {
            let message = AuditUsageRequest {
                account_id: account_id.unwrap_or_default().to_owned(),
                cursor: cursor.clone(),
            };
            let mut answers = self
                .call(message, |channel, request| async move {
                    AuditClient::new(channel).audit_usage(request).await
                })
                .await?;
            while let Some(answer) = self.next(&mut answers, &mut broken).await? {
                let done = answer.done;
                cursor.clone_from(&answer.cursor);
                heard(answer);
                if done {
                    return Ok(());
                }
            }
        }
    }

    /// Counts what is left to do, naming at most so many items of each kind in each answer, and gives each
    /// answer to `heard`.
    pub async fn count_work(
        &self,
        items: u32,
        mut heard: impl FnMut(CountWorkResponse),
    ) -> Result<()> {
        let mut after_position = 0;
        let mut broken = 0;
        loop {
            let message = CountWorkRequest {
                items,
                after_position,
            };
            let mut answers = self
                .call(message, |channel, request| async move {
                    AuditClient::new(channel).count_work(request).await
                })
                .await?;
            while let Some(answer) = self.next(&mut answers, &mut broken).await? {
                let done = answer.done;
                after_position = answer.position;
                heard(answer);
                if done {
                    return Ok(());
                }
            }
        }
    }

    /// The next answer; none where this call ends, in good order or for a passing reason.
    async fn next<T>(&self, answers: &mut Streaming<T>, broken: &mut u32) -> Result<Option<T>> {
        let status = match answers.message().await {
            Ok(answer) => {
                *broken = 0;
                return Ok(answer);
            }
            Err(status) => status,
        };
        match self.pause_after(&status, *broken) {
            Some(pause) => {
                tokio::time::sleep(pause).await;
                *broken += 1;
                Ok(None)
            }
            None => Err(self.error(&status)),
        }
    }
}
