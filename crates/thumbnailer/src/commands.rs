//! What the thumbnailer asks of and reports to command-svc.

use std::time::Duration;

use picup_proto::internal::v1::{
    GetUploadRequest, RecordRenditionsRequest, reactions_client::ReactionsClient,
    record_renditions_request::Outcome,
};
use picup_service::{auth::ServiceKey, client::channel};
use tonic::{Request, Status, transport::Channel};
use uuid::Uuid;

/// How long one call may take.
const DEADLINE: Duration = Duration::from_secs(10);

/// What there is to make renditions from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// Whose item it is.
    pub account: Uuid,
    /// Which item.
    pub media: Uuid,
    /// For example `image/jpeg`.
    pub content_type: String,
    /// Length of the original.
    pub bytes: u64,
    /// Whether the item is deleted.
    pub gone: bool,
}

/// Calls command-svc as one of our own services. Cheap to clone.
#[derive(Clone)]
pub struct Commands {
    client: ReactionsClient<Channel>,
    key: ServiceKey,
}

impl Commands {
    /// Calls the command-svc at this URL; nothing is sent yet.
    pub fn connect(url: &str, key: ServiceKey) -> anyhow::Result<Self> {
        let client = ReactionsClient::new(channel(url)?);
        Ok(Self { client, key })
    }

    /// What an item was announced as.
    pub async fn upload(&self, media: Uuid) -> Result<Upload, Status> {
        let request = self.request(GetUploadRequest {
            media_id: media.to_string(),
        });
        let upload = self.client.clone().get_upload(request).await?.into_inner();
        let account = Uuid::try_parse(&upload.account_id)
            .map_err(|_| Status::internal("the answer names no account"))?;
        Ok(Upload {
            account,
            media,
            content_type: upload.content_type,
            bytes: upload.bytes,
            gone: upload.gone,
        })
    }

    /// Reports what became of an original. What caused it is the command's id, so that a repeated report is the same
    /// command. Says whether the item is gone meanwhile.
    pub async fn record(
        &self,
        cause: Uuid,
        upload: &Upload,
        outcome: Outcome,
    ) -> Result<bool, Status> {
        let request = self.request(RecordRenditionsRequest {
            command_id: cause.to_string(),
            account_id: upload.account.to_string(),
            media_id: upload.media.to_string(),
            outcome: Some(outcome),
        });
        let recorded = self.client.clone().record_renditions(request).await?;
        Ok(recorded.into_inner().gone)
    }

    fn request<T>(&self, message: T) -> Request<T> {
        self.key.request(message, DEADLINE)
    }
}
