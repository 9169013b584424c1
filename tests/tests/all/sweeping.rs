//! What has had its time is swept up, and what nothing explains only after a long quarantine.

use std::time::Duration;

use picup::receipt::receipt_of;
use picup_event_log::{Append, EventLog, Leases, Quarantine, Quarantined, StreamAppend, Taking};
use picup_event_types::{
    Event, StreamId,
    messages::{Metadata, UploadStarted},
};
use picup_objects::{Original, media_prefix, original_key};
use picup_purger::{SweepError, SweepReport};
use picup_tests::{Person, System, eventually, film, jpeg, put_behind, shared_servers};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

const PATIENCE: Duration = Duration::from_secs(30);

async fn sweep(system: &System, dry: bool) -> SweepReport {
    let sweep = system.sweep().await;
    let report = sweep.run(dry, &CancellationToken::new()).await;
    let report = report.expect("it sweeps");
    assert!(report.is_clean(), "{}", report.text());
    report
}

/// Puts an object where no event says that there is one.
async fn put_stray(system: &System, account: Uuid, media: Uuid) -> String {
    let bytes = jpeg(7);
    let sha256 = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &bytes);
    let original = Original {
        bytes: bytes.len() as u64,
        content_type: "image/jpeg".to_owned(),
        sha256: sha256.as_ref().to_vec(),
    };
    let objects = system.objects().await;
    let put = objects.presign_put(account, media, &original).await;
    put_behind(&put.expect("a URL"), &bytes).await;
    original_key(account, media)
}

async fn is_there(system: &System, key: &str) -> bool {
    system.objects().await.describe(key).await.is_ok()
}

async fn quarantine(system: &System) -> Vec<Quarantined> {
    let quarantine = Quarantine::new(system.log().await);
    quarantine.list(0, 100).await.expect("the quarantine")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_nobody_completes_expires_with_its_parts_and_frees_its_bytes() {
    let variables = [("PICUP_UPLOAD_SECONDS", "1")];
    let system = System::start(shared_servers(), &variables).await;
    let mina = Person::sign_up(&system).await;
    let (album, _) = mina.create_album("Films").await;
    let film = film(1, 17 << 20);
    let started = mina.start_upload(&album, "video/mp4", &film).await;
    let started = started.expect("it starts");
    mina.put_part(&started.media_id, 1, &film[..16 << 20]).await;

    let expired = || async { sweep(&system, false).await.expired_uploads };
    eventually(PATIENCE, &1, expired).await;
    let prefix = media_prefix(mina.account, started.media_id.parse().expect("an id"));
    let left = || async {
        let objects = system.objects().await;
        let open = objects.list_multiparts(&prefix, None).await;
        let usage = mina.usage(None).await.expect("usage");
        (open.expect("uploads").len(), usage.reserved_bytes)
    };
    eventually(PATIENCE, &(0, 0), left).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_been_in_the_trash_for_as_long_as_it_keeps_is_deleted_with_a_receipt() {
    let variables = [("PICUP_TRASH_SECONDS", "1")];
    let system = System::start(shared_servers(), &variables).await;
    let mina = Person::sign_up(&system).await;
    let (album, _) = mina.create_album("Album").await;
    let (trashed, kept) = (jpeg(1), jpeg(2));
    let (media, _) = mina.upload(&album, "image/jpeg", &trashed).await;
    mina.upload(&album, "image/jpeg", &kept).await;
    mina.trash_media(&media).await.expect("it is trashed");

    let expired = || async { sweep(&system, false).await.expired_trash };
    eventually(PATIENCE, &1, expired).await;
    let stored = || async { mina.usage(None).await.expect("usage").stored_bytes };
    eventually(PATIENCE, &(kept.len() as u64), stored).await;
    let operator = system.operator_client().await;
    let receipt = receipt_of(&operator, &media).await.expect("a receipt");
    assert_eq!(receipt.objects.len(), 1);
    assert_eq!(receipt.objects[0].bytes, trashed.len() as u64);
    assert!(!receipt.objects[0].gone_before);
    assert_eq!(receipt.invalidation_id, None, "there is no CDN");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nothing_explains_is_quarantined_first_and_deleted_long_after() {
    let variables = [("PICUP_QUARANTINE_SECONDS", "2")];
    let system = System::start(shared_servers(), &variables).await;
    let mina = Person::sign_up(&system).await;
    let (album, _) = mina.create_album("Album").await;
    let (media, _) = mina.upload(&album, "image/jpeg", &jpeg(1)).await;
    let kept = original_key(mina.account, media.parse().expect("an id"));
    let (nobody, unknown) = (Uuid::new_v4(), Uuid::new_v4());
    let stray = put_stray(&system, nobody, Uuid::new_v4()).await;
    let objects = system.objects().await;
    let opened = objects.open_multipart(mina.account, unknown, "video/mp4");
    opened.await.expect("it is opened");

    let looked = sweep(&system, true).await;
    assert_eq!((looked.quarantined, looked.deleted), (2, 0));
    assert_eq!(quarantine(&system).await, [], "a dry run changes nothing");

    let first = sweep(&system, false).await;
    assert_eq!((first.quarantined, first.deleted), (2, 0));
    let again = sweep(&system, false).await;
    assert_eq!(
        (again.quarantined, again.deleted),
        (0, 0),
        "it is there already"
    );
    let held = quarantine(&system).await;
    assert_eq!(held.len(), 2);
    assert_eq!(held[0].unexplained.key, stray);
    assert!(
        is_there(&system, &stray).await,
        "quarantine touches nothing"
    );

    tokio::time::sleep(Duration::from_secs(2)).await;
    let looked = sweep(&system, true).await;
    assert_eq!(looked.deleted, 2);
    assert!(is_there(&system, &stray).await, "a dry run changes nothing");
    let last = sweep(&system, false).await;
    assert_eq!((last.deleted, last.in_quarantine), (2, 0));
    assert!(!is_there(&system, &stray).await);
    assert!(is_there(&system, &kept).await);
    let prefix = media_prefix(mina.account, unknown);
    let open = objects.list_multiparts(&prefix, None).await;
    assert_eq!(open.expect("uploads"), []);
    assert_eq!(quarantine(&system).await, []);
    let recorded = "SELECT COUNT(*) FROM quarantine WHERE deleted_at IS NOT NULL";
    let recorded: i64 = sqlx::query_scalar(recorded)
        .fetch_one(&system.log().await)
        .await
        .expect("the record");
    assert_eq!(recorded, 2, "every deletion is recorded");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stray_that_an_event_explains_meanwhile_leaves_quarantine_and_is_kept() {
    let variables = [("PICUP_QUARANTINE_SECONDS", "1")];
    let system = System::start(shared_servers(), &variables).await;
    let mina = Person::sign_up(&system).await;
    let (album, _) = mina.create_album("Album").await;
    let media = Uuid::now_v7();
    let stray = put_stray(&system, mina.account, media).await;
    assert_eq!(sweep(&system, false).await.quarantined, 1);
    let event = Event::UploadStarted(UploadStarted {
        account_id: mina.account.as_bytes().to_vec(),
        album_id: album.parse::<Uuid>().expect("an id").as_bytes().to_vec(),
        ..UploadStarted::default()
    });
    let log = EventLog::new(system.log().await, || {});
    let appended = log.append(Append {
        command_id: Uuid::new_v4(),
        metadata: Metadata::default(),
        streams: vec![StreamAppend {
            stream: StreamId::media(media),
            expected_version: 0,
            events: vec![event],
        }],
    });
    appended.await.expect("it is appended");
    tokio::time::sleep(Duration::from_secs(1)).await;
    let report = sweep(&system, false).await;
    assert_eq!((report.released, report.deleted), (1, 0));
    assert!(is_there(&system, &stray).await);
    assert_eq!(quarantine(&system).await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_cannot_be_read_keeps_its_objects_and_hides_no_stray() {
    let system = System::start(shared_servers(), &[]).await;
    let mina = Person::sign_up(&system).await;
    let (album, _) = mina.create_album("Album").await;
    let (media, _) = mina.upload(&album, "image/jpeg", &jpeg(1)).await;
    let media: Uuid = media.parse().expect("an id");
    let newer = "UPDATE events SET type = 'media.FromTheFuture' WHERE stream_id = ?";
    let log = system.log().await;
    let changed = sqlx::query(newer).bind(media).execute(&log).await;
    assert!(changed.expect("it is changed").rows_affected() > 0);
    let stray = put_stray(&system, Uuid::new_v4(), Uuid::new_v4()).await;
    let report = system.sweep().await;
    let report = report.run(false, &CancellationToken::new()).await;
    let report = report.expect("it sweeps");
    assert_eq!(report.quarantined, 1, "{}", report.text());
    assert_eq!(quarantine(&system).await[0].unexplained.key, stray);
    assert_eq!(report.failed, 1, "{}", report.text());
    assert!(
        report.failures[0].contains("FromTheFuture"),
        "{}",
        report.text()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn another_object_under_the_same_key_begins_its_time_anew() {
    let variables = [("PICUP_QUARANTINE_SECONDS", "3600")];
    let system = System::start(shared_servers(), &variables).await;
    let stray = put_stray(&system, Uuid::new_v4(), Uuid::new_v4()).await;
    assert_eq!(sweep(&system, false).await.quarantined, 1);
    let aged =
        "UPDATE quarantine SET first_seen_at = first_seen_at - INTERVAL 1 DAY, e_tag = 'before'";
    let log = system.log().await;
    let aged = sqlx::query(aged).execute(&log).await.expect("time passes");
    assert_eq!(aged.rows_affected(), 1);
    let report = sweep(&system, false).await;
    assert_eq!((report.quarantined, report.deleted), (1, 0));
    assert!(quarantine(&system).await[0].seconds < 3600);
    let aged = "UPDATE quarantine SET first_seen_at = first_seen_at - INTERVAL 1 DAY";
    sqlx::query(aged).execute(&log).await.expect("time passes");
    assert_eq!(sweep(&system, false).await.deleted, 1);
    assert!(!is_there(&system, &stray).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_whose_sweep_was_killed_is_recorded_by_the_next() {
    let system = System::start(shared_servers(), &[]).await;
    let (account, media) = (Uuid::new_v4(), Uuid::new_v4());
    put_stray(&system, account, media).await;
    assert_eq!(sweep(&system, false).await.quarantined, 1);
    let quarantine = Quarantine::new(system.log().await);
    let held = quarantine.list(0, 1).await.expect("the quarantine");
    let begun = quarantine.begin_deletion(held[0].id).await;
    begun.expect("it is written down");
    let removed = system.objects().await.remove(account, media).await;
    assert_eq!(removed.expect("it is removed").len(), 1);
    let report = sweep(&system, false).await;
    assert_eq!((report.deleted, report.released), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_sweeps_never_run_at_once_and_a_dead_ones_place_is_taken_over() {
    let system = System::start(shared_servers(), &[]).await;
    let leases = Leases::new(system.log().await);
    let taken = leases.take("sweep", "another purger", 2).await;
    let Ok(Taking::Taken(held)) = taken else {
        panic!("{taken:?}");
    };
    let run = || async {
        let sweep = system.sweep().await;
        sweep.run(false, &CancellationToken::new()).await
    };
    let refused = run().await.expect_err("another one sweeps");
    let SweepError::UnderWay { owner, .. } = refused else {
        panic!("{refused}");
    };
    assert_eq!(owner, "another purger");
    let looked = system.sweep().await;
    let looked = looked.run(true, &CancellationToken::new()).await;
    assert!(looked.is_ok(), "looking changes nothing");

    // It is never heard of again.
    let swept = || async { run().await.is_ok() };
    eventually(PATIENCE, &true, swept).await;
    let renewed = leases.renew(&held, 60).await.expect("an answer");
    assert!(!renewed, "who comes back late has lost it");
    assert!(run().await.is_ok(), "it is given back at the end");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_purger_sweeps_by_itself() {
    let variables = [("PICUP_SWEEP_SECONDS", "1")];
    let system = System::start(shared_servers(), &variables).await;
    put_stray(&system, Uuid::new_v4(), Uuid::new_v4()).await;
    let held = || async { quarantine(&system).await.len() };
    eventually(PATIENCE, &1, held).await;
}
