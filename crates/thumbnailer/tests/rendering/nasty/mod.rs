//! Files that mean harm, or have come to it: each ends in a typed reason or in renditions, within its time and
//! memory. They are rendered in a process of its own, which the kernel ends if it takes more address space than
//! allowed, and whose peak of memory is read at the end.

mod gifs;
mod impostors;
pub mod jpegs;
mod judge;
pub mod mutants;
mod pngs;
mod tiffs;
mod videos;
mod webps;

/// What stands for renditions among the codes of reasons.
pub const RENDERED: &str = "RENDERED";

/// A file, and how it may end.
pub struct Nasty {
    pub name: String,
    pub content_type: &'static str,
    pub bytes: Vec<u8>,
    /// Codes of reasons, or [`RENDERED`].
    pub ends: &'static [&'static str],
}

impl Nasty {
    pub fn new(
        name: &str,
        content_type: &'static str,
        bytes: Vec<u8>,
        ends: &'static [&'static str],
    ) -> Self {
        Self {
            name: name.to_owned(),
            content_type,
            bytes,
            ends,
        }
    }
}

/// Where it does not matter how, as long as it ends.
pub const ANYHOW: &[&str] = &[
    RENDERED,
    "TOO_MANY_PIXELS",
    "TOO_MANY_BYTES",
    "TOO_LONG",
    "TRUNCATED",
    "MALFORMED",
    "UNSUPPORTED",
    "OUT_OF_MEMORY",
    "WRONG_CONTENT",
];
pub const DAMAGED: &[&str] = &["TRUNCATED", "MALFORMED"];
pub const TOO_LARGE: &[&str] = &["TOO_MANY_PIXELS"];
pub const TOO_MUCH: &[&str] = &["OUT_OF_MEMORY"];
pub const FINE: &[&str] = &[RENDERED];
