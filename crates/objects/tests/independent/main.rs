//! What this crate asks of S3, asked of servers that others have written.
//!
//! `PICUP_TEST_S3_ENDPOINT`, with `_REGION`, `_BUCKET`, `_ACCESS_KEY` and `_SECRET_KEY`, names one that is running
//! (`make conformance` starts garage, which enforces signatures and checksums); otherwise moto from PyPI is
//! installed and started, which knows the whole API and enforces neither. Our own server runs the same.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod server;
mod shape;
mod web;
