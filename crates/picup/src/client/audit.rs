use picup_proto::operations::v1::{
    AuditUsageRequest, AuditUsageResponse, CountWorkRequest, CountWorkResponse,
    audit_client::AuditClient,
};

use super::{Client, operations::Patience};
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
        let mut patience = Patience::default();
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
            let mut any = false;
            while let Some(answer) = self.next(&mut answers).await? {
                any = true;
                let done = answer.done;
                cursor.clone_from(&answer.cursor);
                heard(answer);
                if done {
                    return Ok(());
                }
            }
            patience.wait(any).await?;
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
        let mut patience = Patience::default();
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
            let mut any = false;
            while let Some(answer) = self.next(&mut answers).await? {
                any = true;
                let done = answer.done;
                after_position = answer.position;
                heard(answer);
                if done {
                    return Ok(());
                }
            }
            patience.wait(any).await?;
        }
    }
}
