//! The gateway's own port, with real gRPC servers behind it.

#![expect(clippy::unwrap_used, reason = "a test ends where it fails")]

mod bounds;
mod forwarding;
mod outage;
mod refusals;
mod stopping;
mod support;
mod upstream;
mod web;
