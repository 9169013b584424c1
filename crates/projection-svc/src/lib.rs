//! Builds read models from events and answers queries from them. Each projection has a queue and a database of
//! its own; the gate in that database makes every event count exactly once, however often and in whatever
//! order it arrives.
//!
//! There may be several generations of a read model at once: one answers queries, another is built beside it.
//! The registry in the log's database says which; `follow.rs` does what it says.
//!
//! It never changes anything but its own read models. Start reading at `consume.rs`, then `project.rs`,
//! `gate.rs`, `albums/apply.rs` and `albums/query.rs`; for rebuilds at `follow.rs`, then `rebuild.rs`.

mod albums;
mod apply;
mod behind;
mod blocked;
mod catch_up;
mod compare;
mod consume;
mod cursor;
mod deliver;
mod follow;
mod gate;
mod grpc;
mod mend;
mod model;
mod project;
mod rebuild;
mod replica;
mod sabotage;
mod settings;
mod signatures;
mod start;
mod trail;
mod unapplied;
mod usage;

pub use settings::Settings;
pub use start::start;
