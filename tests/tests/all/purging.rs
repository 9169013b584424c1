//! Deleting brings usage and S3 down together.

use std::{path::Path, time::Duration};

use picup::receipt::{ReceiptObject, receipt_of};
use picup_local_stack::{DataFolder, Moto, S3Server};
use picup_objects::{media_prefix, original_key};
use picup_tests::{
    Letters, Person, Service, System, eventually, jpeg, own_servers, shared_servers,
};
use uuid::Uuid;

async fn stored(person: &Person) -> u64 {
    person
        .usage(None)
        .await
        .map_or(u64::MAX, |usage| usage.stored_bytes)
}

async fn objects_of(system: &System, person: &Person, media: &str) -> usize {
    let media: Uuid = media.parse().expect("an id");
    let objects = system.objects().await;
    objects
        .list_after(&media_prefix(person.account, media), "", 1000)
        .await
        .map_or(usize::MAX, |list| list.len())
}

#[tokio::test(flavor = "multi_thread")]
async fn deleting_a_picture_removes_it_from_s3_and_then_frees_its_bytes() {
    let system = System::start(shared_servers(), &[]).await;
    let mina = Person::sign_up(&system).await;
    let (album, _) = mina.create_album("Album").await;
    let (kept, deleted) = (jpeg(1), jpeg(2));
    mina.upload(&album, "image/jpeg", &kept).await;
    let (media, _) = mina.upload(&album, "image/jpeg", &deleted).await;
    assert_eq!(objects_of(&system, &mina, &media).await, 1);

    let token = mina.delete_media(&media).await.expect("it is deleted");
    let listed = mina
        .list_media(&album, 100, Some(token))
        .await
        .expect("a listing");
    assert_eq!(listed.len(), 1);
    eventually(Duration::from_secs(20), &(kept.len() as u64), || {
        stored(&mina)
    })
    .await;
    assert_eq!(objects_of(&system, &mina, &media).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_purge_waits_while_s3_is_away_and_frees_no_byte_before_it_is_done() {
    let servers = Box::leak(Box::new(own_servers()));
    let system = System::start(servers, &[]).await;
    let mina = Person::sign_up(&system).await;
    let (album, _) = mina.create_album("Album").await;
    let picture = jpeg(1);
    let (media, _) = mina.upload(&album, "image/jpeg", &picture).await;

    let s3: &S3Server = servers.s3().expect("our own S3");
    s3.stop();
    let token = mina
        .delete_media(&media)
        .await
        .expect("deleting needs no S3");
    let away = Duration::from_mins(1);
    let start = std::time::Instant::now();
    while start.elapsed() < away {
        let usage = mina.usage(Some(token.clone())).await.expect("usage");
        assert_eq!(
            usage.stored_bytes,
            picture.len() as u64,
            "nothing is free before it is gone"
        );
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
    s3.start_again().expect("S3 is back");
    eventually(Duration::from_secs(30), &0, || stored(&mina)).await;
    assert_eq!(objects_of(&system, &mina, &media).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_is_complete_though_an_earlier_purge_was_killed_before_it_could_report() {
    let mut system = System::start(shared_servers(), &[]).await;
    let mina = Person::sign_up(&system).await;
    let (album, _) = mina.create_album("Album").await;
    let picture = jpeg(1);
    let (media, _) = mina.upload(&album, "image/jpeg", &picture).await;
    system.stop_service(Service::Purger).await;
    mina.delete_media(&media).await.expect("it is deleted");
    let id: Uuid = media.parse().expect("an id");
    let removed = system.objects().await.remove(mina.account, id).await;
    assert_eq!(removed.expect("it is removed").len(), 1);

    system.start_service(Service::Purger).await;
    eventually(Duration::from_secs(20), &0, || stored(&mina)).await;
    let operator = system.operator_client().await;
    let receipt = receipt_of(&operator, &media).await.expect("a receipt");
    let expected = ReceiptObject {
        key: original_key(mina.account, id),
        bytes: picture.len() as u64,
        gone_before: true,
    };
    assert_eq!(receipt.objects, [expected]);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_purges_at_once_each_leave_a_receipt_of_their_own() {
    let mut system = System::start(shared_servers(), &[]).await;
    let mina = Person::sign_up(&system).await;
    let (album, _) = mina.create_album("Album").await;
    let mut media = Vec::new();
    for seed in 0..40 {
        media.push(mina.upload(&album, "image/jpeg", &jpeg(seed)).await.0);
    }
    system.stop_service(Service::Purger).await;
    for id in &media {
        mina.delete_media(id).await.expect("it is deleted");
    }
    // They wait together, so that they are purged together.
    system.start_service(Service::Purger).await;
    eventually(Duration::from_secs(30), &0, || stored(&mina)).await;
    let operator = system.operator_client().await;
    for (seed, id) in (0..).zip(&media) {
        let receipt = receipt_of(&operator, id).await.expect("a receipt");
        let key = original_key(mina.account, id.parse().expect("an id"));
        assert_eq!(receipt.objects.len(), 1);
        assert_eq!(receipt.objects[0].key, key);
        assert_eq!(receipt.objects[0].bytes, jpeg(seed).len() as u64);
        assert!(!receipt.objects[0].gone_before);
        assert_eq!(objects_of(&system, &mina, id).await, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_names_the_invalidation_at_the_cdn_and_waits_for_one_that_is_refused() {
    let moto = tokio::task::spawn_blocking(|| {
        let folder = DataFolder::throw_away(&std::env::temp_dir()).expect("a folder");
        let programs = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let moto = Moto::start(&folder, programs, &|line| eprintln!("{line}"));
        let moto = moto.expect("moto starts");
        let distribution = moto.add_distribution().expect("a distribution");
        (moto, distribution)
    });
    let (moto, distribution) = moto.await.expect("a thread");
    let url = moto.url();
    let variables = [
        ("PICUP_CLOUDFRONT_DISTRIBUTION", "NOSUCH"),
        ("PICUP_CLOUDFRONT_ENDPOINT", url.as_str()),
        ("PICUP_CLOUDFRONT_ACCESS_KEY", "key"),
        ("PICUP_CLOUDFRONT_SECRET_KEY", "secret"),
    ];
    let mut system = System::start(shared_servers(), &variables).await;
    let letters = Letters::of(&system).await;
    let mina = Person::sign_up(&system).await;
    let (album, _) = mina.create_album("Album").await;
    let picture = jpeg(1);
    let (media, _) = mina.upload(&album, "image/jpeg", &picture).await;
    mina.delete_media(&media).await.expect("it is deleted");
    let waiting = || async { letters.list("open").await.len() };
    eventually(Duration::from_secs(20), &1, waiting).await;
    assert_eq!(stored(&mina).await, picture.len() as u64);

    system.stop_service(Service::Purger).await;
    system.set_variable("PICUP_CLOUDFRONT_DISTRIBUTION", &distribution);
    system.start_service(Service::Purger).await;
    let selection = letters.select_all().await;
    letters.replay(&selection).await.expect("it is replayed");
    eventually(Duration::from_secs(20), &0, || stored(&mina)).await;
    let operator = system.operator_client().await;
    let receipt = receipt_of(&operator, &media).await.expect("a receipt");
    assert!(receipt.invalidation_id.is_some());
    assert!(receipt.objects[0].gone_before, "the first purge removed it");
}
