//! Dead letters are kept where an operator sees them, whatever is wrong with them.

use std::time::Duration;

use picup_event_bus::{ALBUM_LISTINGS, PURGER, STORAGE_USAGE};
use picup_proto::operations::v1::{
    GetLetterRequest, GetLetterResponse, ListActionsRequest, ListGroupsRequest,
    SelectLettersRequest,
};
use picup_tests::{Bus, Letters, Person, System, eventually, own_servers, shared_servers};
use tonic::Code;
use uuid::Uuid;

use crate::blocking::{Hidden, blocked, rename, title};

const PATIENCE: Duration = Duration::from_secs(30);

async fn show(letters: &Letters, id: u64) -> GetLetterResponse {
    let request = letters.operator.request(GetLetterRequest { id });
    let shown = letters.client().get_letter(request).await;
    shown.expect("the letter").into_inner()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_is_kept_shown_and_replayed_and_then_its_effect_is_there() {
    let system = System::start(shared_servers(), &[]).await;
    let (mina, letters) = (Person::sign_up(&system).await, Letters::of(&system).await);
    let (album, token) = mina.create_album("first").await;
    title(&mina, &album, Some(token))
        .await
        .expect("it is there");
    let hidden = Hidden::hide(&system, &album).await;
    let last = rename(&mina, &album, "second").await;

    let waiting = || async { letters.list("").await.len() };
    eventually(PATIENCE, &1, waiting).await;
    let letter = letters.list("").await.remove(0);
    assert_eq!(letter.consumer, ALBUM_LISTINGS.work_queue());
    assert_eq!(letter.stream, format!("album/{album}"));
    assert_eq!((letter.version, letter.failures), (2, 1));
    assert_eq!(
        (letter.r#type.as_str(), letter.state.as_str()),
        ("AlbumRenamed", "open")
    );
    assert!(
        !letter.error.is_empty() && letter.trace_id.len() == 32,
        "{letter:?}"
    );
    let groups = letters.operator.request(ListGroupsRequest {});
    let groups = letters.client().list_groups(groups).await;
    let groups = groups.expect("groups").into_inner().groups;
    assert_eq!((groups.len(), groups[0].letters), (1, 1));
    assert_eq!(groups[0].fingerprint, letter.fingerprint);

    let shown = show(&letters, letter.id).await.message_json;
    assert!(shown.contains("\"title_sealed\":\"sealed, "), "{shown}");
    assert!(!shown.contains("second"), "{shown}");

    // The cause is still there: it comes back, as the same letter with two failures.
    let selection = letters.select_all().await;
    letters.replay(&selection).await.expect("it is replayed");
    let failures = || async {
        let letters = letters.list("").await;
        letters.iter().map(|letter| letter.failures).collect()
    };
    eventually(PATIENCE, &vec![2], failures).await;
    let shown = show(&letters, letter.id).await;
    assert_eq!(shown.failures.len(), 2);
    // What was selected is no longer what waits.
    let again = letters.replay(&selection).await.expect("nothing is done");
    assert_eq!((again.done, again.came_back), (1, 1));

    hidden.show().await;
    let selection = letters.select_all().await;
    let replayed = letters.replay(&selection).await.expect("it is replayed");
    assert_eq!((replayed.done, replayed.skipped), (1, 0));
    let now = title(&mina, &album, Some(last)).await;
    assert_eq!(now.expect("it is applied"), "second");
    assert!(letters.list("").await.is_empty());
    assert_eq!(letters.list("replayed").await[0].failures, 2);
    assert!(blocked(&letters.operator).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_is_kept_too_however_large() {
    let system = System::start(shared_servers(), &[]).await;
    let (letters, bus) = (Letters::of(&system).await, Bus::of(&system).await);
    // The consumer itself gives it up.
    bus.publish(&PURGER.work_queue(), Uuid::now_v7(), vec![0xff; 40])
        .await;
    // As large as fits through every broker, and filed in parts.
    let large = vec![0xee; 10 * 1024 * 1024];
    bus.give_up(
        &STORAGE_USAGE,
        "too much",
        &[(Uuid::now_v7(), large.clone())],
    )
    .await;
    let waiting = || async { letters.list("").await.len() };
    eventually(PATIENCE, &2, waiting).await;
    let list = letters.list("").await;
    let unreadable = list
        .iter()
        .find(|letter| letter.consumer == PURGER.work_queue());
    let unreadable = unreadable.expect("the unreadable one");
    assert!(
        unreadable.error.contains("not an envelope"),
        "{unreadable:?}"
    );
    assert_eq!(unreadable.stream, "");
    let shown = show(&letters, unreadable.id).await.message_json;
    assert!(shown.contains("\"unreadable\""), "{shown}");
    let kept = list.iter().find(|letter| letter.error == "too much");
    let kept = kept.expect("the large one");
    let rows = system.database("_operations").await;
    let body: Vec<Vec<u8>> = sqlx::query_scalar(
        "SELECT bytes FROM dead_letter_bodies WHERE letter_id = ? ORDER BY part",
    )
    .bind(kept.id)
    .fetch_all(&rows)
    .await
    .expect("its bytes");
    assert!(body.len() > 1, "in one part it could exceed a packet");
    assert!(body.concat() == large, "the very bytes");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_kills_its_consumer_is_kept_with_what_the_broker_says() {
    let mut system = System::start(shared_servers(), &[]).await;
    let (letters, bus) = (Letters::of(&system).await, Bus::of(&system).await);
    system.stop_service(picup_tests::Service::Purger).await;
    let id = Uuid::now_v7();
    bus.publish(&PURGER.work_queue(), id, b"poison".to_vec())
        .await;
    let mut deaths = 0;
    while let Some((channel, _)) = bus.take(&PURGER.work_queue()).await {
        deaths += 1;
        assert!(deaths < 200, "nothing stops it");
        channel
            .close(200, "died".into())
            .await
            .expect("it is closed");
        // What was in hand comes back after the channel has gone.
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(deaths > 1);
    let waiting = || async { letters.list("").await.len() };
    eventually(PATIENCE, &1, waiting).await;
    let letter = letters.list("").await.remove(0);
    assert!(letter.error.starts_with("delivery limit"), "{letter:?}");
    assert_eq!(letter.event_id, id.to_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_selection_holds_what_was_seen_and_nothing_that_came_later() {
    let mut system = System::start(shared_servers(), &[]).await;
    let (letters, bus) = (Letters::of(&system).await, Bus::of(&system).await);
    system.stop_service(picup_tests::Service::Purger).await;
    let ids: Vec<(Uuid, Vec<u8>)> = (0..4).map(|seed| (Uuid::now_v7(), vec![seed; 9])).collect();
    bus.give_up(&PURGER, "no 1", &ids[..3]).await;
    let waiting = || async { letters.list("").await.len() };
    eventually(PATIENCE, &3, waiting).await;
    let group = letters.list("").await[0].fingerprint.clone();
    let wanted = SelectLettersRequest {
        consumer: PURGER.name.to_owned(),
        fingerprint: group,
        ..SelectLettersRequest::default()
    };
    let (selection, size) = letters.select(wanted).await;
    assert_eq!(size, 3);
    // One more of the very same group comes, and one of the three fails again.
    bus.give_up(&PURGER, "no 2", &[ids[3].clone(), ids[0].clone()])
        .await;
    let failures = || async {
        letters
            .list("")
            .await
            .iter()
            .map(|letter| letter.failures)
            .sum()
    };
    eventually(PATIENCE, &5, failures).await;
    let replayed = letters.replay(&selection).await.expect("it is replayed");
    assert_eq!((replayed.done, replayed.skipped), (2, 1));
    let mut left: Vec<String> = letters
        .list("")
        .await
        .into_iter()
        .map(|l| l.event_id)
        .collect();
    left.sort();
    let mut expected = [ids[0].0.to_string(), ids[3].0.to_string()];
    expected.sort();
    assert_eq!(left, expected);
    assert_eq!(bus.ready(&PURGER.work_queue()).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_discarded_is_passed_over_and_stands_in_the_operators_log() {
    let system = System::start(shared_servers(), &[]).await;
    let (mina, letters) = (Person::sign_up(&system).await, Letters::of(&system).await);
    let (album, token) = mina.create_album("first").await;
    title(&mina, &album, Some(token))
        .await
        .expect("it is there");
    let hidden = Hidden::hide(&system, &album).await;
    rename(&mina, &album, "second").await;
    let waiting = || async { letters.list("").await.len() };
    eventually(PATIENCE, &1, waiting).await;
    hidden.show().await;

    let selection = letters.select_all().await;
    let refused = letters
        .discard(&selection, "  ")
        .await
        .expect_err("a reason is needed");
    assert_eq!(refused.code(), Code::InvalidArgument);
    let discarded = letters
        .discard(&selection, "it hurts")
        .await
        .expect("it is discarded");
    assert!(discarded.finished && discarded.done == 1, "{discarded:?}");
    assert!(letters.list("").await.is_empty());
    assert_eq!(
        letters.list("discarded").await[0].discard_reason,
        "it hurts"
    );
    assert!(
        blocked(&letters.operator).await.is_empty(),
        "the stream flows on"
    );
    let last = rename(&mina, &album, "third").await;
    let now = title(&mina, &album, Some(last)).await;
    assert_eq!(now.expect("it goes on"), "third");

    let actions = letters.operator.request(ListActionsRequest::default());
    let actions = letters.client().list_actions(actions).await;
    let action = actions.expect("the log").into_inner().actions.remove(0);
    assert_eq!(action.action, "dlq.discard");
    assert_eq!(action.operator, letters.operator.account.to_string());
    assert!(action.arguments_json.contains("it hurts"), "{action:?}");
    assert!(action.outcome.contains("discarded 1 of 1"), "{action:?}");
    assert!(action.ended_at_micros.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_database_away_letters_stay_in_their_queue_and_are_kept_later() {
    let servers = Box::leak(Box::new(own_servers()));
    let system = System::start(servers, &[]).await;
    let (letters, bus) = (Letters::of(&system).await, Bus::of(&system).await);
    let database = servers.mariadb().expect("our own database");
    tokio::task::block_in_place(|| database.kill()).expect("it is killed");
    let ids: Vec<(Uuid, Vec<u8>)> = (0..5).map(|seed| (Uuid::now_v7(), vec![seed; 9])).collect();
    bus.give_up(&PURGER, "no", &ids).await;
    let queue = PURGER.dead_letter_queue();
    // They are taken, cannot be kept, and go back; then nobody takes them.
    eventually(PATIENCE, &5, || bus.ready(&queue)).await;
    for _ in 0..20 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let ready = bus.ready(&queue).await;
        assert!(ready == 5, "{ready} of 5 letters lie in their queue");
    }
    tokio::task::block_in_place(|| database.start_again()).expect("it is back");
    let waiting = || async {
        let request = letters.operator.request(ListGroupsRequest {});
        let groups = letters.client().list_groups(request).await;
        groups.map_or(0, |groups| {
            groups.into_inner().groups.iter().map(|g| g.letters).sum()
        })
    };
    eventually(Duration::from_mins(1), &5, waiting).await;
    eventually(PATIENCE, &0, || bus.ready(&queue)).await;
}
