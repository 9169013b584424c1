//! What projection-svc knows to be left to do.

use std::time::Duration;

use picup_proto::internal::v1::{LeftoverKind, ListLeftoversRequest, upkeep_client::UpkeepClient};
use picup_service::auth::ServiceKey;
use tonic::{Status, transport::Channel};

/// How long the question may take.
const DEADLINE: Duration = Duration::from_secs(10);

/// Asks as one of our own services. Cheap to clone.
#[derive(Clone)]
pub struct Leftovers {
    client: UpkeepClient<Channel>,
    key: ServiceKey,
}

impl Leftovers {
    /// Asks over a channel to projection-svc.
    pub fn new(channel: Channel, key: ServiceKey) -> Self {
        Self {
            client: UpkeepClient::new(channel),
            key,
        }
    }

    /// The ids of a kind after one of them, at most `limit`; `before_micros` counts for what expires only.
    pub async fn list(
        &self,
        kind: LeftoverKind,
        before_micros: i64,
        after_id: &str,
        limit: u32,
    ) -> Result<Vec<String>, Status> {
        let message = ListLeftoversRequest {
            limit,
            kind: kind.into(),
            before_micros,
            after_id: after_id.to_owned(),
        };
        let request = self.key.request(message, DEADLINE);
        let listed = self.client.clone().list_leftovers(request).await?;
        Ok(listed.into_inner().ids)
    }
}
