//! Restoring, deleting, emptying, expiring, purging and uploading, all at once.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use picup::audit::{audit_objects, audit_usage, audit_work};
use picup_chaos::Dice;
use picup_objects::original_key;
use picup_tests::{Person, Service, System, eventually, jpeg, shared_servers};
use tokio_util::sync::CancellationToken;
use tonic::Code;
use uuid::Uuid;

const ALBUMS: usize = 2;
const RACERS: u32 = 6;
const RACE: Duration = Duration::from_secs(12);

/// What all who race know of each other.
#[derive(Default)]
struct Known {
    /// The bytes of every upload that was completed, by its media id.
    stored: Mutex<HashMap<String, Vec<u8>>>,
    /// The media somebody asked to be deleted for good by name, whatever was answered.
    deleted: Mutex<HashSet<String>>,
}

impl Known {
    /// One of the media that were stored so far.
    fn any(&self, dice: &mut Dice) -> Option<String> {
        let stored = self.stored.lock().expect("a lock");
        let mut names: Vec<&String> = stored.keys().collect();
        names.sort_unstable();
        names.get(dice.place(names.len())).copied().cloned()
    }
}

/// A refusal because another was first is a right answer here; that something broke is not.
fn answered<T>(answer: Result<T, tonic::Status>) -> Option<T> {
    match answer {
        Ok(answer) => Some(answer),
        Err(status) => {
            let expected = matches!(
                status.code(),
                Code::NotFound | Code::FailedPrecondition | Code::Aborted
            );
            assert!(expected, "{status}");
            None
        }
    }
}

async fn race(mina: Person, albums: Vec<String>, known: Arc<Known>, racer: u32) {
    let mut dice = Dice::new(u64::from(racer), "race");
    let over = Instant::now() + RACE;
    let mut original = racer * 1000;
    while Instant::now() < over {
        let album = &albums[dice.place(albums.len())];
        let Some(media) = known.any(&mut dice) else {
            original += 1;
            upload(&mina, album, &known, original).await;
            continue;
        };
        match dice.below(16) {
            0..=3 => {
                original += 1;
                upload(&mina, album, &known, original).await;
            }
            4..=7 => drop(answered(mina.trash_media(&media).await)),
            8..=11 => drop(answered(mina.restore_media(&media).await)),
            12 => {
                known.deleted.lock().expect("a lock").insert(media.clone());
                answered(mina.delete_media(&media).await);
            }
            13 => drop(answered(mina.empty_trash().await)),
            14 => drop(answered(mina.delete_album(album).await)),
            _ => {
                for album in &albums {
                    answered(mina.restore_album(album).await);
                }
            }
        }
    }
}

async fn upload(mina: &Person, album: &str, known: &Known, seed: u32) {
    let bytes = jpeg(seed);
    let started = mina.start_upload(album, "image/jpeg", &bytes).await;
    let Some(started) = answered(started) else {
        return;
    };
    mina.put(&started, &bytes).await;
    if answered(mina.complete_upload(&started.media_id).await).is_some() {
        let mut stored = known.stored.lock().expect("a lock");
        stored.insert(started.media_id, bytes);
    }
}

/// The types of a media item's events in their order.
async fn life(system: &System, media: &str) -> Vec<String> {
    let stream: Uuid = media.parse().expect("an id");
    sqlx::query_scalar("SELECT type FROM events WHERE stream_id = ? ORDER BY version")
        .bind(stream)
        .fetch_all(&system.log().await)
        .await
        .expect("the log")
}

/// Deleted by the trash only while it lay there, and purged only when it was deleted. Whether it is there at the end.
fn is_lawful(life: &[String], deleted_by_name: bool) -> bool {
    let (mut trashed, mut deleted) = (false, false);
    for event in life {
        match event.as_str() {
            "media.MediaTrashed" => trashed = true,
            "media.MediaRestored" => trashed = false,
            "media.MediaDeleted" => {
                assert!(
                    trashed || deleted_by_name,
                    "restored, yet deleted: {life:?}"
                );
                deleted = true;
            }
            "media.MediaPurged" => assert!(deleted, "purged without a deletion: {life:?}"),
            _ => {}
        }
    }
    !deleted
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_wins_the_ledger_ends_right_and_nothing_restored_is_purged() {
    // What is trashed expires while it may be restored, and so does what was refused because its album was deleted.
    let variables = [("PICUP_TRASH_SECONDS", "1"), ("PICUP_UPLOAD_SECONDS", "5")];
    let mut system = System::start(shared_servers(), &variables).await;
    let mina = Person::sign_up(&system).await;
    let mut albums = Vec::new();
    for number in 0..ALBUMS {
        albums.push(mina.create_album(&format!("Album {number}")).await.0);
    }
    let known = Arc::new(Known::default());
    let racers: Vec<_> = (1..=RACERS)
        .map(|racer| tokio::spawn(race(mina.clone(), albums.clone(), known.clone(), racer)))
        .collect();
    let sweep = system.sweep().await;
    let over = CancellationToken::new();
    let stop = over.clone();
    let sweeper = tokio::spawn(async move {
        while !stop.is_cancelled() {
            sweep.run(false, &CancellationToken::new()).await.ok();
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
    });
    for _ in 0..2 {
        tokio::time::sleep(RACE / 4).await;
        system.kill_service(Service::Purger);
        system.start_service(Service::Purger).await;
    }
    for racer in racers {
        racer.await.expect("a racer ends well");
    }
    for album in &albums {
        answered(mina.restore_album(album).await);
    }
    comes_to_rest(&system, &mina).await;
    over.cancel();
    sweeper.await.expect("the sweeper ends");
    ends_right(&system, &mina, &albums, &known).await;
}

/// The trash and the uploads nobody completed have expired, and nothing is left to do.
async fn comes_to_rest(system: &System, mina: &Person) {
    let operator = system.operator_client().await;
    let left = || async {
        let trash = mina.list_trash(100, None).await.expect("the trash");
        let report = audit_work(&operator, true).await.expect("it is counted");
        // No thumbnailer runs here.
        let work = report.total - report.work["renditions"].count;
        let reserved = mina.usage(None).await.expect("usage").reserved_bytes;
        (trash.len(), reserved, work)
    };
    eventually(Duration::from_mins(1), &(0, 0, 0), left).await;
}

async fn ends_right(system: &System, mina: &Person, albums: &[String], known: &Known) {
    let operator = system.operator_client().await;
    let objects = system.objects().await;
    let stored = std::mem::take(&mut *known.stored.lock().expect("a lock"));
    let deleted = known.deleted.lock().expect("a lock").clone();
    let (mut kept, mut bytes) = (HashSet::new(), 0);
    for (media, original) in &stored {
        let key = original_key(mina.account, media.parse().expect("an id"));
        let there = objects.describe(&key).await.is_ok();
        let lawful = is_lawful(&life(system, media).await, deleted.contains(media));
        assert_eq!(there, lawful, "{media}: in S3, as the log has it");
        if lawful {
            kept.insert(media.clone());
            bytes += original.len() as u64;
        }
    }
    let mut shown = HashSet::new();
    for album in albums {
        let listed = mina.list_media(album, 100, None).await.expect("a listing");
        shown.extend(listed.into_iter().map(|media| media.media_id));
    }
    assert_eq!(shown, kept, "listed, as the log has it");
    assert!(kept.len() < stored.len(), "something was deleted");
    let usage = mina.usage(None).await.expect("usage");
    let counted = (usage.stored_bytes, usage.reserved_bytes, usage.trash_bytes);
    assert_eq!(counted, (bytes, 0, 0));
    let report = audit_usage(&operator, None).await.expect("it runs");
    assert!(report.verdict().is_ok(), "{}", report.text());
    let report = audit_objects(&operator, None).await.expect("it runs");
    assert!(report.verdict().is_ok(), "{}", report.text());
}
