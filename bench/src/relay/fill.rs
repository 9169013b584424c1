use anyhow::Context as _;
use picup_event_bus::Outgoing;
use picup_event_log::Outbox;
use prost::Message as _;
use sqlx::{MySql, MySqlPool, QueryBuilder};
use time::{OffsetDateTime, PrimitiveDateTime};
use uuid::Uuid;

use crate::sample;

/// Rows of one statement.
const ROWS: u32 = 500;

/// Fills an empty log and its outbox.
pub async fn fill(pool: &MySqlPool, events: u32) -> anyhow::Result<()> {
    let now = OffsetDateTime::now_utc();
    let now = PrimitiveDateTime::new(now.date(), now.time());
    for _ in 0..events / ROWS {
        let mut insert = QueryBuilder::<MySql>::new(
            "INSERT INTO events (stream_id, version, event_id, command_id, command_index, type, payload, metadata, \
             recorded_at) ",
        );
        insert.push_values(0..ROWS, |mut values, _| {
            let (command_id, event) = (Uuid::new_v4(), sample::upload_started());
            values
                .push_bind(Uuid::new_v4())
                .push_bind(1_u64)
                .push_bind(Uuid::now_v7())
                .push_bind(command_id)
                .push_bind(0_u16)
                .push_bind(event.routing_key())
                .push_bind(event.encode())
                .push_bind(sample::metadata(command_id).encode_to_vec())
                .push_bind(now);
        });
        insert.build().execute(pool).await?;
    }
    sqlx::query("INSERT INTO outbox (position) SELECT position FROM events")
        .execute(pool)
        .await?;
    Ok(())
}

/// What the relay will publish, byte for byte.
pub async fn messages(pool: &MySqlPool, events: u32) -> anyhow::Result<Vec<Outgoing>> {
    let batch = Outbox::new(pool.clone()).take(0, events).await?;
    let outgoing = batch.events.iter().map(|event| {
        Outgoing::event(
            event.event_id,
            event.routing_key.as_str(),
            event.to_envelope(),
        )
    });
    let messages: Vec<_> = outgoing.collect();
    // Nothing is confirmed: everything is given back.
    batch
        .confirm(&[])
        .await
        .context("the outbox is given back")?;
    Ok(messages)
}
