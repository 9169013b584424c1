//! What the purger reports to command-svc.

use std::time::Duration;

use picup_proto::{
    events::v1::PurgeReceipt,
    internal::v1::{
        EraseAccountRequest, FollowAlbumRequest, RecordPurgeRequest, RemovalCause,
        RemoveMediaRequest, reactions_client::ReactionsClient,
    },
};
use picup_service::auth::ServiceKey;
use tonic::{Code, Request, Status, transport::Channel};
use uuid::Uuid;

use crate::invalidate::Removed;

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
    pub async fn record_purge(&self, purge: Removed, receipt: PurgeReceipt) -> Result<(), Status> {
        let request = self.request(RecordPurgeRequest {
            command_id: purge.event.to_string(),
            account_id: purge.account.to_string(),
            media_id: purge.media.to_string(),
            receipt: Some(receipt),
        });
        self.client.clone().record_purge(request).await?;
        Ok(())
    }

    /// Has an item go where its album went.
    pub async fn follow_album(&self, media_id: String) -> Result<(), Status> {
        let request = self.request(FollowAlbumRequest {
            command_id: Uuid::new_v4().to_string(),
            media_id,
        });
        self.client.clone().follow_album(request).await?;
        Ok(())
    }

    /// Removes an item if the log confirms the cause. Says whether it did.
    pub async fn remove_media(
        &self,
        media_id: String,
        cause: RemovalCause,
    ) -> Result<bool, Status> {
        let request = self.request(RemoveMediaRequest {
            command_id: Uuid::new_v4().to_string(),
            media_id,
            cause: cause.into(),
        });
        let removed = self.client.clone().remove_media(request).await?;
        Ok(removed.into_inner().removed)
    }

    /// Erases a closed account. Says whether it is done: it is not while something is still being purged.
    pub async fn erase_account(&self, account_id: String) -> Result<bool, Status> {
        let request = self.request(EraseAccountRequest {
            command_id: Uuid::new_v4().to_string(),
            account_id,
        });
        match self.client.clone().erase_account(request).await {
            Ok(_) => Ok(true),
            Err(status) if status.code() == Code::FailedPrecondition => Ok(false),
            Err(status) => Err(status),
        }
    }

    fn request<T>(&self, message: T) -> Request<T> {
        self.key.request(message, DEADLINE)
    }
}
