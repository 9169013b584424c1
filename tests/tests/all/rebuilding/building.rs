use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

use picup_proto::{
    commands::v1::RenameAlbumRequest,
    queries::v1::{GetAlbumRequest, GetSharedAlbumRequest},
    types::v1::ConsistencyToken,
};
use picup_tests::{Person, Service, System, eventually, jpeg, link_to, reason, shared_servers};
use sqlx::{Connection as _, MySqlPool};
use tonic::Code;
use uuid::Uuid;

use super::{
    builder::{BOTH, Builder, PATIENCE},
    log::{append_again, fill_with_albums},
};

/// Uploads pictures until it is told to stop; answers how many and their bytes.
async fn upload_until(
    person: Person,
    album: String,
    first: u32,
    stop: Arc<AtomicBool>,
) -> (u32, u64) {
    let (mut count, mut bytes) = (0, 0);
    while !stop.load(Ordering::Relaxed) {
        let picture = jpeg(first + count);
        person.upload(&album, "image/jpeg", &picture).await;
        bytes += picture.len() as u64;
        count += 1;
    }
    (count, bytes)
}

/// Asks both read models again and again. Every answer must come, and what a person's own token promises must
/// be there; answers how often it asked.
async fn query_until(person: Person, album: String, stop: Arc<AtomicBool>) -> u32 {
    let mut asked = 0;
    while !stop.load(Ordering::Relaxed) {
        let picture = jpeg(50_000 + asked);
        let (media, token) = person.upload(&album, "image/jpeg", &picture).await;
        let listed = person.list_media(&album, 500, Some(token.clone())).await;
        let listed = listed.expect("listings are answered all the time");
        assert!(
            listed.iter().any(|row| row.media_id == media),
            "the token was not honoured"
        );
        assert_eq!(
            listed.len(),
            asked as usize + 1,
            "the listing went back in time"
        );
        let usage = person
            .usage(Some(token))
            .await
            .expect("usage is answered all the time");
        assert_eq!(
            usage.photos,
            u64::from(asked) + 1,
            "the usage went back in time"
        );
        asked += 1;
    }
    asked
}

/// One link that stands, one that was taken back, and one that ended with its album: the key of the first.
async fn links_of_all_fates(person: &Person, album: &str) -> String {
    let stands = person.share(link_to(album)).await.expect("a link");
    let revoked = person.share(link_to(album)).await.expect("a link");
    let revoked = person.revoke(album, &revoked.share_id).await;
    revoked.expect("it is taken back");
    let (other, _) = person.create_album("Gone and back").await;
    person.share(link_to(&other)).await.expect("a link");
    person.delete_album(&other).await.expect("it is deleted");
    person.restore_album(&other).await.expect("it is back");
    stands.key
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_under_load_misses_nothing_and_queries_are_answered_all_the_time() {
    let system = System::start(shared_servers(), &[]).await;
    let stop = Arc::new(AtomicBool::new(false));
    let mut uploads = Vec::new();
    for number in 0..2 {
        let person = Person::sign_up(&system).await;
        let (album, _) = person.create_album("Album").await;
        let task = upload_until(person.clone(), album.clone(), number * 10_000, stop.clone());
        uploads.push((person, album, tokio::spawn(task)));
    }
    let asking = Person::sign_up(&system).await;
    let (album, _) = asking.create_album("Asked").await;
    let links = links_of_all_fates(&asking, &album).await;
    let asked = tokio::spawn(query_until(asking, album, stop.clone()));

    for projection in BOTH {
        let builder = Builder::new(&system, projection).await;
        let generation = builder.rebuild().await;
        assert_eq!(generation, 2);
        let found = builder.compare(generation).await;
        assert_eq!(
            (found.state.as_str(), found.differences),
            ("done", 0),
            "{found:?}"
        );
        assert!(found.rows_compared > 0);
        assert_eq!(
            builder
                .switch(generation, false)
                .await
                .expect("it is equal"),
            1
        );
        builder.wait_until(1, "retired").await;
    }
    let guest = Person::guest(&system, &links, "").await;
    let request = guest.request(GetSharedAlbumRequest {
        token: Some(guest.opened.clone()),
    });
    let shown = guest.share_queries().get_shared_album(request).await;
    assert_eq!(shown.expect("the link works").into_inner().title, "Asked");
    // A while longer on the new ones.
    tokio::time::sleep(Duration::from_secs(3)).await;
    stop.store(true, Ordering::Relaxed);
    assert!(asked.await.expect("every question was answered") > 0);
    for (person, album, task) in uploads {
        let (count, bytes) = task.await.expect("the uploads end");
        let usage = || async {
            let usage = person.usage(None).await.expect("usage");
            (usage.photos, usage.stored_bytes, usage.reserved_bytes)
        };
        eventually(PATIENCE, &(u64::from(count), bytes, 0), usage).await;
        let listed = || async {
            person
                .list_media(&album, 500, None)
                .await
                .expect("a listing")
                .len()
        };
        eventually(PATIENCE, &(count as usize), listed).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_rebuilds_at_once_one_is_refused_and_the_same_one_again_is_the_same() {
    let system = System::start(shared_servers(), &[]).await;
    let builder = Builder::new(&system, "album-listings").await;
    let ids = [Uuid::new_v4(), Uuid::new_v4()];
    let (first, second) = tokio::join!(builder.start(ids[0]), builder.start(ids[1]));
    let (won, generation, refused) = match (first, second) {
        (Ok(generation), Err(refused)) => (ids[0], generation, refused),
        (Err(refused), Ok(generation)) => (ids[1], generation, refused),
        both => panic!("one of the two goes on, not {both:?}"),
    };
    let said = (refused.code(), reason(&refused));
    assert_eq!(
        said,
        (Code::AlreadyExists, "REBUILD_UNDER_WAY".to_owned()),
        "{refused}"
    );
    assert_eq!(
        builder.start(won).await.expect("it is the same one"),
        generation
    );
    // Another projection is another matter.
    let other = Builder::new(&system, "storage-usage").await;
    other.start(Uuid::new_v4()).await.expect("it begins");
    builder.wait_until(generation, "ready").await;
    let refused = builder
        .start(Uuid::new_v4())
        .await
        .expect_err("it is not switched to yet");
    assert_eq!(reason(&refused), "REBUILD_UNDER_WAY", "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_that_was_killed_goes_on_from_its_checkpoint() {
    const EVENTS: usize = 40_000;
    let mut system = System::start(shared_servers(), &[]).await;
    fill_with_albums(&system.log().await, EVENTS).await;
    let builder = Builder::new(&system, "album-listings").await;
    let generation = builder.start(Uuid::new_v4()).await.expect("it begins");
    let some = AtomicU32::new(0);
    let begun = || async {
        let row = builder.generation(generation).await;
        let scanned = row.map_or(0, |row| row.events_scanned);
        some.store(u32::try_from(scanned).expect("a few"), Ordering::Relaxed);
        scanned > 0
    };
    eventually(PATIENCE, &true, begun).await;
    system.kill_service(Service::Projection);
    let before = some.load(Ordering::Relaxed) as usize;
    assert!(before < EVENTS, "the build was over before it was killed");

    system.start_service(Service::Projection).await;
    builder.wait_until(generation, "ready").await;
    let row = builder.generation(generation).await.expect("it is there");
    // What one page brought may have been applied without a checkpoint, twice because of two kills at most.
    let scanned = usize::try_from(row.events_scanned).expect("a few");
    assert!(
        (EVENTS..EVENTS + 2 * 4000 + 1000).contains(&scanned),
        "{row:?}"
    );
    let rows = system.database("_album_listings_g2").await;
    let albums = "SELECT COUNT(*) FROM albums WHERE created_at_micros IS NOT NULL";
    let albums: i64 = sqlx::query_scalar(albums)
        .fetch_one(&rows)
        .await
        .expect("a count");
    assert_eq!(albums, i64::try_from(EVENTS).expect("a few"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_is_stopped_and_resumed() {
    const EVENTS: usize = 40_000;
    let system = System::start(shared_servers(), &[]).await;
    fill_with_albums(&system.log().await, EVENTS).await;
    let builder = Builder::new(&system, "storage-usage").await;
    let generation = builder.start(Uuid::new_v4()).await.expect("it begins");
    let named = || picup_proto::operations::v1::StopRebuildRequest {
        projection: "storage-usage".to_owned(),
        generation,
    };
    let stop = builder.operator.request(named());
    builder.client().stop_rebuild(stop).await.expect("it stops");
    // Whatever page was in hand is the last one.
    tokio::time::sleep(Duration::from_secs(3)).await;
    let stopped = builder.generation(generation).await.expect("it is there");
    tokio::time::sleep(Duration::from_secs(3)).await;
    let later = builder.generation(generation).await.expect("it is there");
    assert_eq!((later.state.as_str(), later.stopped), ("building", true));
    assert_eq!(
        later.events_scanned, stopped.events_scanned,
        "it goes on though it was stopped"
    );

    let resume = picup_proto::operations::v1::ResumeRebuildRequest {
        projection: "storage-usage".to_owned(),
        generation,
    };
    let resume = builder.operator.request(resume);
    builder
        .client()
        .resume_rebuild(resume)
        .await
        .expect("it goes on");
    builder.wait_until(generation, "ready").await;
    let done = builder.generation(generation).await.expect("it is there");
    assert!(done.events_scanned >= EVENTS as u64, "{done:?}");
}

async fn rename(person: &Person, album: &str, title: &str) -> ConsistencyToken {
    let request = person.request(RenameAlbumRequest {
        command_id: Uuid::new_v4().to_string(),
        album_id: album.to_owned(),
        title: title.to_owned(),
    });
    let renamed = person.album_commands().rename_album(request).await;
    renamed
        .expect("it is renamed")
        .into_inner()
        .token
        .expect("a token")
}

async fn title(person: &Person, album: &str) -> String {
    let request = person.request(GetAlbumRequest {
        token: None,
        album_id: album.to_owned(),
    });
    let album = person.album_queries().get_album(request).await;
    album
        .expect("the album")
        .into_inner()
        .album
        .expect("the album")
        .title
}

#[tokio::test(flavor = "multi_thread")]
async fn what_commits_seconds_after_younger_events_is_in_both_generations() {
    let system = System::start(shared_servers(), &[]).await;
    let mina = Person::sign_up(&system).await;
    let (album, _) = mina.create_album("first").await;
    rename(&mina, &album, "second").await;
    rename(&mina, &album, "third").await;
    let pool: MySqlPool = system.log().await;
    let mut connection = pool.acquire().await.expect("a connection");
    let mut late = connection.begin().await.expect("a transaction");
    let position = append_again(&mut late, album.parse().expect("an id"), 4).await;

    // Younger events commit and are published, and the whole log is scanned twice, past the hole.
    let (other, token) = mina.create_album("younger").await;
    let builder = Builder::new(&system, "album-listings").await;
    let generation = builder.rebuild().await;
    let row = builder.generation(generation).await.expect("it is there");
    assert!(row.scanned_to > position, "the scan did not pass the hole");
    assert_eq!(title(&mina, &album).await, "third");

    late.commit().await.expect("it commits");
    eventually(PATIENCE, &"second".to_owned(), || title(&mina, &album)).await;
    let found = builder.compare(generation).await;
    assert_eq!(
        (found.state.as_str(), found.differences),
        ("done", 0),
        "{found:?}"
    );
    builder
        .switch(generation, false)
        .await
        .expect("it is equal");
    let live = || builder.state(generation);
    eventually(PATIENCE, &"live".to_owned(), live).await;
    // Every instance follows within a second or so; only the new one is asked after the old one is gone.
    builder.drop_generation(1).await.expect("it goes");
    builder.wait_until(1, "dropped").await;
    assert_eq!(title(&mina, &album).await, "second");
    let listed = mina.list_media(&other, 10, Some(token)).await;
    assert!(listed.expect("the younger album").is_empty());
}
