//! What is done to the installation. Every fault is seen to have happened, or it does not count, and is healed
//! in any case.

mod broker;
mod kind;
mod lines;
mod log;
mod processes;
mod replica;
mod servers;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

pub use kind::{Kind, Lane, Target};
pub use log::drop_outbox_row;

use crate::{dice::Dice, installation::Installation};

/// Where the faults happen, and what they leave that must be known at the end.
pub struct Site {
    pub installation: Arc<Installation>,
    traces: Mutex<Traces>,
}

/// What faults leave behind.
#[derive(Clone, Debug, Default)]
pub struct Traces {
    /// The ids of poison messages, and the consumer that each was sent to.
    pub poison: Vec<(String, String)>,
    /// Events that lay unrouted when it was looked.
    pub unrouted: u64,
}

impl Site {
    /// Before any fault.
    pub fn new(installation: Arc<Installation>) -> Self {
        Self {
            installation,
            traces: Mutex::default(),
        }
    }

    /// What was left so far.
    pub fn traces(&self) -> MutexGuard<'_, Traces> {
        self.traces.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does one fault and heals it. Answers what was seen of it.
    pub async fn suffer(&self, kind: Kind, dice: &mut Dice) -> anyhow::Result<String> {
        match kind {
            Kind::Kill(target) if target.is_server() => servers::kill(self, target, dice).await,
            Kind::Stop(target) if target.is_server() => servers::suspend(self, target, dice).await,
            Kind::Kill(target) => processes::kill(self, target, dice).await,
            Kind::Stop(target) => processes::suspend(self, target, dice).await,
            Kind::KilledMidTransaction => processes::kill_mid_transaction(self).await,
            Kind::S3Away => servers::s3_away(self, dice).await,
            Kind::RedisFlushed => servers::flush_redis(self).await,
            Kind::Alarm(shortage) => broker::alarm(self, shortage, dice).await,
            Kind::Unbound => broker::unbind(self, dice).await,
            Kind::Poison => broker::poison(self, dice).await,
            Kind::Duplicates => broker::repeat(self, dice).await,
            Kind::Cut(condition) => lines::cut(self, condition, dice).await,
            Kind::HeldTransaction => log::hold_transaction(self, dice).await,
            Kind::ReplicaLags => replica::lag(self, dice).await,
        }
    }
}

/// A time between these, in milliseconds.
fn between(dice: &mut Dice, least: u64, most: u64) -> Duration {
    Duration::from_millis(least + dice.below(most - least))
}
