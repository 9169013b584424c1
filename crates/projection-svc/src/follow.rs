//! Does in this process what the registry of generations says: consumes into every generation that is to be
//! current, answers queries from the live one, builds, and drops. It takes no input and can be stopped
//! anywhere; any number of instances may do so at once.

use std::{collections::BTreeMap, marker::PhantomData, sync::Arc, time::Duration};

use picup_event_bus::{ConsumerSettings, consume};
use picup_event_log::{Generation, GenerationState};
use picup_service::lifecycle::Lifecycle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    apply::Projection,
    model::{Projected, ReadModel, Workplace},
    rebuild::Rebuild,
    trail::Trail,
};

/// How often the registry is looked at. A switch takes effect everywhere within this time.
const LOOK: Duration = Duration::from_secs(1);
/// How long everybody has to let go of a generation before it is removed: to look at the registry, and to
/// answer the queries that began before.
const SETTLE_SECONDS: u64 = 8;
/// A queue that holds no more than a batch is worked off.
const WORKED_OFF: u32 = 256;
/// Looks between two searches for queues that came back.
const SWEEP: u32 = 60;
/// Dropped generations whose queues are searched for, the newest ones.
const SWEPT: usize = 5;

/// Follows the registry for one projection.
pub struct Follower<P> {
    workplace: Arc<Workplace>,
    projected: Arc<Projected>,
    lifecycle: Lifecycle,
    /// Stops the consumer of a generation.
    consumers: BTreeMap<u32, CancellationToken>,
    looks: u32,
    projection: PhantomData<P>,
}

impl<P: Projection> Follower<P> {
    pub fn new(workplace: Arc<Workplace>, projected: Arc<Projected>, lifecycle: Lifecycle) -> Self {
        Self {
            workplace,
            projected,
            lifecycle,
            consumers: BTreeMap::new(),
            looks: 0,
            projection: PhantomData,
        }
    }

    /// Follows until the process stops.
    pub async fn run(mut self) {
        let stopping = self.lifecycle.stopping();
        while !stopping.is_cancelled() {
            match self.workplace.registry.of(P::NAME).await {
                Ok(generations) => self.follow(&generations).await,
                Err(error) => tracing::warn!(%error, "the generations cannot be read"),
            }
            tokio::select! {
                () = stopping.cancelled() => {}
                () = tokio::time::sleep(LOOK) => {}
                () = self.projected.look.notified() => {}
            }
        }
    }

    async fn follow(&mut self, generations: &[Generation]) {
        for generation in generations {
            if let Err(error) = self.see_to(generation).await {
                let number = generation.generation;
                tracing::warn!(projection = P::NAME, generation = number, %error, "not done yet");
            }
        }
        self.looks += 1;
        if self.looks.is_multiple_of(SWEEP) {
            self.sweep(generations).await;
        }
    }

    async fn see_to(&mut self, row: &Generation) -> anyhow::Result<()> {
        match row.state {
            GenerationState::Building => self.build(row).await,
            GenerationState::Draining => {
                self.consume(row.generation).await?;
                self.look_whether_drained(row.generation).await
            }
            GenerationState::Ready => self.consume(row.generation).await.map(drop),
            GenerationState::Live => {
                let model = self.consume(row.generation).await?;
                self.projected.set_live(model);
                Ok(())
            }
            GenerationState::Retired => {
                self.consume(row.generation).await?;
                if row.expired {
                    self.expire(row.generation).await?;
                }
                Ok(())
            }
            GenerationState::Dropping => {
                self.let_go(row.generation);
                if row.seconds_in_state >= SETTLE_SECONDS {
                    self.remove(row.generation).await?;
                }
                Ok(())
            }
            GenerationState::Dropped => {
                self.let_go(row.generation);
                Ok(())
            }
        }
    }

    async fn open(&self, generation: u32) -> anyhow::Result<Arc<ReadModel>> {
        if let Some(model) = self.projected.model(generation) {
            return Ok(model);
        }
        let model = Arc::new(ReadModel::open::<P>(&self.workplace, generation).await?);
        self.projected.keep(model.clone());
        Ok(model)
    }

    /// Has the generation's queue worked off by this process too.
    async fn consume(&mut self, generation: u32) -> anyhow::Result<Arc<ReadModel>> {
        let model = self.open(generation).await?;
        if !self.consumers.contains_key(&generation) {
            let stop = self.lifecycle.stopping().child_token();
            let projector = Arc::new(model.projector::<P>(self.workplace.log.clone()));
            let consumer = self.projected.consumer.of_generation(generation);
            let settings = ConsumerSettings::new(self.workplace.broker.clone(), consumer);
            self.lifecycle
                .spawn(P::NAME, consume(settings, projector, stop.clone()));
            let trail = Trail::new(self.workplace.clone(), model.clone(), consumer);
            self.lifecycle.spawn("trail", trail.run::<P>(stop.clone()));
            self.consumers.insert(generation, stop);
        }
        Ok(model)
    }

    fn let_go(&mut self, generation: u32) {
        if let Some(stop) = self.consumers.remove(&generation) {
            stop.cancel();
        }
        // Never that of the queries: where the registry was read before a switch and after a drop, the next
        // look says which generation is live.
        if self.projected.live().generation != generation {
            self.projected.forget(generation);
        }
    }

    /// Builds it in this process, where nobody else does.
    async fn build(&mut self, row: &Generation) -> anyhow::Result<()> {
        if row.stopped {
            return Ok(());
        }
        let lease = self
            .workplace
            .registry
            .lease(P::NAME, row.generation, row.state)
            .await?;
        let Some(lease) = lease else { return Ok(()) };
        let rebuild = Rebuild::<P>::new(
            self.workplace.clone(),
            self.projected.clone(),
            self.open(row.generation).await?,
            lease,
        );
        let stopping = self.lifecycle.stopping();
        self.lifecycle
            .spawn("rebuild", rebuild.run(row.scanned_to, stopping));
        Ok(())
    }

    async fn look_whether_drained(&self, generation: u32) -> anyhow::Result<()> {
        let consumer = self.projected.consumer.of_generation(generation);
        let waiting = self.workplace.queues.waiting(consumer).await?;
        if waiting.is_some_and(|waiting| waiting <= WORKED_OFF) {
            self.workplace
                .registry
                .set_ready(P::NAME, generation)
                .await?;
        }
        Ok(())
    }

    /// Its grace time has ended.
    async fn expire(&self, generation: u32) -> anyhow::Result<()> {
        let registry = &self.workplace.registry;
        let consumer = self.projected.consumer.of_generation(generation);
        let depths = self.workplace.queues.depths(consumer).await?;
        let letters = depths.unwrap_or_default().dead_letters;
        if letters > 0 {
            let error =
                format!("it is kept: {letters} dead letters in its queue are filed by nobody");
            return Ok(registry.note_error(P::NAME, generation, &error).await?);
        }
        if registry.begin_drop(P::NAME, generation).await? {
            let arguments = serde_json::json!({"projection": P::NAME, "generation": generation});
            let log = &self.workplace.operator_log;
            let (action, outcome) = ("projection.drop", "done: its grace time has ended");
            log.record(Uuid::nil(), action, &arguments.to_string(), outcome)
                .await?;
        }
        Ok(())
    }

    /// Removes its queues and its database, once nobody consumes any more.
    async fn remove(&self, generation: u32) -> anyhow::Result<()> {
        let (registry, queues) = (&self.workplace.registry, &self.workplace.queues);
        let consumer = self.projected.consumer.of_generation(generation);
        let depths = queues.depths(consumer).await?;
        if depths.unwrap_or_default().consumers > 0 {
            return Ok(());
        }
        let state = GenerationState::Dropping;
        let lease = registry.lease(P::NAME, generation, state).await?;
        let Some(lease) = lease else { return Ok(()) };
        queues.delete(consumer).await?;
        let database = self.workplace.database_of(P::NAME, generation);
        self.workplace.database.remove(&database).await?;
        registry
            .complete(&lease, state, GenerationState::Dropped)
            .await?;
        tracing::info!(projection = P::NAME, generation, "dropped");
        Ok(())
    }

    /// A process that knew nothing of a drop may have declared the queues again: nobody would empty them.
    async fn sweep(&self, generations: &[Generation]) {
        let dropped = generations.iter().rev();
        let dropped: Vec<u32> = dropped
            .filter(|row| row.state == GenerationState::Dropped)
            .map(|row| row.generation)
            .take(SWEPT)
            .collect();
        for generation in dropped {
            let consumer = self.projected.consumer.of_generation(generation);
            let queues = &self.workplace.queues;
            let swept = match queues.waiting(consumer).await {
                Ok(Some(_)) => queues.delete(consumer).await,
                Ok(None) => Ok(()),
                Err(error) => Err(error),
            };
            if let Err(error) = swept {
                tracing::warn!(projection = P::NAME, generation, %error,
                    "it cannot be seen whether its queues came back");
            }
        }
    }
}
