//! What operators see to: the dead letters of every consumer, the outbox, audits, the histories of things, and
//! the list of all that operators did.
//!
//! It never decides anything about albums or accounts and never touches a read model: what it changes there,
//! it asks the service for that owns it. Every RPC is for operators, but owners may read
//! the histories of their own things. Start reading at `keeper.rs`, where dead
//! letters are filed, then `grpc/mod.rs`.

mod audit;
mod grpc;
mod history;
mod keeper;
mod letters;
mod outbox;
mod overdue;
mod settings;
mod start;

pub use settings::Settings;
pub use start::start;
