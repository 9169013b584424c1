//! The life of a thing in words: its events, one line each, from the log itself.
//!
//! Start reading at `read.rs`, then `words.rs`.

mod opener;
mod read;
mod text;
mod words;

pub use opener::Opener;
pub use read::{History, Line, Subject};
