//! What operators can ask for. Every RPC checks the role first; one file a service.

mod audit;
mod history;
mod letters;
mod outbox;
mod runs;

use std::{pin::Pin, sync::Arc};

use futures::Stream;
use picup_event_bus::Publisher;
use picup_event_log::{AccountKeys, OperatorLog};
use picup_proto::operations::v1::{
    audit_server::AuditServer, dead_letters_server::DeadLettersServer,
    history_server::HistoryServer, outbox_server::OutboxServer,
};
use picup_service::{
    auth::{Caller, TokenVerifier},
    errors::{ErrorCode, Fault},
};
use sqlx::MySqlPool;
use tokio::sync::Semaphore;
use tonic::{Status, metadata::MetadataMap, service::Routes};

use crate::{
    audit::{ObjectsAudit, UsageAudit, WorkAudit},
    history::History,
    letters::{describe::Describer, discard::Skips},
    outbox::OutboxGauge,
};

/// Answers that come one after the other.
pub type Answers<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// What the RPCs share.
pub struct Shared {
    pub verifier: TokenVerifier,
    pub outbox: OutboxGauge,
    /// The database of operations.
    pub pool: MySqlPool,
    pub operator_log: OperatorLog,
    pub usage_audit: UsageAudit,
    pub objects_audit: ObjectsAudit,
    pub work_audit: WorkAudit,
    pub history: History,
    /// Opens names and titles for those who may read them.
    pub keys: AccountKeys,
    pub describer: Describer,
    /// Publishes to consumers' queues.
    pub publisher: Publisher,
    pub skips: Skips,
    /// One for each selection that may be worked on at once: each holds connections of the database.
    pub runs: Arc<Semaphore>,
}

/// All RPCs of operations-svc.
pub fn routes(shared: Shared) -> Routes {
    let shared = Arc::new(shared);
    Routes::new(OutboxServer::new(outbox::Service(shared.clone())))
        .add_service(DeadLettersServer::new(letters::Service(shared.clone())))
        .add_service(AuditServer::new(audit::Service(shared.clone())))
        .add_service(HistoryServer::new(history::Service(shared)))
}

impl Shared {
    /// The operator who asks; everybody else is refused.
    pub fn operator(&self, metadata: &MetadataMap) -> Result<Caller, Fault> {
        self.verifier.caller(metadata)?.must_be_operator()
    }
}

/// The database did not answer an operator.
pub fn unavailable(error: sqlx::Error) -> Fault {
    tracing::warn!(%error, "the database does not answer an operator");
    Fault::new(
        ErrorCode::Unavailable,
        "the database does not answer; try again",
    )
}
