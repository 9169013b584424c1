//! Signatures beside an independent implementation, and archives as other programs read them.

#![expect(clippy::unwrap_used, reason = "a test ends where it fails")]

mod archives;
mod botocore;
mod by_the_book;
mod keys;
mod python;
mod rotation;
