//! Clears what is left of deleted albums. A reconciler: it takes no input, looks at what is still there, and
//! can be stopped anywhere. So it also finds an upload that completed while its album was being deleted.

use std::time::Duration;

use futures::{StreamExt as _, stream};
use picup_proto::internal::v1::{ListLeftoversRequest, upkeep_client::UpkeepClient};
use picup_service::auth::ServiceKey;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Status, transport::Channel};

use crate::commands::Commands;

/// Items asked for at once.
const PAGE: u32 = 500;
/// Items cleared at once.
const AT_ONCE: usize = 8;
/// How often it looks when there was nothing more to do.
const REST: Duration = Duration::from_secs(3);
/// How long it lets the read model catch up when there was.
const BREATH: Duration = Duration::from_millis(500);
/// How long the question may take.
const DEADLINE: Duration = Duration::from_secs(10);

/// Looks and clears until it is told to stop.
pub async fn clear(
    projections: Channel,
    key: ServiceKey,
    commands: Commands,
    stopping: CancellationToken,
) {
    let upkeep = UpkeepClient::new(projections);
    while !stopping.is_cancelled() {
        let pause = match clear_page(upkeep.clone(), &key, &commands).await {
            Ok(0) => REST,
            Ok(cleared) => {
                tracing::info!(cleared, "cleared items of deleted albums");
                BREATH
            }
            Err(status) => {
                tracing::debug!(%status, "leftovers cannot be listed");
                REST
            }
        };
        stopping
            .run_until_cancelled(tokio::time::sleep(pause))
            .await;
    }
}

async fn clear_page(
    mut upkeep: UpkeepClient<Channel>,
    key: &ServiceKey,
    commands: &Commands,
) -> Result<usize, Status> {
    let mut request = Request::new(ListLeftoversRequest { limit: PAGE });
    request.set_timeout(DEADLINE);
    key.attach(&mut request);
    let leftovers = upkeep.list_leftovers(request).await?.into_inner().media_ids;
    let cleared = stream::iter(leftovers)
        .map(|media_id| async move {
            let cleared = commands.clear_media(media_id.clone()).await;
            if let Err(status) = &cleared {
                tracing::warn!(media_id, %status, "an item of a deleted album is left for now");
            }
            cleared.is_ok()
        })
        .buffer_unordered(AT_ONCE)
        .filter(|cleared| std::future::ready(*cleared))
        .count()
        .await;
    Ok(cleared)
}
