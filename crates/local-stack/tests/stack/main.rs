//! The whole stack, and what it leaves behind: nothing.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod clients;
mod killed;
mod life;
mod processes;
