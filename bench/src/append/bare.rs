use std::time::{Duration, Instant};

use prost::Message as _;
use sqlx::{Connection as _, MySql, MySqlPool, pool::PoolConnection};
use time::{OffsetDateTime, PrimitiveDateTime};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::CLIENTS;
use crate::sample;

/// One for each client.
pub const CONNECTIONS: u32 = 64;

/// Appends with a transaction per command.
pub async fn append(pool: &MySqlPool, length: Duration) -> anyhow::Result<(u32, Duration)> {
    let mut connections = Vec::with_capacity(CLIENTS);
    for _ in 0..CLIENTS {
        connections.push(pool.acquire().await?);
    }
    let start = Instant::now();
    let mut clients = JoinSet::new();
    for connection in connections {
        clients.spawn(client(connection, start + length));
    }
    super::all(clients, start).await
}

async fn client(mut connection: PoolConnection<MySql>, end: Instant) -> anyhow::Result<u32> {
    let stream = Uuid::new_v4();
    let mut count = 0;
    while Instant::now() < end {
        write(&mut connection, stream, count + 1).await?;
        count += 1;
    }
    Ok(count)
}

/// The same rows as ours; both statements are prepared once per connection.
async fn write(
    connection: &mut PoolConnection<MySql>,
    stream: Uuid,
    version: u32,
) -> anyhow::Result<()> {
    let command_id = Uuid::new_v4();
    let now = OffsetDateTime::now_utc();
    let event = sample::album_renamed();
    let mut transaction = connection.begin().await?;
    let inserted = sqlx::query(
        "INSERT INTO events (stream_id, version, event_id, command_id, command_index, type, payload, metadata, \
         recorded_at) VALUES (?, ?, ?, ?, 0, ?, ?, ?, ?)",
    )
    .bind(stream)
    .bind(version)
    .bind(Uuid::now_v7())
    .bind(command_id)
    .bind(event.routing_key())
    .bind(event.encode())
    .bind(sample::metadata(command_id).encode_to_vec())
    .bind(PrimitiveDateTime::new(now.date(), now.time()))
    .execute(&mut *transaction)
    .await?;
    sqlx::query("INSERT INTO outbox (position) VALUES (?)")
        .bind(inserted.last_insert_id())
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(())
}
