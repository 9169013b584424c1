//! From what happened to what the client is told.

use picup_domain::Refusal;
use picup_proto::types::v1::{ConsistencyToken, StreamVersion};
use picup_service::errors::{ErrorCode, Fault};
use uuid::Uuid;

use crate::handle::{HandleError, Handled};

/// Reads an id that the client sent.
pub fn id(field: &'static str, text: &str) -> Result<Uuid, Fault> {
    match Uuid::try_parse(text) {
        Ok(id) if !id.is_nil() => Ok(id),
        _ => Err(Fault::invalid(field, "a UUID")),
    }
}

/// The token with which a query sees the command's effect.
pub fn token(handled: &Handled) -> ConsistencyToken {
    let streams = handled
        .streams
        .iter()
        .map(|(stream, version)| StreamVersion {
            stream: stream.to_string(),
            version: *version,
        });
    ConsistencyToken {
        streams: streams.collect(),
    }
}

/// What a command that changed nothing means for who sent it.
pub fn fault(error: HandleError) -> Fault {
    match error {
        HandleError::Refused(refusal) => refusal_fault(&refusal),
        HandleError::Taken(key) if key == "credentials_email_index" => Fault::new(
            ErrorCode::AlreadyExists,
            "there is an account with this address: sign in",
        )
        .with_reason("EMAIL_TAKEN"),
        HandleError::Taken(_) => Fault::new(ErrorCode::AlreadyExists, error.to_string()),
        HandleError::Contended => Fault::new(ErrorCode::Conflict, error.to_string()),
        HandleError::Unavailable(cause) => {
            tracing::warn!(%cause, "the log is unavailable");
            Fault::new(
                ErrorCode::Unavailable,
                "the log does not answer; send the command again",
            )
        }
        HandleError::Broken(_) => Fault::new(ErrorCode::Internal, error.to_string()),
    }
}

fn refusal_fault(refusal: &Refusal) -> Fault {
    let message = refusal.to_string();
    match refusal {
        Refusal::NotFound(_) => Fault::new(ErrorCode::NotFound, message),
        Refusal::AlreadyExists(_) => Fault::new(ErrorCode::AlreadyExists, message),
        Refusal::QuotaExceeded {
            needed,
            free,
            quota,
        } => Fault::new(ErrorCode::QuotaExceeded, message)
            .with_metadata("needed_bytes", needed.to_string())
            .with_metadata("free_bytes", free.to_string())
            .with_metadata("quota_bytes", quota.to_string()),
        Refusal::Invalid { field, expected } => Fault::invalid(*field, expected.clone()),
        Refusal::UploadOver => precondition(message, "UPLOAD_OVER"),
        Refusal::UploadIncomplete => precondition(message, "UPLOAD_INCOMPLETE"),
        Refusal::UploadComplete => precondition(message, "UPLOAD_COMPLETE"),
        Refusal::NotDeleted => precondition(message, "NOT_DELETED"),
        Refusal::AlbumDeleted => precondition(message, "ALBUM_DELETED"),
        Refusal::TooManyShares(_) => precondition(message, "TOO_MANY_SHARES"),
        Refusal::ShareOver => precondition(message, "SHARE_OVER"),
        Refusal::MediaGone => precondition(message, "MEDIA_GONE"),
        Refusal::AccountNotEmpty => precondition(message, "ACCOUNT_NOT_EMPTY"),
        Refusal::LedgerCorrupt(_) => Fault::new(ErrorCode::Internal, message),
    }
}

fn precondition(message: String, reason: &'static str) -> Fault {
    Fault::new(ErrorCode::FailedPrecondition, message).with_reason(reason)
}
