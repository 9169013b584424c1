//! What the read models say, asked from projection-svc with the services' own key.

use std::{collections::BTreeMap, time::Duration};

use picup_proto::internal::v1::{
    AccountUsage, CountUnappliedRequest, CountUnappliedResponse, GetReachedRequest,
    ListUsageRequest, upkeep_client::UpkeepClient,
};
use picup_service::auth::ServiceKey;
use tonic::{Request, Status, transport::Channel};
use uuid::Uuid;

/// The projection of what each account holds.
pub const STORAGE_USAGE: &str = "storage-usage";
/// The projection of album cards and the media of albums.
pub const ALBUM_LISTINGS: &str = "album-listings";
/// Every projection there is.
pub const PROJECTIONS: [&str; 2] = [STORAGE_USAGE, ALBUM_LISTINGS];

/// How long one answer may take.
const DEADLINE: Duration = Duration::from_secs(10);

/// Asks projection-svc. Cheap to clone.
#[derive(Clone)]
pub struct ReadModels {
    client: UpkeepClient<Channel>,
    key: ServiceKey,
}

impl ReadModels {
    /// Asks over a channel to projection-svc.
    pub fn new(channel: Channel, key: ServiceKey) -> Self {
        Self {
            client: UpkeepClient::new(channel),
            key,
        }
    }

    /// What an account holds; `None` where the read model has no row for it.
    pub async fn usage_of(&self, account: Uuid) -> Result<Option<AccountUsage>, Status> {
        let before = account.as_u128().checked_sub(1).map(Uuid::from_u128);
        let next = self.next_usage(before).await?;
        Ok(next.filter(|usage| usage.account_id == account.to_string()))
    }

    /// What the next account after one holds, in the order of their ids.
    pub async fn next_usage(&self, after: Option<Uuid>) -> Result<Option<AccountUsage>, Status> {
        let request = self.request(ListUsageRequest {
            after_account_id: after.map(|id| id.to_string()).unwrap_or_default(),
            limit: 1,
        });
        let usage = self.client.clone().list_usage(request).await?.into_inner();
        Ok(usage.accounts.into_iter().next())
    }

    /// The version of each of these streams that a projection has applied.
    pub async fn reached(
        &self,
        projection: &str,
        ids: &[Uuid],
    ) -> Result<BTreeMap<Uuid, u64>, Status> {
        if ids.is_empty() {
            return Ok(BTreeMap::new());
        }
        let request = self.request(GetReachedRequest {
            projection: projection.to_owned(),
            ids: ids.iter().map(ToString::to_string).collect(),
        });
        let reached = self.client.clone().get_reached(request).await?.into_inner();
        Ok(ids.iter().copied().zip(reached.versions).collect())
    }

    /// How far a projection is behind the log.
    pub async fn unapplied(
        &self,
        projection: &str,
        items: u32,
    ) -> Result<CountUnappliedResponse, Status> {
        let request = self.request(CountUnappliedRequest {
            projection: projection.to_owned(),
            items,
        });
        let counted = self.client.clone().count_unapplied(request).await?;
        Ok(counted.into_inner())
    }

    fn request<T>(&self, message: T) -> Request<T> {
        self.key.request(message, DEADLINE)
    }
}
