use std::time::Duration;

use picup_event_types::{
    Event,
    messages::{AlbumCreated, Metadata},
};
use prost::Message as _;
use sqlx::{MySql, Transaction};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::{Site, between};
use crate::{Target, dice::Dice, line::Condition};

/// Holds the transaction of an append open until younger ones have been committed, and then commits it: its
/// position is lower than what everybody has seen by then.
pub async fn hold_transaction(site: &Site, dice: &mut Dice) -> anyhow::Result<String> {
    let pool = site.installation.database("").await?;
    let mut transaction = pool.begin().await?;
    let position = append(&mut transaction, dice.id(), dice).await?;
    let pause = between(dice, 2000, 5000);
    sleep(pause).await;
    let younger: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM events WHERE position > ?")
        .bind(position)
        .fetch_one(&pool)
        .await?;
    transaction.commit().await?;
    pool.close().await;
    anyhow::ensure!(younger > 0, "nothing younger was committed meanwhile");
    Ok(format!(
        "position {position} was committed {pause:?} late, after {younger} younger events"
    ))
}

/// Deletes the outbox row of an event before any relay has seen it, while the relays cannot reach the broker.
/// The event is the only one of its stream, so nothing that comes later gives it away.
pub async fn drop_outbox_row(site: &Site, dice: &mut Dice) -> anyhow::Result<Uuid> {
    let to_broker =
        |name: &str| name.starts_with(Target::Command.name()) && name.ends_with("->rabbitmq");
    let lines: Vec<_> = site
        .installation
        .lines
        .iter()
        .filter(|line| to_broker(&line.name))
        .collect();
    for line in &lines {
        line.put(Condition::Refusing);
    }
    let dropped = append_and_drop(site, dice).await;
    for line in &lines {
        line.put(Condition::Open);
    }
    dropped
}

async fn append_and_drop(site: &Site, dice: &mut Dice) -> anyhow::Result<Uuid> {
    let pool = site.installation.database("").await?;
    // The outbox fills once the relays are cut off.
    let start = Instant::now();
    loop {
        let waiting: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM outbox")
            .fetch_one(&pool)
            .await?;
        if waiting > 10 {
            break;
        }
        anyhow::ensure!(
            start.elapsed() < Duration::from_secs(30),
            "the outbox does not fill"
        );
        sleep(Duration::from_millis(50)).await;
    }
    let stream = dice.id();
    let mut transaction = pool.begin().await?;
    let position = append(&mut transaction, stream, dice).await?;
    transaction.commit().await?;
    let deleted = sqlx::query("DELETE FROM outbox WHERE position = ?")
        .bind(position)
        .execute(&pool)
        .await?;
    anyhow::ensure!(deleted.rows_affected() == 1, "a relay was faster");
    Ok(stream)
}

/// Appends an album that nobody but the rig knows, as the log's own writer does.
async fn append(
    transaction: &mut Transaction<'_, MySql>,
    album: Uuid,
    dice: &mut Dice,
) -> anyhow::Result<u64> {
    let created = Event::AlbumCreated(AlbumCreated {
        account_id: dice.id().as_bytes().to_vec(),
        title_sealed: dice.bytes(40),
    });
    let metadata = Metadata {
        actor: "service/chaos".to_owned(),
        ..Metadata::default()
    };
    let inserted = sqlx::query(
        "INSERT INTO events (stream_id, version, event_id, command_id, command_index, type, payload, \
         metadata, recorded_at) VALUES (?, 1, ?, ?, 0, ?, ?, ?, UTC_TIMESTAMP(6))",
    )
    .bind(album)
    .bind(dice.id())
    .bind(dice.id())
    .bind(created.routing_key())
    .bind(created.encode())
    .bind(metadata.encode_to_vec())
    .execute(&mut **transaction)
    .await?;
    let position = inserted.last_insert_id();
    sqlx::query("INSERT INTO outbox (position) VALUES (?)")
        .bind(position)
        .execute(&mut **transaction)
        .await?;
    Ok(position)
}
