use picup_proto::operations::v1::{
    GetHistoryRequest, HistoryEvent, HistorySubject, history_client::HistoryClient,
};

use super::Client;
use crate::Result;

const PAGE: u32 = 500;

impl Client {
    /// The life of a thing, page by page, each given to `heard`. With `reveal` an operator sees the names and
    /// titles of another's thing, and that is recorded.
    pub async fn history(
        &self,
        subject: HistorySubject,
        id: &str,
        reveal: bool,
        mut heard: impl FnMut(Vec<HistoryEvent>) -> Result<()>,
    ) -> Result<()> {
        let mut cursor = String::new();
        loop {
            let message = GetHistoryRequest {
                subject: subject.into(),
                id: id.to_owned(),
                reveal,
                page_size: PAGE,
                cursor,
            };
            let page = self
                .call(message, |channel, request| async move {
                    HistoryClient::new(channel).get_history(request).await
                })
                .await?;
            heard(page.events)?;
            if page.next_cursor.is_empty() {
                return Ok(());
            }
            cursor = page.next_cursor;
        }
    }
}
