//! Deleting brings usage and S3 down together.

use std::time::Duration;

use picup_local_stack::S3Server;
use picup_objects::media_prefix;
use picup_proto::commands::v1::{DeleteAlbumRequest, TrashMediaRequest};
use picup_tests::{Person, System, eventually, jpeg, own_servers, shared_servers};
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
        .list(&media_prefix(person.account, media))
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
async fn deleting_an_album_clears_what_was_in_it() {
    let system = System::start(shared_servers(), &[]).await;
    let mina = Person::sign_up(&system).await;
    let (album, _) = mina.create_album("Album").await;
    let mut items = Vec::new();
    for seed in 0..5 {
        items.push(mina.upload(&album, "image/jpeg", &jpeg(seed)).await.0);
    }
    // One in the trash and one still under way go too.
    let command_id = Uuid::new_v4().to_string();
    let trash = mina.request(TrashMediaRequest {
        command_id,
        media_id: items[0].clone(),
    });
    mina.media_commands()
        .trash_media(trash)
        .await
        .expect("it is trashed");
    let started = mina
        .start_upload(&album, "image/jpeg", &jpeg(9))
        .await
        .expect("it starts");
    mina.put(&started, &jpeg(9)).await;
    items.push(started.media_id);

    let command_id = Uuid::new_v4().to_string();
    let delete = mina.request(DeleteAlbumRequest {
        command_id,
        album_id: album,
    });
    mina.album_commands()
        .delete_album(delete)
        .await
        .expect("it is deleted");
    let all = || async {
        let usage = mina.usage(None).await.expect("usage");
        (
            usage.stored_bytes,
            usage.reserved_bytes,
            usage.trash_bytes,
            usage.photos,
        )
    };
    eventually(Duration::from_secs(30), &(0, 0, 0, 0), all).await;
    for media in items {
        assert_eq!(objects_of(&system, &mina, &media).await, 0);
    }
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
