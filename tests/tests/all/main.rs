//! The whole system, on real servers that all tests share.

mod arriving;
mod auditing;
mod blocking;
mod boundaries;
mod broker_killed;
mod cursors;
mod dead_letter_replay;
mod dead_letters;
mod gaps;
mod histories;
mod import;
mod log;
mod ownership;
mod purging;
mod quota;
mod rebuilding;
mod replica;
mod restarts;
mod signing_in;
mod straight_line;
mod tokens;
mod traps;
