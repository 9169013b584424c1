//! What accounts sign in with: password hashes, refresh tokens and access tokens. All of it stands outside
//! the log, and nothing of it is ever logged.

mod access_token;
mod password;
mod refresh_token;
mod row;

pub use access_token::AccessTokens;
pub use password::Passwords;
pub use refresh_token::{RefreshTokens, Refreshed, ShownBy};
pub use row::{
    ClosedAccountRows, Credential, ErasedAccountRows, NewAccountRows, find_by_account,
    find_by_email, replace,
};
