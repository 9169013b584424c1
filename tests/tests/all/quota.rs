//! Never over the quota, and what fits is stored.

use std::{collections::BTreeSet, time::Duration};

use picup_tests::{Person, System, eventually, jpeg, reason, shared_servers};
use tonic::Code;

#[tokio::test(flavor = "multi_thread")]
async fn two_imports_at_once_never_exceed_the_quota_and_store_what_fits() {
    // Sixty pictures of known sizes, two thirds of which fit.
    let pictures: Vec<Vec<u8>> = (0..60).map(jpeg).collect();
    let quota: u64 = pictures
        .iter()
        .take(40)
        .map(|picture| picture.len() as u64)
        .sum();
    let system = System::start(
        shared_servers(),
        &[("PICUP_QUOTA_BYTES", &quota.to_string())],
    )
    .await;
    let mina = Person::sign_up(&system).await;
    let (album, _) = mina.create_album("Album").await;

    // Two importers at once, each with thirty uploads in parallel.
    let mut uploads = Vec::new();
    for picture in pictures.clone() {
        let (mina, album) = (mina.clone(), album.clone());
        uploads.push(tokio::spawn(async move {
            match mina.start_upload(&album, "image/jpeg", &picture).await {
                Ok(started) => {
                    mina.put(&started, &picture).await;
                    mina.complete_upload(&started.media_id)
                        .await
                        .expect("what fits is stored");
                    Some(picture.len() as u64)
                }
                Err(status) => {
                    assert_eq!(status.code(), Code::ResourceExhausted, "{status}");
                    assert_eq!(reason(&status), "QUOTA_EXCEEDED");
                    None
                }
            }
        }));
    }
    let mut stored = Vec::new();
    for upload in uploads {
        stored.extend(upload.await.expect("the upload ends"));
    }
    let sum: u64 = stored.iter().sum();
    assert!(sum <= quota);
    let smallest = pictures
        .iter()
        .map(|picture| picture.len() as u64)
        .max()
        .expect("some");
    assert!(
        quota - sum < smallest,
        "{} bytes were refused although they fit",
        quota - sum
    );

    let usage = || async {
        let usage = mina.usage(None).await.expect("usage");
        (usage.stored_bytes, usage.reserved_bytes, usage.photos)
    };
    eventually(
        Duration::from_secs(20),
        &(sum, 0, stored.len() as u64),
        usage,
    )
    .await;
    // Listings are another read model, which catches up on its own.
    let listed = || async {
        let listed = mina.list_media(&album, 7, None).await.expect("a listing");
        let names: BTreeSet<_> = listed.iter().map(|media| &media.media_id).collect();
        (listed.len(), names.len())
    };
    eventually(
        Duration::from_secs(20),
        &(stored.len(), stored.len()),
        listed,
    )
    .await;
}
