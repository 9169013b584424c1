//! The audits name what is wrong, and only that.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use picup::{
    audit::{InFlightView, UsageReport, WorkReport, audit_usage, audit_work},
    client::Client,
};
use picup_local_stack::S3Server;
use picup_objects::{Original, original_key};
use picup_proto::{
    commands::v1::{DeleteAlbumRequest, TrashMediaRequest},
    operations::v1::{AuditUsageRequest, UsageDifference, audit_client::AuditClient},
};
use picup_tests::{
    Person, Service, System, eventually, jpeg, own_servers, png, put_behind, shared_servers,
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Work that nobody does in these tests: the thumbnailer does not run yet. Empty when it does.
const NOBODYS: &[&str] = &["renditions"];

async fn usage(operator: &Client) -> UsageReport {
    audit_usage(operator, None).await.expect("the audit runs")
}

async fn work(operator: &Client) -> WorkReport {
    let counted = audit_work(operator, true).await;
    counted.expect("the work is counted")
}

/// All that somebody is to do.
fn left(report: &WorkReport) -> u64 {
    let nobodys = NOBODYS.iter().map(|kind| report.work[*kind].count);
    report.total - nobodys.sum::<u64>()
}

/// Waits until nothing is left to do.
async fn idle(operator: &Client) {
    let left = || async { left(&work(operator).await) };
    eventually(Duration::from_secs(40), &0, left).await;
}

async fn trash(person: &Person, media: &str) {
    let request = person.request(TrashMediaRequest {
        command_id: Uuid::new_v4().to_string(),
        media_id: media.to_owned(),
    });
    let trashed = person.media_commands().trash_media(request).await;
    trashed.expect("it is trashed");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_imports_deletes_and_purges_an_idle_system_audits_to_zero() {
    let system = System::start(shared_servers(), &[]).await;
    let operator = system.operator_client().await;
    let (mina, jun) = (
        Person::sign_up(&system).await,
        Person::sign_up(&system).await,
    );
    let mut kept = 0;
    for person in [&mina, &jun] {
        let (album, _) = person.create_album("Kept").await;
        let (cleared, _) = person.create_album("Cleared").await;
        let mut media = Vec::new();
        for seed in 0..6 {
            media.push(person.upload(&album, "image/jpeg", &jpeg(seed)).await.0);
            person.upload(&cleared, "image/png", &png(seed)).await;
        }
        trash(person, &media[0]).await;
        person.delete_media(&media[1]).await.expect("it is deleted");
        kept += (2..6).map(|seed| jpeg(seed).len() as u64).sum::<u64>();
        let delete = person.request(DeleteAlbumRequest {
            command_id: Uuid::new_v4().to_string(),
            album_id: cleared,
        });
        let deleted = person.album_commands().delete_album(delete).await;
        deleted.expect("it is deleted");
    }
    // While all of that is under way nothing of it is a difference.
    let busy = usage(&operator).await;
    assert!(busy.verdict().is_ok(), "{}", busy.text());

    idle(&operator).await;
    let trashed = usage(&operator).await;
    assert!(trashed.verdict().is_ok(), "{}", trashed.text());
    assert_eq!(trashed.objects, 22, "what is in the trash is still there");
    for person in [&mina, &jun] {
        person.empty_trash().await.expect("it is emptied");
    }
    idle(&operator).await;
    let report = usage(&operator).await;
    assert!(report.verdict().is_ok(), "{}", report.text());
    assert_eq!(report.in_flight, InFlightView::default());
    // The operator has an account, too.
    assert_eq!((report.accounts, report.media), (3, 24));
    assert_eq!((report.objects, report.object_bytes), (8, kept));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_audit_in_the_midst_of_imports_and_deletes_finds_no_difference() {
    let system = System::start(shared_servers(), &[]).await;
    let operator = system.operator_client().await;
    let mina = Person::sign_up(&system).await;
    let (album, _) = mina.create_album("Album").await;
    let over = CancellationToken::new();
    let imported = Arc::new(AtomicU64::new(0));
    let mut importers = Vec::new();
    for importer in 0..3_u32 {
        let (mina, album, over) = (mina.clone(), album.clone(), over.clone());
        let imported = imported.clone();
        importers.push(tokio::spawn(async move {
            let mut count = 0;
            while !over.is_cancelled() {
                let picture = jpeg(importer * 100_000 + count);
                let (media, _) = mina.upload(&album, "image/jpeg", &picture).await;
                match count % 3 {
                    0 => drop(mina.delete_media(&media).await.expect("it is deleted")),
                    1 => trash(&mina, &media).await,
                    _ => {}
                }
                count += 1;
                imported.fetch_add(1, Ordering::Relaxed);
            }
        }));
    }
    let start = Instant::now();
    // Until the ledger is longer than what one step reads.
    while imported.load(Ordering::Relaxed) < 90 {
        assert!(
            start.elapsed() < Duration::from_mins(2),
            "it takes too long"
        );
        let report = usage(&operator).await;
        assert!(report.verdict().is_ok(), "{}", report.text());
    }
    over.cancel();
    for importer in importers {
        importer.await.expect("no command failed");
    }
    let count = imported.load(Ordering::Relaxed);
    idle(&operator).await;
    let report = usage(&operator).await;
    assert!(report.verdict().is_ok(), "{}", report.text());
    assert_eq!(
        (report.media, report.in_flight),
        (count, InFlightView::default())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn uploads_under_way_and_events_not_applied_are_no_differences() {
    let mut system = System::start(shared_servers(), &[]).await;
    let operator = system.operator_client().await;
    let mina = Person::sign_up(&system).await;
    let (album, _) = mina.create_album("Album").await;
    let picture = jpeg(1);
    let started = mina.start_upload(&album, "image/jpeg", &picture).await;
    let started = started.expect("it starts");
    mina.put(&started, &picture).await;
    idle(&operator).await;
    let report = usage(&operator).await;
    assert!(report.verdict().is_ok(), "{}", report.text());
    let expected = InFlightView {
        accounts: 1,
        uploads: 1,
        upload_bytes: picture.len() as u64,
        ..InFlightView::default()
    };
    assert_eq!(report.in_flight, expected);

    // Eight days later nobody will complete it any more.
    let age = "UPDATE events SET recorded_at = recorded_at - INTERVAL 8 DAY \
               WHERE type = 'media.UploadStarted'";
    let aged = sqlx::query(age).execute(&system.log().await).await;
    aged.expect("time passes");
    let report = work(&operator).await;
    let expired = &report.work["expired-uploads"];
    assert_eq!((left(&report), expired.count), (1, 1), "{}", report.text());
    assert_eq!(
        expired.items[0].stream,
        format!("media/{}", started.media_id)
    );

    // The broker keeps the news from the read models: they are behind, and still right for where they are.
    let usage_database = system.database("_storage_usage_g1").await;
    let mut lock = usage_database.begin().await.expect("a transaction");
    sqlx::query("SELECT version FROM gate FOR UPDATE")
        .fetch_all(&mut *lock)
        .await
        .expect("the gate is held shut");
    let completed = mina.complete_upload(&started.media_id).await;
    completed.expect("it completes");
    trash(&mina, &started.media_id).await;
    let report = work(&operator).await;
    let behind = &report.work["unapplied/storage-usage"];
    assert_eq!(behind.count, 3, "{}", report.text());
    assert_eq!(behind.items.len(), 2, "{}", report.text());
    let report = usage(&operator).await;
    assert!(report.verdict().is_ok(), "{}", report.text());
    assert!(report.in_flight.unapplied >= 3, "{}", report.text());
    lock.rollback().await.expect("the gate opens");
    idle(&operator).await;
    system.stop_service(Service::Purger).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_was_changed_by_hand_is_named_with_its_account_and_the_bytes() {
    let system = System::start(shared_servers(), &[]).await;
    let operator = system.operator_client().await;
    let (mina, jun) = (
        Person::sign_up(&system).await,
        Person::sign_up(&system).await,
    );
    for person in [&mina, &jun] {
        let (album, _) = person.create_album("Album").await;
        person.upload(&album, "image/jpeg", &jpeg(1)).await;
    }
    idle(&operator).await;
    assert_eq!(usage(&operator).await.difference_count, 0);

    let usage_database = system.database("_storage_usage_g1").await;
    sqlx::query("UPDATE accounts SET stored_bytes = stored_bytes + 7 WHERE account_id = ?")
        .bind(mina.account)
        .execute(&usage_database)
        .await
        .expect("the row is changed");
    let albums_database = system.database("_album_listings_g1").await;
    sqlx::query("UPDATE albums SET photos = photos + 1 WHERE account_id = ?")
        .bind(jun.account)
        .execute(&albums_database)
        .await
        .expect("the row is changed");
    let report = usage(&operator).await;
    assert!(report.verdict().is_err());
    let mut found: Vec<_> = report
        .differences
        .iter()
        .map(|found| {
            let account = found.account_id.clone().expect("an account");
            let sources = (found.expected_source, found.found_source);
            (found.figure.as_str(), account, sources, found.difference)
        })
        .collect();
    found.sort();
    let mina_is = (
        "stored_bytes",
        mina.account.to_string(),
        ("the ledger", "storage-usage"),
        7,
    );
    let events = "the media items' events";
    let jun_is = (
        "listed_photos",
        jun.account.to_string(),
        (events, "album-listings"),
        1,
    );
    assert_eq!(found, [jun_is, mina_is], "{}", report.text());
    let one = audit_usage(&operator, Some(&jun.account.to_string())).await;
    assert_eq!(one.expect("the audit runs").difference_count, 1);
    let nobody = audit_usage(&operator, Some(&Uuid::new_v4().to_string())).await;
    let refused = nobody.expect_err("there is no such account");
    assert_eq!(refused.kind().exit_code(), 4, "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_is_missing_and_ones_that_nothing_explains_are_named() {
    let system = System::start(shared_servers(), &[]).await;
    let operator = system.operator_client().await;
    let mina = Person::sign_up(&system).await;
    let (album, _) = mina.create_album("Album").await;
    let mut media = Vec::new();
    for seed in 0..4 {
        media.push(mina.upload(&album, "image/jpeg", &jpeg(seed)).await.0);
    }
    idle(&operator).await;

    let objects = system.objects().await;
    let lost: Uuid = media[2].parse().expect("an id");
    let removed = objects.remove(mina.account, lost).await;
    assert_eq!(removed.expect("it is removed").len(), 1);
    // One below Mina's account, and one below an account that is nobody's.
    let (stray, nobody) = (Uuid::new_v4(), Uuid::new_v4());
    for account in [mina.account, nobody] {
        let original = Original {
            bytes: jpeg(9).len() as u64,
            content_type: "image/jpeg".to_owned(),
            sha256: sha256(&jpeg(9)),
        };
        let put = objects.presign_put(account, stray, &original).await;
        put_behind(&put.expect("a URL"), &jpeg(9)).await;
    }
    let report = usage(&operator).await;
    let mut found: Vec<_> = report
        .differences
        .iter()
        .map(|found| {
            let account = found.account_id.clone().expect("an account");
            (account, found.keys[0].clone(), found.expected, found.found)
        })
        .collect();
    found.sort();
    let length = |seed| i64::try_from(jpeg(seed).len()).expect("a length");
    let row = |account: Uuid, media, expected, found| {
        let key = original_key(account, media);
        (account.to_string(), key, expected, found)
    };
    let mut expected = [
        row(mina.account, lost, length(2), 0),
        row(mina.account, stray, 0, length(9)),
        row(nobody, stray, 0, length(9)),
    ];
    expected.sort();
    assert_eq!(found, expected, "{}", report.text());
    let named = report.differences.iter().find(|found| found.found == 0);
    assert_eq!(named.expect("it is named").media_ids, [media[2].clone()]);

    // Broken off after every single step and taken up again, it finds the same.
    let mut again: Vec<String> = one_step_at_a_time(&system)
        .await
        .into_iter()
        .flat_map(|found| found.keys)
        .collect();
    again.sort();
    let mut at_once: Vec<String> = expected.into_iter().map(|(_, key, ..)| key).collect();
    at_once.sort();
    assert_eq!(again, at_once);
}

async fn one_step_at_a_time(system: &System) -> Vec<UsageDifference> {
    let operator = system.operator().await;
    let (mut differences, mut cursor) = (Vec::new(), Vec::new());
    loop {
        let request = operator.request(AuditUsageRequest {
            account_id: String::new(),
            cursor,
        });
        let mut client = AuditClient::new(operator.channel());
        let answers = client.audit_usage(request).await.expect("it runs");
        let answer = answers.into_inner().message().await.expect("an answer");
        let answer = answer.expect("a step");
        differences.extend(answer.differences);
        if answer.done {
            return differences;
        }
        cursor = answer.cursor;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_purge_that_waits_while_s3_is_away_is_work_until_it_is_done() {
    let servers = Box::leak(Box::new(own_servers()));
    let system = System::start(servers, &[]).await;
    let operator = system.operator_client().await;
    let mina = Person::sign_up(&system).await;
    let (album, _) = mina.create_album("Album").await;
    let (media, _) = mina.upload(&album, "image/jpeg", &jpeg(1)).await;
    idle(&operator).await;

    let s3: &S3Server = servers.s3().expect("our own S3");
    s3.stop();
    mina.delete_media(&media).await.expect("it is deleted");
    let purging = || async {
        let report = work(&operator).await;
        (left(&report), report.work["purges"].count)
    };
    eventually(Duration::from_secs(20), &(1, 1), purging).await;
    let purges = &work(&operator).await.work["purges"];
    assert_eq!(purges.items[0].stream, format!("media/{media}"));
    assert!(purges.oldest_age_seconds.is_some());
    let away = audit_usage(&operator, None).await;
    let refused = away.expect_err("S3 cannot be audited while it is away");
    assert_eq!(refused.kind().exit_code(), 5, "{refused}");

    s3.start_again().expect("S3 is back");
    eventually(Duration::from_mins(1), &(0, 0), purging).await;
    assert_eq!(usage(&operator).await.difference_count, 0);
}

fn sha256(bytes: &[u8]) -> Vec<u8> {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes);
    digest.as_ref().to_vec()
}
