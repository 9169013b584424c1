//! The broker may die at any moment: commands go on, and everything catches up by itself.

use std::{
    sync::Arc,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use picup_tests::{Person, System, eventually, jpeg, own_servers};

#[tokio::test(flavor = "multi_thread")]
async fn kill_9_of_the_broker_while_importing_fails_no_command_and_the_sums_become_right() {
    let servers = Box::leak(Box::new(own_servers()));
    let system = System::start(servers, &[]).await;
    let mina = Person::sign_up(&system).await;
    let (album, _) = mina.create_album("Album").await;

    let importing = Arc::new(AtomicBool::new(true));
    let mut importers = Vec::new();
    for importer in 0..4_u32 {
        let (mina, album, importing) = (mina.clone(), album.clone(), importing.clone());
        importers.push(tokio::spawn(async move {
            let (mut count, mut bytes) = (0, 0);
            while importing.load(Ordering::Relaxed) {
                let picture = jpeg(importer * 100_000 + count);
                // No retries: while the broker is away not a single command may fail.
                mina.upload(&album, "image/jpeg", &picture).await;
                count += 1;
                bytes += picture.len() as u64;
            }
            (count, bytes)
        }));
    }
    let broker = servers.rabbitmq().expect("our own broker");
    for _ in 0..2 {
        tokio::time::sleep(Duration::from_secs(2)).await;
        broker.kill().expect("the broker is killed");
        tokio::time::sleep(Duration::from_secs(4)).await;
        tokio::task::block_in_place(|| broker.start_again()).expect("the broker is back");
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    importing.store(false, Ordering::Relaxed);
    let (mut count, mut bytes) = (0, 0);
    for importer in importers {
        let done = importer.await.expect("no command failed");
        count += u64::from(done.0);
        bytes += done.1;
    }
    assert!(
        count > 20,
        "only {count} pictures were imported, which proves little"
    );
    let usage = || async {
        let usage = mina.usage(None).await.expect("usage");
        (usage.stored_bytes, usage.reserved_bytes, usage.photos)
    };
    eventually(Duration::from_mins(1), &(bytes, 0, count), usage).await;
    let listed = || async {
        mina.list_media(&album, 500, None)
            .await
            .map_or(0, |list| list.len() as u64)
    };
    eventually(Duration::from_mins(1), &count, listed).await;
}
