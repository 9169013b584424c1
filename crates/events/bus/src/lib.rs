//! The bus: what stands on the broker, publishing with confirms, consuming with retries and dead
//! letters.
//!
//! It never decides what an event means, never reads the log and never encodes a message that it
//! forwards: a retry and a dead letter carry the very bytes that were received. It never drops a
//! message: one is acked only when its effect is committed or another queue has confirmed it.
//!
//! Start reading at [`Topology`] (the queues), then [`Publisher`] and [`consume`].

mod backoff;
mod batch;
mod broker;
mod consumer;
mod consumers;
mod failure;
mod handler;
mod letters;
mod outgoing;
mod publisher;
mod publishing;
mod queues;
mod sabotage;
mod subscription;
mod tiers;
mod topology;
mod unrouted;

pub use broker::{BrokerUrl, BusError, InvalidUrl};
pub use consumer::{ConsumerSettings, consume};
pub use consumers::{
    ALBUM_LISTINGS, CONSUMERS, PURGER, STORAGE_USAGE, THUMBNAILER, VIDEO_THUMBNAILER, standing,
};
pub use failure::Failure;
pub use handler::{Handler, Paused, Received, Verdict};
pub use letters::{DeadLetter, Keep, MovedByBroker, keep_dead_letters};
pub use outgoing::{Outgoing, PublishError};
pub use publisher::Publisher;
pub use queues::{Depths, Queues};
pub use tiers::{RETRY_TIERS, RetryTier};
pub use topology::{ConsumerSpec, EXCHANGE, Topology, UNROUTED_QUEUE};
pub use unrouted::route_again;
