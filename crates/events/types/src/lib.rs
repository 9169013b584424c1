//! What the log stores and the bus carries: events, the streams they belong to, the envelope around
//! them, and personal text sealed with its account's key.
//!
//! It never reads or writes anything: no SQL, no AMQP. Start reading at [`Event`], then [`StreamId`] and
//! [`RecordedEvent`].

mod event;
mod recorded;
mod sealed;
mod stream;

pub use event::{Event, UnknownEvent};
pub use picup_proto::events::v1 as messages;
pub use recorded::{MalformedEnvelope, RecordedEvent};
pub use sealed::{AccountKey, PersonalField, UnsealError};
pub use stream::{Category, MalformedStream, StreamId};
