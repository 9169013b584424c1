//! Proves the sums again: what the log says against everything that was derived from it, and what it says must
//! still happen.
//!
//! It reads in pages and keeps a few sums, never a list that grows with the data. An audit is a chain of steps
//! with a cursor between them, so it can stop and go on anywhere. What is under way is told apart from a
//! difference by comparing at known versions, and by looking again where there are none. Start reading at
//! `usage.rs`, then `books.rs`.

mod booking;
mod books;
mod bucket;
mod cursor;
mod error;
mod findings;
mod life;
mod missing;
mod objects;
mod patience;
mod read_models;
mod rows;
mod shown;
mod strays;
mod usage;
mod work;

pub use bucket::{FindingKind, ObjectFinding, ObjectsAudit, ObjectsCursor};
pub use cursor::{Cursor, Place, UsageCursor};
pub use error::AuditError;
pub use findings::{Difference, Findings, InFlight, Progress, Source};
pub use read_models::ReadModels;
pub use usage::UsageAudit;
pub use work::{Keeps, WorkAudit, WorkItem, WorkPage};
