//! Takes commands: authenticates, loads the aggregates, lets the domain decide, appends, and answers with a
//! consistency token. Its relay then moves the outbox to the bus.
//!
//! It never answers questions about many things (that is projection-svc's) and never reads a read model.
//! Start reading at `grpc/album.rs`, where RenameAlbum comes in, then [`handle::Handler`], then `relay.rs`.

pub mod credentials;
mod grpc;
pub mod handle;
mod notification;
mod receipt;
pub mod relay;
mod removal;
mod settings;
mod start;
pub mod text;
mod uploads;
mod wake;

pub use settings::{Operator, Settings};
pub use start::start;
