use picup_event_bus::{ConsumerSettings, Paused, Verdict};

use crate::{
    broker::vhost,
    tools::{AskingConsumer, events, publish_all},
};

#[tokio::test(flavor = "multi_thread")]
async fn the_prefetch_bounds_what_is_in_hand_and_the_batch_what_is_handled_at_once() {
    let vhost = vhost().await;
    publish_all(&vhost.publisher().await, &events(1..=51)).await;
    let settings = ConsumerSettings {
        prefetch: 10,
        batch: 4,
        ..vhost.settings()
    };
    let mut consumer = AskingConsumer::start(settings);
    // The one before it may have died of the first message, so that is taken alone.
    let first = consumer.next().await;
    assert_eq!(first.versions(), [1]);
    vhost.wait_until_ready("albums.v1", 50).await;
    first.answer(&Verdict::Done);
    let mut seen = 0;
    while seen < 50 {
        let asked = consumer.next().await;
        assert!(asked.batch.len() <= 4, "{:?}", asked.versions());
        // Ten that are not acked yet, or all that are left.
        vhost
            .wait_until_ready("albums.v1", 40_u32.saturating_sub(seen))
            .await;
        seen += u32::try_from(asked.batch.len()).unwrap();
        asked.answer(&Verdict::Done);
    }
    consumer.stop().await;
    assert_eq!(vhost.ready("albums.v1").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_gives_the_same_batch_again_and_burns_no_attempt() {
    let vhost = vhost().await;
    publish_all(&vhost.publisher().await, &events(1..=3)).await;
    let mut consumer = AskingConsumer::start(vhost.settings());
    let mut first = None;
    for _ in 0..4 {
        let asked = consumer.next().await;
        assert!(asked.batch.iter().all(|message| message.attempt == 1));
        assert_eq!(
            &asked.versions(),
            first.get_or_insert_with(|| asked.versions())
        );
        asked.answer_with(Err(Paused {
            reason: "the database is away".to_owned(),
        }));
    }
    let mut left = 3;
    while left > 0 {
        let asked = consumer.next().await;
        assert!(asked.batch.iter().all(|message| message.attempt == 1));
        left -= asked.batch.len();
        asked.answer(&Verdict::Done);
    }
    consumer.stop().await;
    for queue in ["albums.v1", "albums.v1.retry.about-1s", "albums.v1.dlq"] {
        assert_eq!(vhost.ready(queue).await, 0, "{queue}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_consumer_stops_at_once_and_gives_its_messages_back() {
    let vhost = vhost().await;
    publish_all(&vhost.publisher().await, &events(1..=3)).await;
    let mut consumer = AskingConsumer::start(vhost.settings());
    let asked = consumer.next().await;
    consumer.stopping.cancel();
    asked.answer_with(Err(Paused {
        reason: "the database is away".to_owned(),
    }));
    consumer.stop().await;
    vhost.wait_until_ready("albums.v1", 3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_consumer_had_in_hand_comes_again_as_the_same_attempt() {
    let vhost = vhost().await;
    publish_all(&vhost.publisher().await, &events(1..=5)).await;
    let mut killed = AskingConsumer::start(vhost.settings());
    let _in_hand = killed.next().await;
    killed.task.abort();
    let mut consumer = AskingConsumer::start(vhost.settings());
    let mut versions = Vec::new();
    while versions.len() < 5 {
        let asked = consumer.next().await;
        assert!(asked.batch.iter().all(|message| message.attempt == 1));
        versions.extend(asked.versions());
        asked.answer(&Verdict::Done);
    }
    versions.sort_unstable();
    assert_eq!(versions, [1, 2, 3, 4, 5]);
    consumer.stop().await;
    assert_eq!(vhost.ready("albums.v1").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_stop_the_batch_in_hand_is_finished_and_the_rest_given_back() {
    let vhost = vhost().await;
    publish_all(&vhost.publisher().await, &events(1..=10)).await;
    let settings = ConsumerSettings {
        batch: 1,
        ..vhost.settings()
    };
    let mut consumer = AskingConsumer::start(settings);
    let asked = consumer.next().await;
    consumer.stopping.cancel();
    asked.answer(&Verdict::Done);
    assert!(!consumer.has_another());
    consumer.stop().await;
    vhost.wait_until_ready("albums.v1", 9).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_does_not_end_is_left_after_the_drain_limit_and_comes_again() {
    let vhost = vhost().await;
    publish_all(&vhost.publisher().await, &events(1..=2)).await;
    let drain = std::time::Duration::from_millis(200);
    let mut consumer = AskingConsumer::start(ConsumerSettings {
        drain,
        ..vhost.settings()
    });
    let _in_hand = consumer.next().await;
    consumer.stop().await;
    vhost.wait_until_ready("albums.v1", 2).await;
}
