//! Replaying twice, at once, from two terminals, or killed half way: the same as once.

use std::{collections::BTreeMap, time::Duration};

use picup_event_bus::PURGER;
use picup_proto::operations::v1::{ListActionsRequest, ReplayLettersRequest};
use picup_tests::{Bus, Letters, Service, System, eventually, shared_servers};
use uuid::Uuid;

const PATIENCE: Duration = Duration::from_mins(1);

/// An installation with so many letters of a consumer that is away, so that what is replayed stays where it
/// can be counted.
async fn with_letters(count: u32) -> (System, Letters, Bus) {
    let mut system = System::start(shared_servers(), &[]).await;
    let (letters, bus) = (Letters::of(&system).await, Bus::of(&system).await);
    system.stop_service(Service::Purger).await;
    let bodies: Vec<(Uuid, Vec<u8>)> = (0..count)
        .map(|seed| (Uuid::now_v7(), seed.to_be_bytes().repeat(20)))
        .collect();
    bus.give_up(&PURGER, "no", &bodies).await;
    let waiting = || async { letters.list("").await.len() };
    eventually(PATIENCE, &(count as usize), waiting).await;
    (system, letters, bus)
}

/// How often each message lies in the queue.
async fn drain(bus: &Bus) -> BTreeMap<String, u32> {
    let mut found = BTreeMap::new();
    while let Some((channel, delivery)) = bus.take(&PURGER.work_queue()).await {
        let id = delivery.properties.message_id().clone().expect("an id");
        *found.entry(id.to_string()).or_insert(0) += 1;
        let acked = delivery
            .acker
            .ack(lapin::options::BasicAckOptions::default());
        acked.await.expect("it is acked");
        channel
            .close(200, "done".into())
            .await
            .expect("it is closed");
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn three_replays_at_once_and_one_more_send_every_letter_once() {
    let (_system, letters, bus) = with_letters(300).await;
    // Two terminals with a selection each, and a third one with the first one's.
    let (one, two) = (letters.select_all().await, letters.select_all().await);
    let replays = [&one, &two, &one].map(|selection| letters.replay(selection));
    for replayed in futures::future::join_all(replays).await {
        let replayed = replayed.expect("it is replayed");
        assert!(replayed.finished, "{replayed:?}");
    }
    assert_eq!(bus.ready(&PURGER.work_queue()).await, 300);
    let again = letters.replay(&one).await.expect("nothing is done");
    let other = letters.replay(&two).await.expect("nothing is done");
    assert_eq!(again.done + other.done, 300, "{again:?} {other:?}");
    let sent = drain(&bus).await;
    assert_eq!(sent.len(), 300);
    assert!(sent.values().all(|times| *times == 1), "{sent:?}");
    assert!(letters.list("").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_sends_nothing_and_says_how_many_it_would() {
    let (_system, letters, bus) = with_letters(3).await;
    let selection = letters.select_all().await;
    let dry = ReplayLettersRequest {
        selection_id: selection.clone(),
        dry_run: true,
        ..ReplayLettersRequest::default()
    };
    let said = letters.replay_as(dry).await.expect("an answer");
    assert_eq!((said.letters, said.done, said.skipped), (3, 0, 0));
    assert_eq!(bus.ready(&PURGER.work_queue()).await, 0);
    assert_eq!(letters.list("open").await.len(), 3);
    let actions = letters.operator.request(ListActionsRequest::default());
    let actions = letters.client().list_actions(actions).await;
    assert!(
        actions.expect("the log").into_inner().actions.is_empty(),
        "nothing was done"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_that_is_killed_half_way_is_finished_by_running_it_again() {
    let (mut system, letters, bus) = with_letters(400).await;
    let selection = letters.select_all().await;
    let (running, slowly) = (
        letters.clone(),
        ReplayLettersRequest {
            selection_id: selection.clone(),
            rate: 100,
            ..ReplayLettersRequest::default()
        },
    );
    let killed = tokio::spawn(async move { running.replay_as(slowly).await });
    let some = || async { bus.ready(&PURGER.work_queue()).await > 50 };
    eventually(PATIENCE, &true, some).await;
    system.kill_service(Service::Operations);
    let broken = killed.await.expect("no panic");
    assert!(broken.is_err(), "it was to be killed half way: {broken:?}");
    system.start_service(Service::Operations).await;
    let finished = letters.replay(&selection).await.expect("it is finished");
    assert!(finished.finished, "{finished:?}");
    assert_eq!((finished.done, finished.skipped), (400, 0));
    let sent = drain(&bus).await;
    assert_eq!(sent.len(), 400, "every letter was sent");
    // What was in hand at the kill may have gone twice; consumers take it once.
    let twice = sent.values().filter(|times| **times > 1).count();
    assert!(twice <= 20, "{twice} of 400 letters were sent twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_stops_when_most_letters_fail_again() {
    let (mut system, letters, _bus) = with_letters(200).await;
    // None of them can be read, so the purger gives every one of them up again.
    system.start_service(Service::Purger).await;
    let selection = letters.select_all().await;
    let slowly = ReplayLettersRequest {
        selection_id: selection.clone(),
        rate: 40,
        ..ReplayLettersRequest::default()
    };
    let stopped = letters.replay_as(slowly.clone()).await.expect("an answer");
    assert!(
        !stopped.finished && stopped.stopped.contains("failed again"),
        "{stopped:?}"
    );
    assert!(stopped.done >= 20 && stopped.done < 200, "{stopped:?}");
    let all = ReplayLettersRequest {
        rate: 0,
        keep_going: true,
        ..slowly
    };
    let all = letters.replay_as(all).await.expect("an answer");
    assert!(all.finished, "{all:?}");
    let waiting = || async {
        let list = letters.list("open").await;
        list.iter().filter(|letter| letter.failures == 2).count()
    };
    eventually(PATIENCE, &200, waiting).await;
}
