//! Builds read models from events and answers queries from them. Each projection has a queue and a database of
//! its own; the gate in that database makes every event count exactly once, however often and in whatever
//! order it arrives.
//!
//! It never changes anything but its own read models. Start reading at `consume.rs`, then `project.rs`,
//! `gate.rs`, `albums/apply.rs` and `albums/query.rs`.

mod albums;
mod apply;
mod blocked;
mod catch_up;
mod consume;
mod cursor;
mod gate;
mod grpc;
mod mend;
mod project;
mod sabotage;
mod settings;
mod start;
mod usage;

pub use settings::Settings;
pub use start::start;
