//! The keeper: files the dead letters of every consumer into a table and acks them after the commit. With
//! MySQL down they stay in their queues.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
    time::Duration,
};

use picup_event_bus::{
    BrokerUrl, ConsumerSpec, DeadLetter, Keep, Paused, keep_dead_letters, standing,
};
use picup_event_log::{Generations, is_contention};
use sqlx::MySqlPool;
use time::OffsetDateTime;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::letters::file::Entry;

/// How often it is asked which consumers there are.
const LOOK: Duration = Duration::from_secs(5);
/// How long the database may take to show a sign of life.
const PROBE: Duration = Duration::from_secs(5);
/// Tries of a transaction that loses against others.
const TRIES: u32 = 10;

/// Files dead letters.
#[derive(Clone)]
pub struct Keeper {
    pool: MySqlPool,
    generations: Generations,
}

impl Keeper {
    /// Files into the database of operations; the registry says which consumers there are.
    pub fn new(pool: MySqlPool, generations: Generations) -> Self {
        Self { pool, generations }
    }

    /// Keeps the letters of every consumer until `stopping`. Which consumers there are is asked again every
    /// few seconds: a rebuild makes new ones.
    pub async fn run(self, url: BrokerUrl, stopping: CancellationToken) {
        let keeper = Arc::new(self);
        let mut kept: HashMap<String, CancellationToken> = HashMap::new();
        let mut tasks = JoinSet::new();
        let mut consumers = BTreeSet::new();
        loop {
            match consumers_of(&keeper.generations).await {
                Ok(known) => consumers = known,
                Err(error) => tracing::warn!(%error, "the generations cannot be read"),
            }
            kept.retain(|consumer, token| {
                let stays = consumers.contains(consumer);
                if !stays {
                    token.cancel();
                }
                stays
            });
            for consumer in consumers.iter().cloned() {
                kept.entry(consumer).or_insert_with_key(|consumer| {
                    let token = stopping.child_token();
                    tasks.spawn(keep_dead_letters(
                        url.clone(),
                        consumer.clone(),
                        keeper.clone(),
                        token.clone(),
                    ));
                    token
                });
            }
            let look = stopping.run_until_cancelled(tokio::time::sleep(LOOK));
            if look.await.is_none() {
                break;
            }
        }
        // Each ends by itself, within its own limits.
        while tasks.join_next().await.is_some() {}
    }

    /// Files a batch in one transaction, in one fixed order of rows.
    async fn file(&self, entries: &[Entry<'_>]) -> Result<u64, sqlx::Error> {
        let mut transaction = self.pool.begin().await?;
        let mut new = 0;
        for entry in entries {
            new += u64::from(entry.file(&mut transaction).await?);
        }
        transaction.commit().await?;
        Ok(new)
    }
}

/// The work queues of all consumers whose letters are kept.
async fn consumers_of(generations: &Generations) -> Result<BTreeSet<String>, sqlx::Error> {
    let generations = generations.standing().await?;
    let named = generations
        .iter()
        .map(|(name, number)| (name.as_str(), *number));
    Ok(standing(named)
        .iter()
        .map(ConsumerSpec::work_queue)
        .collect())
}

impl Keep for Keeper {
    async fn keep(&self, letters: &[DeadLetter]) -> Result<(), Paused> {
        let now = OffsetDateTime::now_utc();
        let mut entries: Vec<Entry<'_>> = letters
            .iter()
            .map(|letter| Entry::of(letter, now))
            .collect();
        entries.sort_by_key(|entry| entry.event_id);
        let mut tries = 0;
        let filed = loop {
            tries += 1;
            match self.file(&entries).await {
                Err(error) if tries < TRIES && is_retryable(&error) => {}
                filed => break filed,
            }
        };
        match filed {
            Ok(0) => Ok(()),
            Ok(new) => {
                let consumer = letters.first().map_or("", |letter| &letter.consumer);
                tracing::info!(new, consumer, "dead letters were filed");
                metrics::counter!("picup_dead_letters_total", "consumer" => consumer.to_owned())
                    .increment(new);
                Ok(())
            }
            Err(error) => Err(Paused {
                reason: format!("letters cannot be filed: {error}"),
            }),
        }
    }

    async fn is_ready(&self) -> bool {
        let probe = sqlx::query("SELECT 1").execute(&self.pool);
        let answered = tokio::time::timeout(PROBE, probe).await;
        answered.is_ok_and(|answer| answer.is_ok())
    }
}

/// Another keeper may have filed the same letter first.
fn is_retryable(error: &sqlx::Error) -> bool {
    is_contention(error) || picup_event_log::duplicate_key(error).is_some()
}
