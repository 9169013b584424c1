//! What every process of Pic-up needs, written once: running and stopping, telemetry, health,
//! configuration, authentication, errors.
//!
//! It knows nothing of albums or events, and none of our other crates but the contract. Start reading at
//! [`run`], which starts every process.

pub mod auth;
pub mod client;
pub mod config;
pub mod errors;
pub mod health;
pub mod lifecycle;
mod micros;
pub mod network;
pub mod redis;
pub mod retention;
mod run;
pub mod server;
pub mod telemetry;
pub mod trace;

pub use micros::micros;
pub use run::{run, run_job};
