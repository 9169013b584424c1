//! Removes the objects of deleted and abandoned media items from S3, checks that they are gone, has the CDN forget
//! them, and reports the receipt with RecordPurge, which releases the bytes. It also finishes what commands began with
//! many items at once, and sweeps up what has had its time or was never explained.
//!
//! It never decides that an item is to be removed: an event has said so, or command-svc asks the log. It keeps no
//! state but the quarantine of the sweep: everything can be done again. Start reading at `purge.rs`, then
//! `sweep/mod.rs`.

mod command;
mod commands;
mod invalidate;
mod leftovers;
mod purge;
mod settings;
mod start;
mod sweep;
mod tidy;

pub use command::{Cli, Command, SweepArgs, sweep};
pub use invalidate::{InvalidationError, Invalidations, Removed, Settings as InvalidationSettings};
pub use settings::Settings;
pub use start::{prepare_sweep, start};
pub use sweep::{Found, Sweep, SweepError, SweepReport, SweepSettings};
