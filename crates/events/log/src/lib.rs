//! The log of all events in MySQL or MariaDB: appending with optimistic concurrency and the outbox row in
//! the same transaction, loading, snapshots, the keys that seal personal text, and the outbox.
//!
//! It never decides anything and never talks to the bus. Start reading at [`EventLog::append`], then
//! `group.rs`, where concurrent appends share one transaction, and [`Outbox`].

mod append;
mod database;
mod error;
mod generations;
mod group;
mod keys;
mod leases;
mod load;
mod operator_log;
mod outbox;
mod quarantine;
mod snapshot;
mod survey;
mod write;

pub use append::{Alongside, Append, AppendError, Appended, EventLog, StreamAppend};
pub use database::{Database, migrate, migrate_with};
pub use error::{duplicate_key, is_contention, is_outage};
pub use generations::{
    Comparison, ComparisonState, Generation, GenerationError, GenerationState, Generations, Lease,
};
pub use keys::{AccountKeys, KeyError, MasterKey, NewAccountKey, destroy_key};
pub use leases::{HeldLease, Leases, Taking};
pub use load::{LogReader, Trace};
pub use operator_log::{OperatorAction, OperatorLog};
pub use outbox::{Backlog, Batch, Outbox};
pub use quarantine::{Quarantine, Quarantined, Unexplained};
pub use snapshot::Snapshot;
pub use survey::{Head, Mark};
