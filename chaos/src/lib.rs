//! The proof under fire: a rig that runs the real service binaries against private servers, puts a load on
//! them, does to them whatever can happen to processes, servers and lines, and then checks that nothing was
//! lost and nothing was counted twice.
//!
//! It stands outside: it knows the services by their gRPC, and what they left behind by the log, the read
//! models, the bucket and the queues. It trusts only its own book of acknowledged commands. A fault counts only
//! when its effect was seen. Start reading at [`run`], then `faults/`, then `invariants/`.

mod amqp;
mod book;
mod dice;
mod faults;
mod http;
mod installation;
mod invariants;
mod line;
mod load;
mod memory;
mod metrics;
mod options;
mod processes;
mod rehearsal;
mod report;
mod schedule;
mod servers;

pub use dice::Dice;
pub use faults::{Kind, Target};
pub use invariants::Violation;
pub use options::{Options, Sabotage};
pub use rehearsal::run;
pub use report::{FaultReport, Report};
