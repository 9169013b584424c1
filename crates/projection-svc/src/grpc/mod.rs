//! The queries: each checks who asks, waits for the read model to reach the caller's token, reads, and opens
//! the sealed text.

mod account;
mod album;
mod streams;
mod upkeep;

use std::sync::Arc;

use picup_event_log::{AccountKeys, KeyError, OperatorLog};
use picup_event_types::{AccountKey, PersonalField, StreamId};
use picup_objects::Objects;
use picup_proto::{
    internal::v1::upkeep_server::UpkeepServer,
    operations::v1::streams_server::StreamsServer,
    queries::v1::{
        account_queries_server::AccountQueriesServer, album_queries_server::AlbumQueriesServer,
    },
};
use picup_service::{
    auth::{ServiceKey, TokenVerifier},
    errors::{ErrorCode, Fault},
};
use sqlx::MySqlPool;
use tonic::service::Routes;
use uuid::Uuid;

use crate::{albums::AlbumRows, cursor::Cursors, gate::Gate, mend::Mend};

/// What the queries share.
pub struct Shared {
    pub verifier: TokenVerifier,
    pub service_key: ServiceKey,
    pub keys: AccountKeys,
    pub objects: Objects,
    pub cursors: Cursors,
    pub albums: AlbumRows,
    pub albums_pool: MySqlPool,
    pub albums_gate: Gate,
    pub usage_pool: MySqlPool,
    pub usage_gate: Gate,
    pub projections: Vec<Arc<dyn Mend>>,
    pub operator_log: OperatorLog,
    /// The name of the log's database, which is on the read models' server.
    pub log_database: String,
}

/// All RPCs of projection-svc.
pub fn routes(shared: Shared) -> Routes {
    let shared = Arc::new(shared);
    Routes::new(AccountQueriesServer::new(account::Service(shared.clone())))
        .add_service(AlbumQueriesServer::new(album::Service(shared.clone())))
        .add_service(StreamsServer::new(streams::Service(shared.clone())))
        .add_service(UpkeepServer::new(upkeep::Service(shared)))
}

impl Shared {
    fn projection(&self, name: &str) -> Result<&Arc<dyn Mend>, Fault> {
        let found = self.projections.iter().find(|found| found.name() == name);
        found.ok_or_else(|| {
            let names: Vec<_> = self.projections.iter().map(|known| known.name()).collect();
            Fault::invalid("projection", format!("one of {}", names.join(", ")))
        })
    }

    async fn key(&self, account: Uuid) -> Result<Arc<AccountKey>, Fault> {
        self.keys.get(account).await.map_err(|error| match error {
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
