use std::collections::{BTreeMap, BTreeSet};

use picup_event_bus::{CONSUMERS, RETRY_TIERS, UNROUTED_QUEUE};
use sqlx::{MySqlPool, Row as _};

use super::Violation;
use crate::{amqp::Hand, faults::Site};

/// The outbox is empty.
pub async fn outbox(pool: &MySqlPool) -> anyhow::Result<Vec<Violation>> {
    let rows = sqlx::query("SELECT position FROM outbox ORDER BY position LIMIT 1")
        .fetch_all(pool)
        .await?;
    let first = rows
        .first()
        .map(|row| row.try_get::<u64, _>(0))
        .transpose()?;
    let violation = |position| Violation::new("outbox drained", position, "this event still waits");
    Ok(first.map(violation).into_iter().collect())
}

/// Queues that must be empty are empty.
pub async fn queues(site: &Site) -> anyhow::Result<Vec<Violation>> {
    let mut violations = Vec::new();
    for (queue, count) in waiting(site).await? {
        violations.push(Violation::new(
            "queues empty",
            queue,
            format!("{count} messages lie in it"),
        ));
    }
    Ok(violations)
}

/// How many messages wait in each work, retry and unrouted queue that is not empty.
pub async fn waiting(site: &Site) -> anyhow::Result<BTreeMap<String, u32>> {
    let hand = Hand::reach(&site.installation.servers.endpoints().amqp_url).await?;
    let mut queues = vec![UNROUTED_QUEUE.to_owned()];
    for consumer in CONSUMERS {
        queues.push(consumer.work_queue());
        queues.extend(RETRY_TIERS.map(|tier| consumer.retry_queue(tier)));
    }
    let mut waiting = BTreeMap::new();
    for queue in queues {
        let count = hand.ready(&queue).await?;
        if count > 0 {
            waiting.insert(queue, count);
        }
    }
    Ok(waiting)
}

/// Every poison message is a dead letter of its consumer, and nothing else is.
pub async fn letters(site: &Site) -> anyhow::Result<Vec<Violation>> {
    const INVARIANT: &str = "dead letters = poison";
    let poison: BTreeSet<(String, String)> = site.traces().poison.iter().cloned().collect();
    let mut found = filed(site).await?;
    let hand = Hand::reach(&site.installation.servers.endpoints().amqp_url).await?;
    for consumer in CONSUMERS {
        while let Some(message_id) = hand.take(&consumer.dead_letter_queue()).await? {
            found.insert((message_id, consumer.work_queue()));
        }
    }
    let lost = poison.difference(&found).map(|(id, consumer)| {
        Violation::new(
            INVARIANT,
            consumer,
            format!("poison message {id} has vanished"),
        )
    });
    let surplus = found.difference(&poison).map(|(id, consumer)| {
        Violation::new(
            INVARIANT,
            consumer,
            format!("message {id} is a dead letter, and should not be"),
        )
    });
    Ok(lost.chain(surplus).collect())
}

/// What the keeper has filed, where there is a keeper.
async fn filed(site: &Site) -> anyhow::Result<BTreeSet<(String, String)>> {
    let pool = site.installation.database("_operations").await?;
    let kept: i64 = sqlx::query_scalar(
        "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE() \
         AND table_name = 'dead_letters'",
    )
    .fetch_one(&pool)
    .await?;
    if kept == 0 {
        return Ok(BTreeSet::new());
    }
    let rows = sqlx::query("SELECT event_id, consumer FROM dead_letters")
        .fetch_all(&pool)
        .await?;
    let letters = rows.iter().map(|row| {
        let id: Option<uuid::Uuid> = row.try_get(0)?;
        Ok((
            id.map_or_else(String::new, |id| id.to_string()),
            row.try_get(1)?,
        ))
    });
    Ok(letters.collect::<Result<_, sqlx::Error>>()?)
}
