//! The table of dead letters: how they are filed, found, chosen, replayed and discarded.

pub mod describe;
pub mod discard;
pub mod file;
pub mod find;
mod fingerprint;
pub mod hold;
pub mod pace;
pub mod replay;
pub mod select;
pub mod selection;
