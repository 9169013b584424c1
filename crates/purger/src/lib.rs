//! Removes the objects of deleted and abandoned media items from S3, checks that they are gone, and reports
//! the receipt with RecordPurge, which releases the bytes. It also clears what is left of deleted albums.
//!
//! It never decides that something is to be removed: an event has said so. It keeps no state: everything
//! can be done again. Start reading at `purge.rs`.

mod clear;
mod commands;
mod purge;
mod settings;
mod start;

pub use settings::Settings;
pub use start::start;
