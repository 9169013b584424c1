use picup_objects::ObjectsError;
use picup_service::errors::{ErrorCode, Fault};
use thiserror::Error;
use tonic::Status;

/// Why an audit cannot go on. It says nothing about what was audited.
#[derive(Debug, Error)]
pub enum AuditError {
    /// The log cannot be read.
    #[error("the log cannot be read: {0}")]
    Log(#[from] sqlx::Error),
    /// projection-svc does not answer.
    #[error("the read models cannot be asked: {0}")]
    ReadModels(#[from] Status),
    /// The bucket cannot be listed.
    #[error(transparent)]
    Objects(#[from] ObjectsError),
    /// There is no such account.
    #[error("there is no such account")]
    NoAccount,
}

impl From<AuditError> for Fault {
    fn from(error: AuditError) -> Self {
        tracing::warn!(%error, "an audit cannot go on");
        let message = match &error {
            AuditError::NoAccount => return Fault::new(ErrorCode::NotFound, error.to_string()),
            AuditError::Log(_) => "the log does not answer; try again",
            AuditError::ReadModels(_) => "the read models do not answer; try again",
            AuditError::Objects(_) => "S3 does not answer; try again when it does",
        };
        Fault::new(ErrorCode::Unavailable, message)
    }
}
