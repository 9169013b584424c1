//! What a client is told when something is not done: one table from codes to gRPC, with a reason that
//! programs can read and a message that tells people what to do.

use std::{borrow::Cow, collections::HashMap, fmt, time::Duration};

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};
use uuid::Uuid;

/// Who gives the reasons.
const DOMAIN: &str = "picup";

/// Why something is not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorCode {
    /// There is no such thing, or it is somebody else's.
    NotFound,
    /// A value cannot be accepted.
    InvalidArgument,
    /// Nobody is signed in.
    Unauthenticated,
    /// Whoever is signed in may not do this.
    PermissionDenied,
    /// It is there already.
    AlreadyExists,
    /// It does not fit.
    QuotaExceeded,
    /// Something else must happen first.
    FailedPrecondition,
    /// Others changed the same thing; trying again helps.
    Conflict,
    /// The read model has not caught up; asking again helps.
    ReadModelBehind,
    /// Something that is needed does not answer; trying again helps.
    Unavailable,
    /// Too much was asked for at once; trying later helps.
    TooManyRequests,
    /// It took too long.
    DeadlineExceeded,
    /// There is no such RPC here.
    Unimplemented,
    /// A mistake of ours.
    Internal,
}

impl ErrorCode {
    /// The table: what gRPC calls it, and its reason.
    fn row(self) -> (Code, &'static str) {
        match self {
            Self::NotFound => (Code::NotFound, "NOT_FOUND"),
            Self::InvalidArgument => (Code::InvalidArgument, "INVALID_ARGUMENT"),
            Self::Unauthenticated => (Code::Unauthenticated, "UNAUTHENTICATED"),
            Self::PermissionDenied => (Code::PermissionDenied, "PERMISSION_DENIED"),
            Self::AlreadyExists => (Code::AlreadyExists, "ALREADY_EXISTS"),
            Self::QuotaExceeded => (Code::ResourceExhausted, "QUOTA_EXCEEDED"),
            Self::FailedPrecondition => (Code::FailedPrecondition, "FAILED_PRECONDITION"),
            Self::Conflict => (Code::Aborted, "CONFLICT"),
            Self::ReadModelBehind => (Code::Unavailable, "READ_MODEL_BEHIND"),
            Self::Unavailable => (Code::Unavailable, "UNAVAILABLE"),
            Self::TooManyRequests => (Code::ResourceExhausted, "TOO_MANY_REQUESTS"),
            Self::DeadlineExceeded => (Code::DeadlineExceeded, "DEADLINE_EXCEEDED"),
            Self::Unimplemented => (Code::Unimplemented, "UNIMPLEMENTED"),
            Self::Internal => (Code::Internal, "INTERNAL"),
        }
    }

    /// How long to wait before trying again, where trying again helps.
    fn retry_after(self) -> Option<Duration> {
        match self {
            Self::Conflict => Some(Duration::from_millis(100)),
            Self::ReadModelBehind | Self::Unavailable => Some(Duration::from_secs(1)),
            Self::TooManyRequests => Some(Duration::from_secs(10)),
            _ => None,
        }
    }
}

/// Something that is not done, on its way to a client.
#[derive(Clone, Debug)]
pub struct Fault(Box<Content>);

/// Boxed, so that results that carry a fault stay small.
#[derive(Clone, Debug)]
struct Content {
    code: ErrorCode,
    message: String,
    reason: Option<&'static str>,
    violations: Vec<(String, String)>,
    retry_after: Option<Duration>,
    metadata: HashMap<String, String>,
}

impl Fault {
    /// A fault with a message for people. That of an internal fault goes to the log and not to the client.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self(Box::new(Content {
            code,
            message: message.into(),
            reason: None,
            violations: Vec::new(),
            retry_after: code.retry_after(),
            metadata: HashMap::new(),
        }))
    }

    /// A field that does not hold what it must.
    pub fn invalid(field: impl Into<String>, expected: impl Into<Cow<'static, str>>) -> Self {
        let (field, expected) = (field.into(), expected.into());
        let mut fault = Self::new(
            ErrorCode::InvalidArgument,
            format!("{field}: expected {expected}"),
        );
        fault.0.violations.push((field, expected.into_owned()));
        fault
    }

    /// Which row of the table it is.
    pub fn code(&self) -> ErrorCode {
        self.0.code
    }

    /// Gives a reason that says more than the code's own.
    #[must_use]
    pub fn with_reason(mut self, reason: &'static str) -> Self {
        self.0.reason = Some(reason);
        self
    }

    /// Says when to try again.
    #[must_use]
    pub fn with_retry_after(mut self, wait: Duration) -> Self {
        self.0.retry_after = Some(wait);
        self
    }

    /// Adds a value that programs can read.
    #[must_use]
    pub fn with_metadata(mut self, key: &str, value: impl Into<String>) -> Self {
        self.0.metadata.insert(key.to_owned(), value.into());
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0.message)
    }
}

impl std::error::Error for Fault {}

impl From<Fault> for Status {
    fn from(fault: Fault) -> Self {
        let mut fault = *fault.0;
        let (code, reason) = fault.code.row();
        let message = if fault.code == ErrorCode::Internal {
            let incident = Uuid::new_v4().to_string();
            tracing::error!(incident, message = fault.message, "internal fault");
            let message = format!("something went wrong on our side; it is logged as {incident}");
            fault.metadata = HashMap::from([("incident".to_owned(), incident)]);
            message
        } else {
            fault.message
        };
        let reason = fault.reason.unwrap_or(reason);
        let mut details = ErrorDetails::with_error_info(reason, DOMAIN, fault.metadata);
        for (field, description) in fault.violations {
            details.add_bad_request_violation(field, description);
        }
        if fault.code == ErrorCode::QuotaExceeded {
            details.add_quota_failure_violation("storage", message.clone());
        }
        if let Some(wait) = fault.retry_after {
            details.set_retry_info(Some(wait));
        }
        Status::with_error_details(code, message, details)
    }
}

/// The reason that programs read, of a status that a client got.
pub fn reason(status: &Status) -> Option<String> {
    status.get_details_error_info().map(|info| info.reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_tells_people_and_programs_what_is_wrong() {
        let status = Status::from(Fault::invalid("title", "1 to 200 characters"));
        assert_eq!(status.code(), Code::InvalidArgument);
        assert_eq!(reason(&status).as_deref(), Some("INVALID_ARGUMENT"));
        let violations = status.get_details_bad_request().unwrap().field_violations;
        assert_eq!(violations[0].field, "title");

        let behind = Status::from(Fault::new(ErrorCode::ReadModelBehind, "wait"));
        assert!(behind.get_details_retry_info().is_some());
    }

    #[test]
    fn a_fault_that_passes_says_when_to_try_again_and_no_other_does() {
        use ErrorCode::{
            AlreadyExists, Conflict, DeadlineExceeded, FailedPrecondition, Internal,
            InvalidArgument, NotFound, PermissionDenied, QuotaExceeded, ReadModelBehind,
            TooManyRequests, Unauthenticated, Unavailable, Unimplemented,
        };
        for (code, expected, retried) in [
            (NotFound, Code::NotFound, false),
            (InvalidArgument, Code::InvalidArgument, false),
            (Unauthenticated, Code::Unauthenticated, false),
            (PermissionDenied, Code::PermissionDenied, false),
            (AlreadyExists, Code::AlreadyExists, false),
            (QuotaExceeded, Code::ResourceExhausted, false),
            (FailedPrecondition, Code::FailedPrecondition, false),
            (Conflict, Code::Aborted, true),
            (ReadModelBehind, Code::Unavailable, true),
            (Unavailable, Code::Unavailable, true),
            (TooManyRequests, Code::ResourceExhausted, true),
            (DeadlineExceeded, Code::DeadlineExceeded, false),
            (Unimplemented, Code::Unimplemented, false),
            (Internal, Code::Internal, false),
        ] {
            let status = Status::from(Fault::new(code, "so it is"));
            assert_eq!(status.code(), expected, "{code:?}");
            let retry = status.get_details_retry_info();
            assert_eq!(retry.is_some(), retried, "{code:?}");
            assert!(reason(&status).is_some(), "{code:?}");
        }
    }

    #[test]
    fn an_internal_fault_keeps_its_details_to_itself() {
        let fault = Fault::new(ErrorCode::Internal, "table `secrets` is on fire")
            .with_metadata("table", "secrets");
        let status = Status::from(fault);
        let details = String::from_utf8_lossy(status.details()).into_owned();
        assert!(!status.message().contains("secrets") && !details.contains("secrets"));
        // Whoever reports it can say which line of the log it is.
        let incident = &status.get_details_error_info().unwrap().metadata["incident"];
        assert!(status.message().contains(incident.as_str()));
    }
}
