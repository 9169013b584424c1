use picup_event_bus::Paused;
use picup_event_types::{Category, StreamId};
use sqlx::MySqlPool;

use crate::{
    apply::Projection,
    project::{Failed, Projector},
};

/// A projection as operators work on its blocked streams, whichever it is.
#[tonic::async_trait]
pub trait Mend: Send + Sync {
    /// Its one name.
    fn name(&self) -> &'static str;
    /// The database of its read model.
    fn pool(&self) -> &MySqlPool;
    /// The streams that it follows.
    fn follows(&self) -> &'static [Category];
    /// Applies a stream from the log, up to `seen` or what was seen of it.
    async fn catch_up(&self, stream: StreamId, seen: u64) -> Result<Option<Failed>, Paused>;
}

#[tonic::async_trait]
impl<P: Projection> Mend for Projector<P> {
    fn name(&self) -> &'static str {
        P::NAME
    }

    fn pool(&self) -> &MySqlPool {
        &self.pool
    }

    fn follows(&self) -> &'static [Category] {
        P::FOLLOWS
    }

    async fn catch_up(&self, stream: StreamId, seen: u64) -> Result<Option<Failed>, Paused> {
        Projector::catch_up(self, stream, seen).await
    }
}
