//! A replica of the database, which answers queries while it is well. What it does not know yet is read from the
//! primary, and so is everything while it is away.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use picup_proto::types::v1::ConsistencyToken;
use sqlx::MySqlPool;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::{gate::Gate, model::Projected};

/// How long a query with a token waits for the replica before it asks the primary: who has just changed something
/// waits no longer because the replica lags.
const PATIENCE: Duration = Duration::from_millis(300);
/// How often it is asked whether it is well, and how long it may take to answer.
const PROBE: Duration = Duration::from_secs(1);

/// The replica of one generation of a read model.
pub struct Replica {
    pool: MySqlPool,
    gate: Gate,
    is_well: AtomicBool,
}

impl Replica {
    /// Reads from a pool, and waits at a gate that reads from it too. It counts as away until it has answered.
    pub fn new(pool: MySqlPool, gate: Gate) -> Self {
        Self {
            pool,
            gate,
            is_well: AtomicBool::new(false),
        }
    }

    /// Where to read, if that may be here: it is well and has reached the token.
    pub async fn reach(&self, token: Option<&ConsistencyToken>) -> Option<&MySqlPool> {
        if !self.is_well.load(Ordering::Relaxed) {
            return None;
        }
        let reached = timeout(PATIENCE, self.gate.wait_for(token)).await;
        matches!(reached, Ok(Ok(()))).then_some(&self.pool)
    }

    /// Asks it. A table that has not been copied yet is as good as no answer.
    async fn probe(&self) -> bool {
        let answer = sqlx::query("SELECT 1 FROM gate LIMIT 1").execute(&self.pool);
        let is_well = matches!(timeout(PROBE, answer).await, Ok(Ok(_)));
        if self.is_well.swap(is_well, Ordering::Relaxed) != is_well {
            tracing::warn!(is_well, "whether the replica answers queries has changed");
        }
        is_well
    }
}

/// Asks the replicas of a projection's generations whether they are well, until `stopping`.
pub async fn probe_replicas(projected: Arc<Projected>, stopping: CancellationToken) {
    let usable = metrics::gauge!("picup_replica_usable", "projection" => projected.name);
    loop {
        for model in projected.models() {
            let Some(replica) = &model.replica else {
                continue;
            };
            let is_well = replica.probe().await;
            if model.generation == projected.live().generation {
                usable.set(u8::from(is_well));
            }
        }
        if stopping.run_until_cancelled(sleep(PROBE)).await.is_none() {
            return;
        }
    }
}
