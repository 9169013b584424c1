//! One generation of a read model as this process holds it, and what all of them need.

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use anyhow::Context as _;
use picup_event_bus::{BrokerUrl, ConsumerSpec, Queues};
use picup_event_log::{Database, Generations, LogReader, OperatorLog, migrate_with};
use picup_proto::types::v1::ConsistencyToken;
use picup_service::errors::Fault;
use sqlx::MySqlPool;
use tokio::sync::{Notify, watch};

use crate::{
    apply::{Projection, Table},
    gate::Gate,
    mend::Mend,
    project::Projector,
    replica::Replica,
};

/// What every projection works with.
pub struct Workplace {
    pub database: Database,
    /// The same databases on a replica, if there is one.
    pub replica: Option<Database>,
    pub database_connections: u32,
    pub log: LogReader,
    pub registry: Generations,
    pub operator_log: OperatorLog,
    pub broker: BrokerUrl,
    pub queues: Queues,
    pub retired_grace: Duration,
    pub trail_distance: Duration,
}

impl Workplace {
    /// The database of a generation.
    pub fn database_of(&self, projection: &str, generation: u32) -> String {
        let projection = projection.replace('-', "_");
        format!("{}_{projection}_g{generation}", self.database.name)
    }
}

/// One generation of a read model: its rows, and the gate that says how far they are. They belong together:
/// whoever answers a query takes both from one of these.
pub struct ReadModel {
    pub generation: u32,
    pub pool: MySqlPool,
    pub gate: Gate,
    /// Where queries are answered from while it is well.
    pub replica: Option<Replica>,
    /// What its blocked streams are mended with.
    pub mend: Arc<dyn Mend>,
    applied: watch::Sender<()>,
}

impl ReadModel {
    /// Opens the database of a generation and brings its tables up to date.
    pub async fn open<P: Projection>(
        workplace: &Workplace,
        generation: u32,
    ) -> anyhow::Result<Self> {
        let name = workplace.database_of(P::NAME, generation);
        let pool = workplace
            .database
            .open(&name, workplace.database_connections)
            .await;
        let pool = pool.with_context(|| format!("the database {name} cannot be opened"))?;
        let migrated = migrate_with(&pool, P::MIGRATIONS).await;
        migrated.with_context(|| format!("the database {name} cannot be brought up to date"))?;
        let (applied, watched) = watch::channel(());
        let replica = match &workplace.replica {
            Some(replica) => {
                let pool = replica.follow(&name, workplace.database_connections)?;
                let gate = Gate::new(pool.clone(), P::FOLLOWS, watched.clone());
                Some(Replica::new(pool, gate))
            }
            None => None,
        };
        let gate = Gate::new(pool.clone(), P::FOLLOWS, watched);
        let mend = Projector::<P>::new(pool.clone(), workplace.log.clone(), applied.clone());
        Ok(Self {
            generation,
            pool,
            gate,
            replica,
            mend: Arc::new(mend),
            applied,
        })
    }

    /// Where to read what is not older than the token.
    pub async fn reach(&self, token: Option<&ConsistencyToken>) -> Result<&MySqlPool, Fault> {
        if let Some(replica) = &self.replica
            && let Some(pool) = replica.reach(token).await
        {
            return Ok(pool);
        }
        self.gate.wait_for(token).await?;
        Ok(&self.pool)
    }

    /// What applies events to it.
    pub fn projector<P: Projection>(&self, log: LogReader) -> Projector<P> {
        Projector::new(self.pool.clone(), log, self.applied.clone())
    }
}

/// A projection as the rest of this process sees it.
pub struct Projected {
    pub name: &'static str,
    pub consumer: ConsumerSpec,
    pub tables: &'static [Table],
    /// Lets the follower look at the registry now instead of a second later.
    pub look: Notify,
    live: watch::Sender<Arc<ReadModel>>,
    models: RwLock<BTreeMap<u32, Arc<ReadModel>>>,
}

impl Projected {
    /// A projection whose queries are answered from this generation at first.
    pub fn new<P: Projection>(consumer: ConsumerSpec, live: Arc<ReadModel>) -> Self {
        let models = BTreeMap::from([(live.generation, live.clone())]);
        Self {
            name: P::NAME,
            consumer,
            tables: P::TABLES,
            look: Notify::new(),
            live: watch::Sender::new(live),
            models: RwLock::new(models),
        }
    }

    /// The generation that answers queries. A query takes it once.
    pub fn live(&self) -> Arc<ReadModel> {
        self.live.borrow().clone()
    }

    /// Answers queries from another generation from now on.
    pub fn set_live(&self, model: Arc<ReadModel>) {
        if self.live().generation != model.generation {
            tracing::info!(
                projection = self.name,
                generation = model.generation,
                "queries are answered from another generation now"
            );
            self.live.send_replace(model);
        }
    }

    /// A generation that this process has open.
    pub fn model(&self, generation: u32) -> Option<Arc<ReadModel>> {
        let models = self.models.read().unwrap_or_else(PoisonError::into_inner);
        models.get(&generation).cloned()
    }

    /// All generations that this process has open.
    pub fn models(&self) -> Vec<Arc<ReadModel>> {
        let models = self.models.read().unwrap_or_else(PoisonError::into_inner);
        models.values().cloned().collect()
    }

    /// Keeps a generation open.
    pub fn keep(&self, model: Arc<ReadModel>) {
        let mut models = self.models.write().unwrap_or_else(PoisonError::into_inner);
        models.insert(model.generation, model);
    }

    /// Lets go of a generation.
    pub fn forget(&self, generation: u32) {
        let mut models = self.models.write().unwrap_or_else(PoisonError::into_inner);
        models.remove(&generation);
    }
}
