use std::fmt;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::seen::SeenStreams;

/// Who is signed in where.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credentials {
    /// The server that gave these, and the only one they are shown to.
    pub server: String,
    /// The account's id.
    pub account_id: String,
    /// The address that the account was signed in with.
    pub email: String,
    /// Goes with every request.
    pub access_token: String,
    /// When the access token expires: UTC, seconds since 1970.
    pub expires_at: i64,
    /// Good for one use: buys the next pair of tokens.
    pub refresh_token: String,
    /// What this person's commands have changed lately.
    #[serde(default)]
    pub seen: SeenStreams,
}

impl fmt::Debug for Credentials {
    /// Without the secrets.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Credentials")
            .field("server", &self.server)
            .field("account_id", &self.account_id)
            .finish_non_exhaustive()
    }
}

/// When a token that lives for so many seconds expires: UTC, seconds since 1970.
pub(crate) fn expiry(seconds: u32) -> i64 {
    OffsetDateTime::now_utc().unix_timestamp() + i64::from(seconds)
}

#[cfg(test)]
pub(super) fn example() -> Credentials {
    Credentials {
        server: "http://127.0.0.1:8080".to_owned(),
        account_id: "0193".to_owned(),
        email: "mina@example.org".to_owned(),
        access_token: "access-secret".to_owned(),
        expires_at: 1,
        refresh_token: "refresh-secret".to_owned(),
        seen: SeenStreams::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_in_the_debug_form() {
        assert!(!format!("{:?}", example()).contains("secret"));
    }
}
