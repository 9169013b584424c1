//! The gateway: one port for gRPC, gRPC-web and plain HTTP. It authenticates, limits, bounds the deadline and
//! forwards.
//!
//! It has no code per command: what it lets through goes by the package in the path, and the bytes pass
//! undecoded. It never reaches a database or the bus. Start reading at `forward.rs`; for
//! the delivery of objects at `edge/mod.rs`.

mod admit;
mod body;
mod deadline;
mod edge;
mod forward;
mod headers;
mod limits;
mod notifications;
mod pages;
mod serve;
mod settings;
mod start;
mod web;

pub use settings::Settings;
pub use start::start;
pub use web::WebSettings;
