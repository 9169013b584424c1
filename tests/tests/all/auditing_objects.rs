//! S3 against the log, object by object, and the work that the trash, closed accounts and renditions leave.

use std::time::Duration;

use picup::audit::{audit_objects, audit_work};
use picup_objects::{Original, media_prefix, original_key};
use picup_proto::{
    events::v1::{MediaDetails, Rendition},
    internal::v1::{
        RecordRenditionsRequest, RenderedOriginal, reactions_client::ReactionsClient,
        record_renditions_request::Outcome,
    },
};
use picup_service::auth::ServiceKey;
use picup_tests::{Person, Service, System, eventually, jpeg, put_behind, shared_servers};
use tonic::{Request, transport::Channel};
use uuid::Uuid;

/// Puts other bytes where an original is, or where none should be.
async fn put(system: &System, account: Uuid, media: Uuid, bytes: &[u8]) {
    let sha256 = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes);
    let original = Original {
        bytes: bytes.len() as u64,
        content_type: "image/jpeg".to_owned(),
        sha256: sha256.as_ref().to_vec(),
    };
    let put = system.objects().await;
    let put = put.presign_put(account, media, &original).await;
    put_behind(&put.expect("a URL"), bytes).await;
}

/// Says as the thumbnailer that there is a rendition of so many bytes.
async fn record_rendition(system: &System, person: &Person, media: &str, bytes: u64) {
    let rendition = Rendition {
        name: "grid.jpg".to_owned(),
        content_type: "image/jpeg".to_owned(),
        bytes,
        width: 400,
        height: 300,
    };
    let mut request = Request::new(RecordRenditionsRequest {
        command_id: Uuid::new_v4().to_string(),
        account_id: person.account.to_string(),
        media_id: media.to_owned(),
        outcome: Some(Outcome::Rendered(RenderedOriginal {
            renditions: vec![rendition],
            details: Some(MediaDetails::default()),
            location: None,
        })),
    });
    let key = system.variable("PICUP_SERVICE_KEY").to_owned();
    ServiceKey::new(key.into()).attach(&mut request);
    let channel = Channel::from_shared(system.command_url()).expect("a URL");
    let mut reactions = ReactionsClient::new(channel.connect_lazy());
    let recorded = reactions.record_renditions(request).await;
    recorded.expect("it is recorded");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stray_a_missing_rendition_and_a_wrong_length_are_named_and_nothing_else() {
    let system = System::start(shared_servers(), &[]).await;
    let operator = system.operator_client().await;
    let mina = Person::sign_up(&system).await;
    let (album, _) = mina.create_album("Album").await;
    let mut media = Vec::new();
    for seed in 0..3 {
        media.push(mina.upload(&album, "image/jpeg", &jpeg(seed)).await.0);
    }
    let clean = audit_objects(&operator, None).await.expect("it runs");
    assert!(clean.verdict().is_ok(), "{}", clean.text());
    assert_eq!(clean.objects, 3);

    let id = |index: usize| media[index].parse::<Uuid>().expect("an id");
    record_rendition(&system, &mina, &media[0], 77).await;
    let (stray, nobody) = (Uuid::new_v4(), Uuid::new_v4());
    put(&system, mina.account, stray, &jpeg(9)).await;
    put(&system, nobody, stray, &jpeg(9)).await;
    let longer = [jpeg(1), vec![0; 5]].concat();
    put(&system, mina.account, id(1), &longer).await;
    let objects = system.objects().await;
    let opened = objects.open_multipart(mina.account, stray, "video/mp4");
    opened.await.expect("it is opened");
    let swept = system.sweep().await;
    let swept = swept
        .run(false, &tokio_util::sync::CancellationToken::new())
        .await;
    assert_eq!(swept.expect("it sweeps").quarantined, 3);

    let report = audit_objects(&operator, None).await.expect("it runs");
    assert!(report.verdict().is_err());
    let mut found: Vec<_> = report
        .findings
        .iter()
        .map(|found| {
            (
                found.kind,
                found.key.clone(),
                found.expected_bytes,
                found.found_bytes,
            )
        })
        .collect();
    found.sort();
    let stray_length = jpeg(9).len() as u64;
    let mina_stray = original_key(mina.account, stray);
    let nobodys = original_key(nobody, stray);
    let changed = original_key(mina.account, id(1));
    let rendition = media_prefix(mina.account, id(0)) + "grid.jpg";
    let (expected, length) = (jpeg(1).len() as u64, longer.len() as u64);
    let mut all = [
        ("missing", rendition, 77, 0),
        ("quarantined", mina_stray.clone(), 0, 0),
        ("quarantined", mina_stray.clone(), 0, stray_length),
        ("quarantined", nobodys.clone(), 0, stray_length),
        ("unexplained", mina_stray.clone(), 0, stray_length),
        ("unexplained", nobodys, 0, stray_length),
        ("unexplained-upload", mina_stray, 0, 0),
        ("wrong-length", changed, expected, length),
    ];
    all.sort();
    assert_eq!(found, all, "{}", report.text());
    let account = mina.account.to_string();
    let hers = audit_objects(&operator, Some(&account)).await;
    assert_eq!(hers.expect("it runs").difference_count, 4);
    let usage = picup::audit::audit_usage(&operator, Some(&account)).await;
    let usage = usage.expect("it runs");
    assert_eq!(usage.difference_count, 3, "{}", usage.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_not_followed_its_album_or_left_the_emptied_trash_is_work() {
    let mut system = System::start(shared_servers(), &[]).await;
    let operator = system.operator_client().await;
    let mina = Person::sign_up(&system).await;
    let (album, _) = mina.create_album("Album").await;
    let (other, _) = mina.create_album("Other").await;
    let mut media = Vec::new();
    for seed in 0..3 {
        media.push(mina.upload(&album, "image/jpeg", &jpeg(seed)).await.0);
    }
    let (trashed, _) = mina.upload(&other, "image/jpeg", &jpeg(8)).await;
    record_rendition(&system, &mina, &trashed, 1).await;
    let counted = || async {
        let report = audit_work(&operator, true).await.expect("it is counted");
        let count = |kind: &str| report.work[kind].count;
        [
            count("albums"),
            count("emptied-trash"),
            count("closed-accounts"),
            count("renditions"),
        ]
    };
    assert_eq!(counted().await, [0, 0, 0, 3]);

    system.stop_service(Service::Purger).await;
    mina.delete_album(&album).await.expect("it is deleted");
    mina.trash_media(&trashed).await.expect("it is trashed");
    mina.empty_trash().await.expect("it is emptied");
    assert_eq!(counted().await, [3, 1, 0, 3]);
    mina.restore_album(&album).await.expect("it is restored");
    assert_eq!(counted().await, [0, 1, 0, 3]);
    system.start_service(Service::Purger).await;
    eventually(Duration::from_secs(30), &[0, 0, 0, 3], counted).await;

    system.stop_service(Service::Purger).await;
    let closed = mina
        .close_account(Uuid::new_v4(), picup_tests::PASSWORD)
        .await;
    closed.expect("it is closed");
    assert_eq!(
        counted().await,
        [0, 0, 4, 3],
        "the account and its three items"
    );
    system.start_service(Service::Purger).await;
    eventually(Duration::from_secs(30), &[0, 0, 0, 0], counted).await;
}
