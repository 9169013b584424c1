//! The S3 of our own behaves like S3 where Pic-up depends on it.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod bench;
mod multipart;
mod objects;
mod open_uploads;
mod uploads;
mod web;
