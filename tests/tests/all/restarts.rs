//! Restarting any service at any moment loses nothing and counts nothing twice.

use std::{collections::BTreeMap, error::Error as _, time::Duration};

use picup_event_log::LogReader;
use picup_event_types::{Event, RecordedEvent, StreamId};
use picup_tests::{Person, Service, System, eventually, jpeg, shared_servers};
use sqlx::Row as _;
use tonic::{Code, Status};
use uuid::Uuid;

/// Sends a command until it is acknowledged: what a client does while a service restarts.
async fn insist<T, F>(mut send: impl FnMut() -> F) -> T
where
    F: Future<Output = Result<T, Status>>,
{
    for _ in 0..600 {
        match send().await {
            Ok(answer) => return answer,
            // Refused for now, or the connection broke on the way (then the status has a source).
            Err(status) if status.code() == Code::Unavailable || status.source().is_some() => {}
            Err(status) => panic!("{status}"),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("not acknowledged within 30 seconds");
}

/// Uploads pictures one after the other and answers their sizes.
async fn upload_all(person: Person, album: String, seeds: std::ops::Range<u32>) -> u64 {
    let mut bytes = 0;
    for seed in seeds {
        let picture = jpeg(seed);
        // One id for all tries: an answer that was lost must not become a second item.
        let id = Uuid::new_v4();
        let start = || person.start_upload_as(id, &album, "image/jpeg", &picture);
        let started = insist(start).await;
        person.put(&started, &picture).await;
        insist(|| person.complete_upload(&started.media_id)).await;
        bytes += picture.len() as u64;
    }
    bytes
}

/// The stored bytes that the log itself speaks of: the fold of the ledger's events.
async fn folded(system: &System, account: Uuid) -> (u64, u64) {
    let log = LogReader::new(system.log().await);
    let events = log
        .load(StreamId::ledger_of(account), 0, 10_000)
        .await
        .expect("the ledger");
    let versions: Vec<u64> = events.iter().map(|event| event.version).collect();
    assert_eq!(
        versions,
        (1..=versions.len() as u64).collect::<Vec<_>>(),
        "no holes"
    );
    let mut sums = (0, 0);
    for event in events.iter().map(RecordedEvent::event) {
        match event.expect("a known event") {
            Event::BytesReserved(event) => sums.0 += event.bytes,
            Event::BytesStored(event) => {
                sums.0 -= event.bytes;
                sums.1 += event.bytes;
            }
            Event::QuotaChanged(_) => {}
            other => panic!("not expected here: {other:?}"),
        }
    }
    sums
}

/// Every stream that a read model follows stands at the very version that the log has reached.
async fn gates_equal_the_log(system: &System, suffix: &str, categories: &[&str]) -> bool {
    let streams = async |pool: sqlx::MySqlPool, statement: &'static str| {
        let rows = sqlx::query(statement)
            .fetch_all(&pool)
            .await
            .expect("the versions");
        let read = |row: &sqlx::mysql::MySqlRow| (row.get::<Uuid, _>(0), row.get::<u64, _>(1));
        rows.iter().map(read).collect::<BTreeMap<Uuid, u64>>()
    };
    let all = "SELECT stream_id, MAX(version), MIN(type) FROM events GROUP BY stream_id";
    let rows = sqlx::query(all)
        .fetch_all(&system.log().await)
        .await
        .expect("the log");
    let log: BTreeMap<Uuid, u64> = rows
        .iter()
        .filter(|row| {
            let name: String = row.get(2);
            categories.iter().any(|category| name.starts_with(category))
        })
        .map(|row| (row.get(0), row.get(1)))
        .collect();
    let gate = streams(
        system.database(suffix).await,
        "SELECT stream_id, version FROM gate",
    )
    .await;
    log == gate
}

#[tokio::test(flavor = "multi_thread")]
async fn every_service_is_killed_and_stopped_under_load_and_the_sums_are_exact() {
    let mut system = System::start(shared_servers(), &[]).await;
    let mut tasks = Vec::new();
    let mut people = Vec::new();
    for number in 0..4_u32 {
        let person = Person::sign_up(&system).await;
        let (album, _) = person.create_album("Album").await;
        people.push((person.clone(), album.clone()));
        tasks.push(tokio::spawn(upload_all(
            person,
            album,
            number * 100..number * 100 + 25,
        )));
    }
    for service in [
        Service::Projection,
        Service::Command,
        Service::Purger,
        Service::Gateway,
    ] {
        for kill in [true, false] {
            tokio::time::sleep(Duration::from_millis(300)).await;
            if kill {
                system.kill_service(service);
            } else {
                system.stop_service(service).await;
            }
            system.start_service(service).await;
        }
    }
    for (task, (person, album)) in tasks.into_iter().zip(people) {
        let bytes = task.await.expect("the uploads end");
        assert_eq!(
            folded(&system, person.account).await,
            (0, bytes),
            "in the log"
        );
        let usage = || async {
            person.usage(None).await.map_or((0, 0, 0), |usage| {
                (usage.stored_bytes, usage.reserved_bytes, usage.photos)
            })
        };
        eventually(Duration::from_secs(30), &(bytes, 0, 25), usage).await;
        let count = || async {
            person
                .list_media(&album, 10, None)
                .await
                .map_or(0, |list| list.len())
        };
        eventually(Duration::from_secs(30), &25, count).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn projection_svc_killed_in_the_middle_of_its_batches_applies_every_event_once() {
    let mut system = System::start(shared_servers(), &[]).await;
    let person = Person::sign_up(&system).await;
    let (album, _) = person.create_album("Album").await;
    // A backlog that takes several batches.
    system.stop_service(Service::Projection).await;
    let mut bytes = 0;
    for chunk in 0..6 {
        let uploads = (0..20).map(|seed| {
            upload_all(person.clone(), album.clone(), {
                let seed = chunk * 20 + seed;
                seed..seed + 1
            })
        });
        bytes += futures::future::join_all(uploads).await.iter().sum::<u64>();
    }
    // Killed again and again while it works the backlog off, at another moment each time.
    for milliseconds in [5, 20, 40, 60, 80, 110, 150, 200] {
        system.start_service(Service::Projection).await;
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
        system.kill_service(Service::Projection);
    }
    system.start_service(Service::Projection).await;
    let usage = || async {
        person
            .usage(None)
            .await
            .map_or((0, 0), |usage| (usage.stored_bytes, usage.photos))
    };
    eventually(Duration::from_secs(30), &(bytes, 120), usage).await;
    let caught_up = || {
        gates_equal_the_log(
            &system,
            "_storage_usage_g1",
            &["account.", "ledger.", "media."],
        )
    };
    eventually(Duration::from_secs(30), &true, caught_up).await;
    let caught_up = || {
        gates_equal_the_log(
            &system,
            "_album_listings_g1",
            &["account.", "album.", "media."],
        )
    };
    eventually(Duration::from_secs(30), &true, caught_up).await;
    assert_eq!(
        person
            .list_media(&album, 50, None)
            .await
            .expect("a listing")
            .len(),
        120
    );

    // command-svc comes back without its memory and goes on from the ledger's snapshot.
    let snapshots: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM snapshots WHERE version >= 200")
        .fetch_one(&system.log().await)
        .await
        .expect("the snapshots");
    assert_eq!(snapshots, 1);
    system.kill_service(Service::Command);
    system.start_service(Service::Command).await;
    bytes += upload_all(person.clone(), album, 1000..1001).await;
    eventually(Duration::from_secs(30), &(bytes, 121), usage).await;
    assert_eq!(folded(&system, person.account).await, (0, bytes));
}
