//! Trash, restoring, emptying, and the end of an account.

use std::time::Duration;

use picup::audit::audit_work;
use picup_objects::account_prefix;
use picup_proto::access::v1::{RefreshRequest, SignInRequest, access_client::AccessClient};
use picup_tests::{PASSWORD, Person, Service, System, eventually, jpeg, reason, shared_servers};
use tonic::Code;
use uuid::Uuid;

const PATIENCE: Duration = Duration::from_secs(30);

/// How many media items lie in the album and in the trash; those in a deleted album count in neither until they are
/// in the trash.
async fn lies(person: &Person, album: &str) -> (usize, usize) {
    let listed = person.list_media(album, 100, None).await;
    let trashed = person.list_trash(100, None).await.expect("the trash");
    (listed.map_or(0, |listed| listed.len()), trashed.len())
}

async fn stored(person: &Person) -> (u64, u64, u64) {
    let usage = person.usage(None).await.expect("usage");
    (usage.stored_bytes, usage.reserved_bytes, usage.trash_bytes)
}

async fn pictures(person: &Person, album: &str, count: u32) -> Vec<String> {
    let mut media = Vec::new();
    for seed in 0..count {
        media.push(person.upload(album, "image/jpeg", &jpeg(seed)).await.0);
    }
    media
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_trashed_is_listed_with_its_end_and_comes_back_where_it_was() {
    let keeps = 3600;
    let variables = [("PICUP_TRASH_SECONDS", "3600")];
    let system = System::start(shared_servers(), &variables).await;
    let mina = Person::sign_up(&system).await;
    let (album, _) = mina.create_album("Album").await;
    let media = pictures(&mina, &album, 7).await;
    let mut token = None;
    for id in &media[..5] {
        token = Some(mina.trash_media(id).await.expect("it is trashed"));
    }
    let trash = mina.list_trash(2, token).await.expect("the trash");
    let ids: Vec<&str> = trash.iter().map(|media| media.media_id.as_str()).collect();
    let latest_first: Vec<&str> = media[..5].iter().rev().map(String::as_str).collect();
    assert_eq!(ids, latest_first, "pages neither skip nor repeat");
    for item in &trash {
        let ends = item.deleted_for_good_at_micros.expect("an end");
        let since = item.trashed_at_micros.expect("since when");
        assert_eq!(ends - since, keeps * 1_000_000);
    }
    assert_eq!(lies(&mina, &album).await, (2, 5));
    let token = mina.restore_media(&media[0]).await.expect("it is restored");
    let listed = mina.list_media(&album, 100, Some(token)).await;
    let listed = listed.expect("a listing");
    assert_eq!(listed.len(), 3);
    assert_eq!(listed[2].media_id, media[0], "it is where it was");
    assert_eq!(lies(&mina, &album).await, (3, 4));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_album_goes_to_the_trash_and_comes_back_whole_though_the_purger_is_killed() {
    let mut system = System::start(shared_servers(), &[]).await;
    let mina = Person::sign_up(&system).await;
    let (album, _) = mina.create_album("Jeju").await;
    let media = pictures(&mina, &album, 120).await;
    mina.trash_media(&media[0]).await.expect("it is trashed");
    let started = mina.start_upload(&album, "image/jpeg", &jpeg(999)).await;
    let started = started.expect("it starts");

    system.kill_service(Service::Purger);
    let token = mina.delete_album(&album).await.expect("it is deleted");
    let listed = mina.list_media(&album, 100, Some(token.clone())).await;
    assert_eq!(listed.expect_err("it is gone").code(), Code::NotFound);
    let deleted = mina.list_deleted_albums(Some(token)).await;
    let deleted = deleted.expect("deleted albums");
    assert_eq!(deleted.len(), 1, "also before anything has followed");
    assert_eq!(deleted[0].title, "Jeju");
    system.start_service(Service::Purger).await;
    let half_way = || async { lies(&mina, &album).await.1 > 10 };
    eventually(PATIENCE, &true, half_way).await;
    system.kill_service(Service::Purger);
    system.start_service(Service::Purger).await;
    eventually(PATIENCE, &(0, 120), || lies(&mina, &album)).await;
    let refused = mina.restore_media(&media[1]).await.expect_err("no album");
    assert_eq!(reason(&refused), "ALBUM_DELETED");
    // The upload that was under way is given up and purged.
    let reserved = || async { stored(&mina).await.1 };
    eventually(PATIENCE, &0, reserved).await;
    let gone = mina.complete_upload(&started.media_id).await;
    assert_eq!(reason(&gone.expect_err("it is over")), "UPLOAD_OVER");

    mina.restore_album(&album).await.expect("it is restored");
    // All but the one that was in the trash before.
    eventually(PATIENCE, &(119, 1), || lies(&mina, &album)).await;
    assert!(
        mina.list_deleted_albums(None)
            .await
            .expect("deleted albums")
            .is_empty()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn emptying_the_trash_deletes_what_is_in_it_then_and_nothing_else() {
    let mut system = System::start(shared_servers(), &[]).await;
    let mina = Person::sign_up(&system).await;
    let (album, _) = mina.create_album("Album").await;
    let media = pictures(&mina, &album, 6).await;
    for id in &media[..4] {
        mina.trash_media(id).await.expect("it is trashed");
    }
    mina.restore_media(&media[0]).await.expect("it is restored");
    // What is trashed again after it was emptied stays, though nothing has been deleted yet.
    system.kill_service(Service::Purger);
    let token = mina.empty_trash().await.expect("it is emptied");
    let trash = mina.list_trash(100, Some(token)).await.expect("the trash");
    assert!(trash.is_empty(), "at once");
    mina.trash_media(&media[4]).await.expect("it is trashed");
    mina.restore_media(&media[1])
        .await
        .expect("also what was still there is restored");
    mina.trash_media(&media[1]).await.expect("it is trashed");
    system.start_service(Service::Purger).await;

    let rest = jpeg(0).len() + jpeg(1).len() + jpeg(4).len() + jpeg(5).len();
    let stored_bytes = || async { stored(&mina).await.0 };
    eventually(PATIENCE, &(rest as u64), stored_bytes).await;
    assert_eq!(lies(&mina, &album).await, (2, 2));
    let usage = stored(&mina).await;
    assert_eq!(usage.2, (jpeg(1).len() + jpeg(4).len()) as u64);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trash_that_is_emptied_holds_a_deleted_album_whose_items_have_not_followed() {
    let mut system = System::start(shared_servers(), &[]).await;
    let operator = system.operator_client().await;
    let mina = Person::sign_up(&system).await;
    let (album, _) = mina.create_album("Album").await;
    let (later, _) = mina.create_album("Deleted later").await;
    pictures(&mina, &album, 3).await;
    let kept = jpeg(9);
    mina.upload(&later, "image/jpeg", &kept).await;
    // Nothing follows its album while the purger is away.
    system.kill_service(Service::Purger);
    mina.delete_album(&album).await.expect("it is deleted");
    mina.empty_trash().await.expect("it is emptied");
    mina.delete_album(&later).await.expect("it is deleted");
    system.start_service(Service::Purger).await;
    let length = kept.len() as u64;
    let left = || async { stored(&mina).await };
    eventually(PATIENCE, &(length, 0, length), left).await;
    let emptied = || async {
        let report = audit_work(&operator, false).await.expect("it is counted");
        report.work["emptied-trash"].count + report.work["albums"].count
    };
    eventually(PATIENCE, &0, emptied).await;
    assert_eq!(lies(&mina, &later).await, (0, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_not_followed_its_restored_album_yet_survives_an_emptied_trash() {
    let mut system = System::start(shared_servers(), &[]).await;
    let mina = Person::sign_up(&system).await;
    let (album, _) = mina.create_album("Album").await;
    pictures(&mina, &album, 3).await;
    mina.delete_album(&album).await.expect("it is deleted");
    eventually(PATIENCE, &(0, 3), || lies(&mina, &album)).await;
    system.kill_service(Service::Purger);
    mina.restore_album(&album).await.expect("it is restored");
    mina.empty_trash().await.expect("it is emptied");
    system.start_service(Service::Purger).await;
    eventually(PATIENCE, &(3, 0), || lies(&mina, &album)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_account_is_purged_and_its_key_destroyed() {
    let system = System::start(shared_servers(), &[]).await;
    let (mina, other) = (
        Person::sign_up(&system).await,
        Person::sign_up(&system).await,
    );
    let (album, _) = mina.create_album("Album").await;
    let media = pictures(&mina, &album, 5).await;
    mina.trash_media(&media[0]).await.expect("it is trashed");
    let started = mina.start_upload(&album, "image/jpeg", &jpeg(9)).await;
    mina.put(&started.expect("it starts"), &jpeg(9)).await;
    let (others_album, _) = other.create_album("Album").await;
    pictures(&other, &others_album, 1).await;

    let command_id = Uuid::new_v4();
    let refused = mina.close_account(command_id, "not it at all").await;
    assert_eq!(
        reason(&refused.expect_err("a wrong password")),
        "PASSWORD_REFUSED"
    );
    mina.close_account(command_id, PASSWORD)
        .await
        .expect("it is closed");
    mina.close_account(command_id, PASSWORD)
        .await
        .expect("sent again it is the same");
    let mut access = AccessClient::new(mina.channel());
    let sign_in = SignInRequest {
        email: mina.email.clone(),
        password: PASSWORD.to_owned(),
    };
    let refused = access.sign_in(sign_in).await.expect_err("it is closed");
    assert_eq!(reason(&refused), "SIGN_IN_REFUSED");
    let refused = access.refresh(RefreshRequest::default()).await;
    assert_eq!(
        refused.expect_err("it is over").code(),
        Code::Unauthenticated
    );
    // The access token still works for some minutes, but nothing can be added.
    let refused = mina.start_upload(&album, "image/jpeg", &jpeg(10)).await;
    assert_eq!(
        refused.expect_err("no room").code(),
        Code::ResourceExhausted
    );

    let log = system.log().await;
    let keys = || async {
        let count: i64 =
            sqlx::query_scalar("SELECT COUNT(*) FROM account_keys WHERE account_id = ?")
                .bind(mina.account)
                .fetch_one(&log)
                .await
                .expect("keys");
        count
    };
    eventually(PATIENCE, &0, keys).await;
    let objects = system.objects().await;
    let left = objects
        .list_after(&account_prefix(mina.account), "", 100)
        .await;
    assert!(left.expect("a listing").is_empty(), "nothing is left in S3");
    let erased: Vec<String> =
        sqlx::query_scalar("SELECT type FROM events WHERE stream_id = ? ORDER BY version")
            .bind(mina.account)
            .fetch_all(&log)
            .await
            .expect("events");
    assert_eq!(
        erased,
        [
            "account.AccountOpened",
            "account.AccountClosed",
            "account.AccountErased"
        ]
    );
    assert_eq!(lies(&other, &others_album).await, (1, 0));
    assert_eq!(stored(&other).await.0, jpeg(0).len() as u64);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operators_account_is_not_closed_by_its_session() {
    let system = System::start(shared_servers(), &[]).await;
    let operator = system.operator().await;
    let refused = operator
        .close_account(Uuid::new_v4(), "keeps the letters")
        .await;
    assert_eq!(reason(&refused.expect_err("refused")), "OPERATOR_ACCOUNT");
}
