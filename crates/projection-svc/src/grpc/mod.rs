//! The queries: each checks who asks, waits for the read model to reach the caller's token, reads, and opens
//! the sealed text.

mod account;
mod album;
mod changing;
mod checking;
mod comparing;
mod originals;
mod paging;
mod projections;
mod share;
mod showing;
mod streams;
mod told;
mod upkeep;
mod watching;

use std::{sync::Arc, time::Duration};

use picup_event_log::{AccountKeys, KeyError};
use picup_event_types::{AccountKey, PersonalField, StreamId};
use picup_proto::{
    internal::v1::upkeep_server::UpkeepServer,
    operations::v1::{projections_server::ProjectionsServer, streams_server::StreamsServer},
    queries::v1::{
        account_queries_server::AccountQueriesServer, album_queries_server::AlbumQueriesServer,
        share_queries_server::ShareQueriesServer,
    },
    types::v1::ConsistencyToken,
};
use picup_service::{
    auth::{ServiceKey, TokenVerifier},
    errors::{ErrorCode, Fault},
    lifecycle::Lifecycle,
    network::client_address,
};
use sqlx::MySqlPool;
use tokio::sync::Semaphore;
use tonic::service::Routes;
use uuid::Uuid;

use crate::{
    albums::AlbumRows,
    cursor::Cursors,
    deliver::Deliveries,
    mend::Mend,
    model::{Projected, Workplace},
};

pub use watching::WATCHERS;

/// What the queries share.
pub struct Shared {
    pub verifier: TokenVerifier,
    pub service_key: ServiceKey,
    pub keys: AccountKeys,
    pub deliveries: Deliveries,
    /// The same from the replica, for when the primary is away.
    pub replica_keys: Option<AccountKeys>,
    pub cursors: Cursors,
    /// For how long the trash keeps.
    pub trash_keeps: Duration,
    pub albums: Arc<Projected>,
    pub usage: Arc<Projected>,
    pub workplace: Arc<Workplace>,
    pub lifecycle: Lifecycle,
    /// One for each who may watch at once.
    pub watchers: Arc<Semaphore>,
}

/// All RPCs of projection-svc.
pub fn routes(shared: Shared) -> Routes {
    let shared = Arc::new(shared);
    Routes::new(AccountQueriesServer::new(account::Service(shared.clone())))
        .add_service(AlbumQueriesServer::new(album::Service(shared.clone())))
        .add_service(ShareQueriesServer::new(share::Service(shared.clone())))
        .add_service(ProjectionsServer::new(projections::Service(shared.clone())))
        .add_service(StreamsServer::new(streams::Service(shared.clone())))
        .add_service(UpkeepServer::new(upkeep::Service(shared)))
}

impl Shared {
    /// Every projection.
    fn all(&self) -> [&Arc<Projected>; 2] {
        [&self.albums, &self.usage]
    }

    fn projected(&self, name: &str) -> Result<&Arc<Projected>, Fault> {
        let found = self.all().into_iter().find(|known| known.name == name);
        found.ok_or_else(|| {
            let names = self.all().map(|known| known.name).join(", ");
            Fault::invalid("projection", format!("one of {names}"))
        })
    }

    /// What mends the live generation of a projection.
    fn projection(&self, name: &str) -> Result<Arc<dyn Mend>, Fault> {
        Ok(self.projected(name)?.live().mend.clone())
    }

    /// The live generation's rows of albums, once they have reached the token. Taken once a query, so that a
    /// switch in the middle of it changes nothing: what was waited for is what is read.
    async fn albums(&self, token: Option<&ConsistencyToken>) -> Result<AlbumRows, Fault> {
        let model = self.albums.live();
        let pool = model.reach(token).await?;
        Ok(AlbumRows::new(pool.clone()))
    }

    /// The same for what accounts hold.
    async fn usage(&self, token: Option<&ConsistencyToken>) -> Result<MySqlPool, Fault> {
        let model = self.usage.live();
        Ok(model.reach(token).await?.clone())
    }

    async fn key(&self, account: Uuid) -> Result<Arc<AccountKey>, Fault> {
        let mut found = self.keys.get(account).await;
        if let (Err(KeyError::Database(_)), Some(keys)) = (&found, &self.replica_keys) {
            found = keys.get(account).await;
        }
        found.map_err(|error| match error {
            KeyError::Erased => Fault::new(ErrorCode::NotFound, "there is no such account"),
            KeyError::Unwrap => Fault::new(ErrorCode::Internal, error.to_string()),
            KeyError::Database(_) => Fault::new(
                ErrorCode::Unavailable,
                "the database does not answer; try again",
            ),
        })
    }
}

fn open(key: &AccountKey, field: PersonalField, sealed: &[u8]) -> Result<String, Fault> {
    key.open(field, sealed)
        .map_err(|error| Fault::new(ErrorCode::Internal, error.to_string()))
}

fn stream(text: &str) -> Result<StreamId, Fault> {
    text.parse()
        .map_err(|_| Fault::invalid("stream", "<category>/<id>, for example album/<UUID>"))
}

fn id(field: &'static str, text: &str) -> Result<Uuid, Fault> {
    Uuid::try_parse(text).map_err(|_| Fault::invalid(field, "a UUID"))
}

/// A sum as the contract carries it. Below zero it would be a mistake of ours, which the audit finds; here
/// it must not become a huge number.
fn unsigned(sum: i64) -> u64 {
    u64::try_from(sum).unwrap_or(0)
}
