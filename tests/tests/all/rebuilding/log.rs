//! Events put into the log by hand, past the commands.

use picup_event_types::{
    Event,
    messages::{AlbumCreated, Metadata},
};
use prost::Message as _;
use sqlx::{MySqlConnection, MySqlPool, Row as _};
use uuid::Uuid;

/// Albums of nobody in particular, as an old log holds them: long published and not in the outbox.
pub async fn fill_with_albums(log: &MySqlPool, albums: usize) {
    let event = Event::AlbumCreated(AlbumCreated {
        account_id: Uuid::new_v4().as_bytes().to_vec(),
        title_sealed: vec![7; 60],
    });
    let metadata = Metadata::default().encode_to_vec();
    for _ in 0..albums / 500 {
        let mut insert = sqlx::QueryBuilder::<sqlx::MySql>::new(
            "INSERT INTO events (stream_id, version, event_id, command_id, command_index, type, payload, \
             metadata, recorded_at) ",
        );
        insert.push_values(0..500, |mut values, _| {
            values
                .push_bind(Uuid::new_v4())
                .push_bind(1_u64)
                .push_bind(Uuid::now_v7())
                .push_bind(Uuid::new_v4())
                .push_bind(0_u16)
                .push_bind(event.routing_key())
                .push_bind(event.encode())
                .push_bind(metadata.as_slice())
                .push("UTC_TIMESTAMP(6)");
        });
        insert.build().execute(log).await.expect("they are in");
    }
}

/// Appends the album's second event once more as its newest, with its outbox row, as a command does. Answers
/// the position, which is taken from now on, though nobody sees the event before the transaction commits.
pub async fn append_again(connection: &mut MySqlConnection, album: Uuid, version: u64) -> u64 {
    let event = sqlx::query(
        "SELECT type, payload, metadata FROM events WHERE stream_id = ? AND version = 2",
    )
    .bind(album)
    .fetch_one(&mut *connection)
    .await
    .expect("the second event");
    let inserted = sqlx::query(
        "INSERT INTO events (stream_id, version, event_id, command_id, command_index, type, payload, metadata, \
         recorded_at) VALUES (?, ?, ?, ?, 0, ?, ?, ?, UTC_TIMESTAMP(6))",
    )
    .bind(album)
    .bind(version)
    .bind(Uuid::now_v7())
    .bind(Uuid::new_v4())
    .bind(event.get::<String, _>("type"))
    .bind(event.get::<Vec<u8>, _>("payload"))
    .bind(event.get::<Vec<u8>, _>("metadata"))
    .execute(&mut *connection)
    .await
    .expect("the event");
    let position = inserted.last_insert_id();
    sqlx::query("INSERT INTO outbox (position) VALUES (?)")
        .bind(position)
        .execute(connection)
        .await
        .expect("the outbox row");
    position
}
