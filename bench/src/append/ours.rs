use std::time::{Duration, Instant};

use picup_event_log::{Append, EventLog, StreamAppend};
use picup_event_types::StreamId;
use sqlx::MySqlPool;
use tokio::task::JoinSet;
use uuid::Uuid;

use super::CLIENTS;
use crate::sample;

/// As many as command-svc opens.
pub const CONNECTIONS: u32 = 32;

/// Appends through the log.
pub async fn append(pool: &MySqlPool, length: Duration) -> anyhow::Result<(u32, Duration)> {
    let log = EventLog::new(pool.clone(), || {});
    let start = Instant::now();
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        clients.spawn(client(log.clone(), start + length));
    }
    super::all(clients, start).await
}

async fn client(log: EventLog, end: Instant) -> anyhow::Result<u32> {
    let stream = StreamId::album(Uuid::new_v4());
    let mut count = 0;
    while Instant::now() < end {
        let command_id = Uuid::new_v4();
        let append = Append {
            command_id,
            metadata: sample::metadata(command_id),
            streams: vec![StreamAppend {
                stream,
                expected_version: count.into(),
                events: vec![sample::album_renamed()],
            }],
        };
        log.append(append).await?;
        count += 1;
    }
    Ok(count)
}
