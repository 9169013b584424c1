//! What operators can ask for. Every RPC checks the role first; one file a service.

mod outbox;

use std::{pin::Pin, sync::Arc};

use futures::Stream;
use picup_proto::operations::v1::outbox_server::OutboxServer;
use picup_service::{
    auth::{Caller, TokenVerifier},
    errors::{ErrorCode, Fault},
};
use tonic::{Status, metadata::MetadataMap, service::Routes};

use crate::outbox::OutboxGauge;

/// Answers that come one after the other.
pub type Answers<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// What the RPCs share.
pub struct Shared {
    pub verifier: TokenVerifier,
    pub outbox: OutboxGauge,
}

/// All RPCs of operations-svc.
pub fn routes(shared: Shared) -> Routes {
    let shared = Arc::new(shared);
    Routes::new(OutboxServer::new(outbox::Service(shared)))
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
