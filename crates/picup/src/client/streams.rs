use picup_proto::operations::v1::{
    BlockedStream, ListBlockedRequest, ListBlockedResponse, RetryStreamRequest,
    streams_client::StreamsClient,
};

use super::Client;
use crate::Result;

impl Client {
    /// The streams that a projection, or any of them for `""`, cannot go on with. For operators.
    pub async fn blocked_streams(
        &self,
        projection: &str,
        limit: u32,
    ) -> Result<ListBlockedResponse> {
        let message = ListBlockedRequest {
            projection: projection.to_owned(),
            limit,
        };
        self.call(message, |channel, request| async move {
            StreamsClient::new(channel).list_blocked(request).await
        })
        .await
    }

    /// Tries a blocked stream again at once, and answers what it still waits for. For operators.
    pub async fn retry_stream(
        &self,
        projection: &str,
        stream: &str,
    ) -> Result<Option<BlockedStream>> {
        let message = RetryStreamRequest {
            projection: projection.to_owned(),
            stream: stream.to_owned(),
        };
        let answer = self
            .call(message, |channel, request| async move {
                StreamsClient::new(channel).retry_stream(request).await
            })
            .await?;
        Ok(answer.still_blocked)
    }
}
