//! What accounts sign in with, and guests of shares get in with: password hashes, refresh tokens and access tokens. All
//! of it stands outside the log, and nothing of it is ever logged.

mod access_token;
mod password;
mod refresh_token;
mod row;
mod share_password;
mod statements;

pub use access_token::AccessTokens;
pub use password::Passwords;
pub use refresh_token::{Issued, RefreshTokens, Refreshed, SessionRow, ShownBy};
pub use row::{
    ClosedAccountRows, Credential, ErasedAccountRows, NewAccountRows, find_by_account,
    find_by_email, replace,
};
pub use share_password::{EndedShares, NewSharePassword, find_share_password};
