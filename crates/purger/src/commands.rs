//! What the purger reports to command-svc.

use std::time::Duration;

use picup_objects::RemovedObject;
use picup_proto::{
    events::v1::{PurgeReceipt, PurgedObject},
    internal::v1::{ClearMediaRequest, RecordPurgeRequest, reactions_client::ReactionsClient},
};
use picup_service::auth::ServiceKey;
use time::OffsetDateTime;
use tonic::{Request, Status, transport::Channel};
use uuid::Uuid;

/// How long one report may take.
const DEADLINE: Duration = Duration::from_secs(10);

/// Sends commands as one of our own services. Cheap to clone.
#[derive(Clone)]
pub struct Commands {
    client: ReactionsClient<Channel>,
    key: ServiceKey,
}

impl Commands {
    /// Sends over a channel to command-svc.
    pub fn new(channel: Channel, key: ServiceKey) -> Self {
        Self {
            client: ReactionsClient::new(channel),
            key,
        }
    }

    /// Reports that no object of an item is left. The event that asked for it is the command's id, so
    /// that a repeated report is the same command.
    pub async fn record_purge(
        &self,
        event_id: Uuid,
        account: Uuid,
        media: Uuid,
        removed: Vec<RemovedObject>,
    ) -> Result<(), Status> {
        let objects = removed.into_iter();
        let objects = objects.map(|object| PurgedObject {
            key: object.key,
            bytes: object.bytes,
        });
        let now = OffsetDateTime::now_utc().unix_timestamp_nanos() / 1000;
        let receipt = PurgeReceipt {
            objects: objects.collect(),
            verified_at_micros: i64::try_from(now).unwrap_or(i64::MAX),
        };
        let request = self.request(RecordPurgeRequest {
            command_id: event_id.to_string(),
            account_id: account.to_string(),
            media_id: media.to_string(),
            receipt: Some(receipt),
        });
        self.client.clone().record_purge(request).await?;
        Ok(())
    }

    /// Deletes an item whose album has been deleted.
    pub async fn clear_media(&self, media_id: String) -> Result<(), Status> {
        let command_id = Uuid::new_v4().to_string();
        let request = self.request(ClearMediaRequest {
            command_id,
            media_id,
        });
        self.client.clone().clear_media(request).await?;
        Ok(())
    }

    fn request<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        request.set_timeout(DEADLINE);
        self.key.attach(&mut request);
        request
    }
}
