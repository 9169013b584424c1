//! One picture, from the command to the read model.

use picup_tests::{Person, System, jpeg, png, shared_servers};
use tonic::Code;

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_that_is_put_in_is_seen_in_its_album_and_counted_exactly() {
    let system = System::start(shared_servers(), &[]).await;
    let mina = Person::sign_up(&system).await;
    let (album, _) = mina.create_album("제주 여행").await;
    let (first, second) = (jpeg(1), png(2));
    let (first_id, _) = mina.upload(&album, "image/jpeg", &first).await;
    let (second_id, token) = mina.upload(&album, "image/png", &second).await;

    let listed = mina
        .list_media(&album, 100, Some(token.clone()))
        .await
        .expect("a listing");
    let names: Vec<_> = listed.iter().map(|media| media.media_id.as_str()).collect();
    assert_eq!(
        names,
        [second_id.as_str(), first_id.as_str()],
        "newest first"
    );

    let usage = mina.usage(Some(token)).await.expect("usage");
    assert_eq!(usage.stored_bytes, (first.len() + second.len()) as u64);
    assert_eq!(
        (usage.reserved_bytes, usage.photos, usage.videos),
        (0, 2, 0)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_completes_only_when_s3_holds_what_was_announced() {
    let system = System::start(shared_servers(), &[]).await;
    let mina = Person::sign_up(&system).await;
    let (album, _) = mina.create_album("Album").await;

    let started = mina
        .start_upload(&album, "image/jpeg", &jpeg(1))
        .await
        .expect("it starts");
    let missing = mina
        .complete_upload(&started.media_id)
        .await
        .expect_err("nothing is there");
    assert_eq!(picup_tests::reason(&missing), "UPLOAD_MISSING");

    // Announced as a picture, and S3 holds exactly what was announced: but it is none.
    let text = b"just some text, saved as holiday.jpg";
    let started = mina
        .start_upload(&album, "image/jpeg", text)
        .await
        .expect("it starts");
    mina.put(&started, text).await;
    let refused = mina
        .complete_upload(&started.media_id)
        .await
        .expect_err("it is no picture");
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert_eq!(picup_tests::reason(&refused), "CONTENT_MISMATCH");
    let usage = mina.usage(started.token).await.expect("usage");
    assert_eq!((usage.stored_bytes, usage.photos), (0, 0));
}
