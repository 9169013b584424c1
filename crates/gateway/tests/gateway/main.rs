//! The gateway's own port, with real gRPC servers behind it.

mod bounds;
mod forwarding;
mod outage;
mod refusals;
mod stopping;
mod support;
mod upstream;
mod web;
