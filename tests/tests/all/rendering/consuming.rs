use picup_objects::{Content, media_prefix};
use picup_proto::{commands::v1::RequestRenditionsRequest, queries::v1::RenditionState};
use picup_tests::{Person, Service, System, eventually, jpeg, mp4_of, png, send, shared_servers};
use picup_thumbnailer::{Done, Settings, Work};
use tempfile::tempdir;
use uuid::Uuid;

use super::{PATIENCE, settled, shown, state};

#[tokio::test(flavor = "multi_thread")]
async fn a_listing_says_processing_until_renditions_are_ready_and_they_are_fetched_like_originals()
{
    let mut system = System::start(shared_servers(), &[]).await;
    let mina = Person::sign_up(&system).await;
    let (album, _) = mina.create_album("Album").await;
    let (photo, token) = mina.upload(&album, "image/png", &png(1)).await;
    mina.list_media(&album, 10, Some(token))
        .await
        .expect("it is listed");
    assert_eq!(state(&mina, &photo).await, RenditionState::Processing);
    system.start_service(Service::Thumbnailer).await;
    let made = settled(&mina, &photo).await;
    assert_eq!(made.state(), RenditionState::Ready, "{made:?}");
    assert_eq!((made.width, made.height), (64, 48));
    assert!(made.thumbhash.len() > 10);
    let names: Vec<&str> = made
        .objects
        .iter()
        .map(|object| object.name.as_str())
        .collect();
    assert_eq!(names, ["grid.jpg", "screen.jpg"]);
    let (_, delivery) = shown(&mina, &photo).await;
    for object in &made.objects {
        let key = format!("/u/{}/m/{photo}/{}", mina.account, object.name);
        let path = format!("{key}?{}", delivery.query);
        let got = send("GET", &delivery.base_url, &path, &[]).await;
        assert_eq!(
            (got.status, got.header("content-type")),
            (200, "image/jpeg")
        );
        assert_eq!(got.body.len() as u64, object.bytes, "{}", object.name);
        assert_eq!(&got.body[..2], [0xff, 0xd8], "a JPEG");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_decoded_fails_with_a_reason_and_is_tried_again_when_its_owner_asks() {
    let mut system = System::start(shared_servers(), &[]).await;
    system.start_service(Service::Thumbnailer).await;
    let mina = Person::sign_up(&system).await;
    let (album, _) = mina.create_album("Album").await;
    let whole = jpeg(1);
    let (photo, token) = mina
        .upload(&album, "image/jpeg", &whole[..whole.len() / 2])
        .await;
    mina.list_media(&album, 10, Some(token))
        .await
        .expect("it is listed");
    let failed = settled(&mina, &photo).await;
    assert_eq!(failed.state(), RenditionState::Failed);
    assert_eq!(failed.reason, "TRUNCATED", "{}", failed.message);
    system.kill_service(Service::Thumbnailer);
    let request = mina.request(RequestRenditionsRequest {
        command_id: Uuid::new_v4().to_string(),
        media_id: photo.clone(),
    });
    let asked = mina.media_commands().request_renditions(request).await;
    let token = asked.expect("it is asked for").into_inner().token;
    mina.list_media(&album, 10, token)
        .await
        .expect("it is listed");
    assert_eq!(state(&mina, &photo).await, RenditionState::Processing);
    system.start_service(Service::Thumbnailer).await;
    assert_eq!(settled(&mina, &photo).await.reason, "TRUNCATED");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_video_gets_a_poster_and_its_duration() {
    let folder = tempdir().expect("a folder");
    let file = folder.path().join("film.mp4");
    let path = file.clone();
    tokio::task::spawn_blocking(move || mp4_of(&path, 0))
        .await
        .expect("a film");
    let mut system = System::start(shared_servers(), &[]).await;
    system.start_service(Service::Thumbnailer).await;
    let mina = Person::sign_up(&system).await;
    let (album, _) = mina.create_album("Album").await;
    let bytes = std::fs::read(&file).expect("the film");
    let (media, token) = mina.upload(&album, "video/mp4", &bytes).await;
    mina.list_media(&album, 10, Some(token))
        .await
        .expect("it is listed");
    let made = settled(&mina, &media).await;
    assert_eq!(made.state(), RenditionState::Ready, "{made:?}");
    assert_eq!((made.width, made.height), (320, 240));
    assert_eq!(made.duration_millis, Some(2000));
    let names: Vec<&str> = made
        .objects
        .iter()
        .map(|object| object.name.as_str())
        .collect();
    assert!(names.contains(&"poster.jpg"), "{names:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thumbnailer_that_is_killed_again_and_again_renders_every_photo_and_records_it_once() {
    const PHOTOS: u32 = 40;
    let mut system = System::start(shared_servers(), &[]).await;
    let mina = Person::sign_up(&system).await;
    let (album, _) = mina.create_album("Album").await;
    let mut photos = Vec::new();
    for seed in 0..PHOTOS {
        photos.push(mina.upload(&album, "image/jpeg", &jpeg(seed)).await.0);
    }
    let log = system.log().await;
    let recorded = || async {
        let count: i64 = sqlx::query_scalar(
            "SELECT COUNT(*) FROM events WHERE type = 'media.RenditionsRecorded'",
        )
        .fetch_one(&log)
        .await
        .expect("a count");
        count
    };
    for more in [3, 9, 18] {
        system.start_service(Service::Thumbnailer).await;
        let some = || async { recorded().await >= more };
        eventually(PATIENCE, &true, some).await;
        system.kill_service(Service::Thumbnailer);
    }
    system.start_service(Service::Thumbnailer).await;
    for photo in &photos {
        assert_eq!(settled(&mina, photo).await.state(), RenditionState::Ready);
    }
    assert_eq!(recorded().await, i64::from(PHOTOS));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_rendered_of_an_item_that_was_purged_meanwhile_is_removed_again() {
    let system = System::start(shared_servers(), &[]).await;
    let mina = Person::sign_up(&system).await;
    let (album, _) = mina.create_album("Album").await;
    let (photo, _) = mina.upload(&album, "image/jpeg", &jpeg(1)).await;
    let settings = Settings::read(system.variables()).expect("settings");
    let work = Work::new(settings).await.expect("a thumbnailer");
    let id: Uuid = photo.parse().expect("an id");
    let upload = work.upload(id).await.expect("an upload");
    let cause = Uuid::new_v4();
    let done = work.render(cause, &upload).await.expect("an end");
    assert_eq!(done, Done::Rendered);

    mina.delete_media(&photo).await.expect("it is deleted");
    let objects = system.objects().await;
    let prefix = media_prefix(mina.account, id);
    let left = || async {
        objects
            .list_after(&prefix, "", 100)
            .await
            .map_or(usize::MAX, |left| left.len())
    };
    // With the receipt the bytes are released: the purger has looked and will not look again.
    let counted = || async {
        let usage = mina.usage(None).await.expect("a usage");
        usage.stored_bytes + usage.reserved_bytes
    };
    eventually(PATIENCE, &0, counted).await;
    assert_eq!(left().await, 0);
    // A message that comes once more, and one that comes late, after the original was fetched.
    for cause in [cause, Uuid::new_v4()] {
        let late = Content::InMemory(jpeg(1));
        let name = ("original", "image/jpeg");
        objects
            .store_rendition(mina.account, id, name, late)
            .await
            .expect("S3 takes it");
        let done = work.render(cause, &upload).await.expect("an end");
        assert_eq!(done, Done::Gone);
        assert_eq!(left().await, 0, "nothing is left beside it");
    }
}
