use std::time::Duration;

use tonic::{Code, Status};
use tonic_types::StatusExt as _;

/// What [`Error`]s come with everywhere in this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What kind of failure it is: it alone decides the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// Something failed that has no code of its own, or some of many items failed.
    Failed,
    /// The command line or a value in it cannot be used.
    Usage,
    /// Nobody is signed in, or the credentials were refused.
    NotSignedIn,
    /// There is no such thing, or it is somebody else's.
    NotFound,
    /// The server does not answer, or says that it cannot at the moment.
    Unreachable,
    /// A rule says no, for example the quota.
    Refused,
    /// Stopped by Ctrl-C.
    Interrupted,
}

impl ErrorKind {
    /// The exit code of the process, as documented in `picup --help`.
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Failed => 1,
            Self::Usage => 2,
            Self::NotSignedIn => 3,
            Self::NotFound => 4,
            Self::Unreachable => 5,
            Self::Refused => 6,
            Self::Interrupted => 130,
        }
    }
}

/// A failure, told so that whoever reads it knows what to do.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    kind: ErrorKind,
    message: String,
    reason: Option<String>,
}

impl Error {
    /// A failure of a kind.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            reason: None,
        }
    }

    /// What kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The server's machine-readable reason, for example `QUOTA_EXCEEDED`.
    pub fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    /// Whether trying the next item is pointless: it would meet the same failure.
    pub fn stops_everything(&self) -> bool {
        matches!(
            self.kind,
            ErrorKind::Unreachable | ErrorKind::NotSignedIn | ErrorKind::Interrupted
        )
    }

    /// What an answer of the server means for the person at the keyboard.
    pub fn from_status(server: &str, status: &Status) -> Self {
        let kind = kind_of_status(status);
        let said = said(status);
        let reason = status.get_details_error_info().map(|info| info.reason);
        let message = match (kind, status.code()) {
            (ErrorKind::Unreachable, Code::ResourceExhausted) => {
                format!("{server} asks to slow down: {said}; try again in a while")
            }
            (ErrorKind::Unreachable, _) => format!(
                "the server at {server} does not answer ({said}); check that it is running and that --server is right"
            ),
            (ErrorKind::NotSignedIn, _) if reason.as_deref() != Some("SIGN_IN_REFUSED") => {
                format!("{said}; sign in with `picup account sign-in --email …`")
            }
            (ErrorKind::Failed, code) => format!("the server at {server} failed: {said} ({code})"),
            _ => said,
        };
        Self {
            kind,
            message,
            reason,
        }
    }
}

/// Whether the same request may succeed a moment later.
pub(crate) fn is_transient(status: &Status) -> bool {
    // A status with a source was made on this side: the connection broke, and nobody knows whether the
    // server took the request. Commands carry ids, so asking again is always right.
    if std::error::Error::source(status).is_some() {
        return true;
    }
    match status.code() {
        Code::Unavailable | Code::Aborted | Code::DeadlineExceeded | Code::Cancelled => true,
        Code::ResourceExhausted => retry_delay(status).is_some(),
        _ => false,
    }
}

/// How long the server asks to wait.
pub(crate) fn retry_delay(status: &Status) -> Option<Duration> {
    status
        .get_details_retry_info()
        .map(|info| info.retry_delay.unwrap_or_default())
}

fn kind_of_status(status: &Status) -> ErrorKind {
    match status.code() {
        _ if is_transient(status) => ErrorKind::Unreachable,
        Code::InvalidArgument => ErrorKind::Usage,
        Code::Unauthenticated | Code::PermissionDenied => ErrorKind::NotSignedIn,
        Code::NotFound => ErrorKind::NotFound,
        Code::ResourceExhausted
        | Code::FailedPrecondition
        | Code::AlreadyExists
        | Code::OutOfRange => ErrorKind::Refused,
        _ => ErrorKind::Failed,
    }
}

/// The server's words, with what is wrong with each field where it names fields.
fn said(status: &Status) -> String {
    let violations = status
        .get_details_bad_request()
        .map(|bad| bad.field_violations);
    let fields: Vec<String> = violations
        .unwrap_or_default()
        .into_iter()
        .filter(|violation| !status.message().contains(&violation.description))
        .map(|violation| format!("{}: {}", violation.field, violation.description))
        .collect();
    match (status.message(), fields.is_empty()) {
        ("", true) => status.code().to_string(),
        (message, true) => message.to_owned(),
        ("", false) => fields.join("; "),
        (message, false) => format!("{message} ({})", fields.join("; ")),
    }
}

#[cfg(test)]
mod tests {
    use tonic_types::ErrorDetails;

    use super::*;

    fn exit_code(status: &Status) -> u8 {
        Error::from_status("http://localhost", status)
            .kind()
            .exit_code()
    }

    #[test]
    fn every_status_has_the_exit_code_that_the_help_promises() {
        for (code, exit) in [
            (Code::InvalidArgument, 2),
            (Code::Unauthenticated, 3),
            (Code::PermissionDenied, 3),
            (Code::NotFound, 4),
            (Code::Unavailable, 5),
            (Code::DeadlineExceeded, 5),
            (Code::Aborted, 5),
            (Code::ResourceExhausted, 6),
            (Code::FailedPrecondition, 6),
            (Code::AlreadyExists, 6),
            (Code::Internal, 1),
            (Code::Unknown, 1),
        ] {
            assert_eq!(exit_code(&Status::new(code, "why")), exit, "{code:?}");
        }
    }

    #[test]
    fn a_full_quota_is_a_refusal_and_a_rate_limit_is_worth_waiting_for() {
        let quota = ErrorDetails::with_error_info("QUOTA_EXCEEDED", "picup", []);
        let quota = Status::with_error_details(Code::ResourceExhausted, "does not fit", quota);
        assert!(!is_transient(&quota));
        assert_eq!(exit_code(&quota), 6);
        let error = Error::from_status("http://localhost", &quota);
        assert_eq!(error.reason(), Some("QUOTA_EXCEEDED"));
        assert_eq!(error.to_string(), "does not fit");

        let rate = ErrorDetails::with_retry_info(Some(Duration::from_secs(2)));
        let rate = Status::with_error_details(Code::ResourceExhausted, "too many", rate);
        assert!(is_transient(&rate));
        assert_eq!(retry_delay(&rate), Some(Duration::from_secs(2)));
        assert_eq!(exit_code(&rate), 5);
    }

    #[test]
    fn a_wrong_field_is_named() {
        let details = ErrorDetails::with_bad_request_violation("title", "1 to 200 characters");
        let status = Status::with_error_details(Code::InvalidArgument, "invalid request", details);
        let message = Error::from_status("http://localhost", &status).to_string();
        assert_eq!(message, "invalid request (title: 1 to 200 characters)");
    }
}
