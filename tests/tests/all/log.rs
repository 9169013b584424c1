//! The log: optimistic concurrency, idempotent commands, group commit, and the outbox.

use std::{sync::Arc, time::Duration};

use futures::future::join_all;
use picup_event_log::{
    Append, AppendError, Database, EventLog, Outbox, Snapshot, StreamAppend, migrate,
};
use picup_event_types::{
    Event, StreamId,
    messages::{AlbumRenamed, Metadata},
};
use picup_tests::{eventually, shared_servers};
use sqlx::MySqlPool;
use uuid::Uuid;

/// A migrated log of the test's own.
async fn pool() -> MySqlPool {
    let server_url = shared_servers().endpoints().mysql_url.clone().into();
    let database = Database {
        server_url,
        name: format!("log_{}", Uuid::new_v4().simple()),
    };
    let pool = database.open(&database.name, 16).await.expect("a database");
    migrate(&pool).await.expect("the migrations run");
    pool
}

fn append(command_id: Uuid, streams: &[(StreamId, u64)]) -> Append {
    let event = |stream: &StreamId| {
        Event::AlbumRenamed(AlbumRenamed {
            title_sealed: stream.id.as_bytes().to_vec(),
        })
    };
    let streams = streams
        .iter()
        .map(|(stream, expected_version)| StreamAppend {
            stream: *stream,
            expected_version: *expected_version,
            events: vec![event(stream), event(stream)],
        });
    Append {
        command_id,
        metadata: Metadata::default(),
        streams: streams.collect(),
    }
}

fn album() -> StreamId {
    StreamId::album(Uuid::new_v4())
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_append_at_the_same_version_exactly_one_succeeds() {
    let log = EventLog::new(pool().await, || {});
    let stream = album();
    let rivals = (0..50).map(|_| log.append(append(Uuid::new_v4(), &[(stream, 0)])));
    let results = join_all(rivals).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    let conflicts = results
        .iter()
        .filter(|r| matches!(r, Err(AppendError::Conflict)))
        .count();
    assert_eq!(conflicts, 49);
    let events = log.reader().load(stream, 0, 100).await.expect("the stream");
    assert_eq!(
        events.iter().map(|event| event.version).collect::<Vec<_>>(),
        [1, 2]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_is_sent_again_is_known_and_never_doubled() {
    let log = EventLog::new(pool().await, || {});
    let (stream, command) = (album(), Uuid::new_v4());
    log.append(append(command, &[(stream, 0)]))
        .await
        .expect("the first time");
    let again = log.append(append(command, &[(stream, 2)])).await;
    assert!(matches!(again, Err(AppendError::Repeated)), "{again:?}");
    let found = log
        .reader()
        .find_command(command)
        .await
        .expect("the command");
    assert_eq!(found.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_touches_several_streams_appends_to_all_or_to_none() {
    let log = EventLog::new(pool().await, || {});
    let (first, second) = (album(), album());
    log.append(append(Uuid::new_v4(), &[(second, 0)]))
        .await
        .expect("it is free");
    let both = log
        .append(append(Uuid::new_v4(), &[(first, 0), (second, 0)]))
        .await;
    assert!(matches!(both, Err(AppendError::Conflict)), "{both:?}");
    assert!(
        log.reader()
            .load(first, 0, 10)
            .await
            .expect("the stream")
            .is_empty()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn one_conflict_in_a_group_costs_the_others_nothing() {
    let log = EventLog::new(pool().await, || {});
    let stale = album();
    log.append(append(Uuid::new_v4(), &[(stale, 0)]))
        .await
        .expect("it is free");
    let fresh = (0..200).map(|_| log.append(append(Uuid::new_v4(), &[(album(), 0)])));
    let conflicting = (0..5).map(|_| log.append(append(Uuid::new_v4(), &[(stale, 0)])));
    let (fresh, conflicting) = tokio::join!(join_all(fresh), join_all(conflicting));
    assert!(fresh.iter().all(Result::is_ok));
    assert!(
        conflicting
            .iter()
            .all(|result| matches!(result, Err(AppendError::Conflict)))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_event_has_its_outbox_row_and_relays_never_share_one() {
    let pool = pool().await;
    let log = EventLog::new(pool.clone(), || {});
    let appends = (0..100).map(|_| log.append(append(Uuid::new_v4(), &[(album(), 0)])));
    assert!(join_all(appends).await.iter().all(Result::is_ok));
    let outbox = Outbox::new(pool);
    assert_eq!(outbox.backlog().await.expect("the backlog").events, 200);

    let first = outbox.take(0, 120).await.expect("a batch");
    let second = outbox.take(0, 120).await.expect("a batch");
    assert_eq!((first.events.len(), second.events.len()), (120, 80));
    let taken: Vec<u64> = first.events.iter().map(|event| event.position).collect();
    assert!(
        second
            .events
            .iter()
            .all(|event| !taken.contains(&event.position))
    );
    // What is not confirmed stays: one batch is confirmed by half, the other dropped.
    first.confirm(&taken[..60]).await.expect("confirmed");
    drop(second);
    // The dropped one is rolled back in the background.
    let left = async || outbox.take(0, 1000).await.expect("a batch").events.len();
    eventually(Duration::from_secs(10), &140, left).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_becomes_visible_late_is_still_found_in_the_outbox() {
    let pool = pool().await;
    let log = EventLog::new(pool.clone(), || {});
    let outbox = Outbox::new(pool.clone());
    // A transaction takes a position and commits only after a later position was taken and relayed.
    let mut late = pool.begin().await.expect("a transaction");
    let inserted = sqlx::query(
        "INSERT INTO events (stream_id, version, event_id, command_id, command_index, type, payload, \
         metadata, recorded_at) VALUES (?, 1, ?, ?, 0, 'album.AlbumDeleted', '', '', NOW(6))",
    )
    .bind(Uuid::new_v4())
    .bind(Uuid::new_v4())
    .bind(Uuid::new_v4())
    .execute(&mut *late)
    .await
    .expect("the late event");
    let late_position = inserted.last_insert_id();
    sqlx::query("INSERT INTO outbox (position) VALUES (?)")
        .bind(late_position)
        .execute(&mut *late)
        .await
        .expect("its outbox row");
    log.append(append(Uuid::new_v4(), &[(album(), 0)]))
        .await
        .expect("a later event");
    let batch = outbox.take(0, 10).await.expect("a batch");
    let positions: Vec<u64> = batch.events.iter().map(|event| event.position).collect();
    assert!(
        positions.iter().all(|position| *position > late_position),
        "{positions:?}"
    );
    batch.confirm(&positions).await.expect("confirmed");
    late.commit().await.expect("the late commit");
    let found = outbox.take(0, 10).await.expect("a batch");
    assert_eq!(
        found.events.first().map(|event| event.position),
        Some(late_position)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_is_replaced_by_a_newer_one_only() {
    let log = EventLog::new(pool().await, || {});
    let stream = StreamId::ledger_of(Uuid::new_v4());
    let snapshot = |version, state: &[u8]| Snapshot {
        version,
        state: state.to_vec(),
    };
    let load = async |schema| log.load_snapshot(stream, schema).await.expect("it loads");
    log.save_snapshot(stream, 1, &snapshot(200, b"newer"))
        .await
        .expect("it is kept");
    log.save_snapshot(stream, 1, &snapshot(100, b"older"))
        .await
        .expect("it is ignored");
    assert_eq!(load(1).await, Some(snapshot(200, b"newer")));
    assert_eq!(load(2).await, None, "another schema cannot be read");
    log.save_snapshot(stream, 2, &snapshot(150, b"next"))
        .await
        .expect("it is kept");
    assert_eq!(load(2).await, Some(snapshot(150, b"next")));
}

#[tokio::test(flavor = "multi_thread")]
async fn several_processes_may_migrate_at_once() {
    let server_url: Arc<str> = shared_servers().endpoints().mysql_url.as_str().into();
    let name = format!("log_{}", Uuid::new_v4().simple());
    let migrations = (0..4).map(|_| async {
        let database = Database {
            server_url: server_url.to_string().into(),
            name: name.clone(),
        };
        let pool = database.open(&name, 2).await.expect("a database");
        migrate(&pool).await
    });
    for migrated in join_all(migrations).await {
        migrated.expect("the migrations run");
    }
}
