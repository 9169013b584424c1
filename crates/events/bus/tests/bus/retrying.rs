use std::time::Instant;

use lapin::{BasicProperties, message::BasicGetMessage, types::AMQPValue};
use picup_event_bus::{ConsumerSpec, Outgoing, Publisher, Topology, Verdict};
use time::OffsetDateTime;

use crate::{
    broker::{SPEC, eventually, vhost},
    tools::{AskingConsumer, KeepingConsumer, event, events, id, publish_all},
};

fn retry() -> Verdict {
    Verdict::Retry {
        error: "not yet".to_owned(),
    }
}

fn header(message: &BasicGetMessage, name: &str) -> AMQPValue {
    let headers = message.properties.headers().as_ref().unwrap();
    headers
        .inner()
        .get(name)
        .unwrap_or_else(|| panic!("no header {name}"))
        .clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_waits_in_its_tier_and_comes_again_with_the_same_bytes_and_unknown_fields() {
    let vhost = vhost().await;
    let publisher = vhost.publisher().await;
    let mut message = event(1);
    // Field 1000, a varint, written by a version to come.
    let body = [message.body.as_ref(), &[0xc0, 0x3e, 0x2a]].concat();
    message.body = body.clone().into();
    publish_all(&publisher, &[message]).await;

    let mut consumer = AskingConsumer::start(vhost.settings());
    let first = consumer.next().await;
    assert_eq!(
        (first.batch[0].attempt, first.batch[0].first_failed_at),
        (1, None)
    );
    let before = OffsetDateTime::now_utc();
    let failed = Instant::now();
    first.answer(&retry());

    let second = consumer.next().await;
    assert!(
        failed.elapsed().as_millis() >= 780,
        "after {:?}",
        failed.elapsed()
    );
    assert_eq!(second.batch[0].attempt, 2);
    assert_eq!(second.batch[0].body, body);
    let first_failed_at = second.batch[0].first_failed_at.unwrap();
    assert!(
        (first_failed_at - before).whole_seconds() == 0,
        "{first_failed_at}"
    );
    second.answer(&Verdict::DeadLetter {
        error: "never".to_owned(),
    });

    let letter = vhost.take("albums.v1.dlq").await;
    assert_eq!(letter.data, body);
    assert_eq!(
        header(&letter, "x-picup-attempt"),
        AMQPValue::LongLongInt(2)
    );
    let micros = i64::try_from(first_failed_at.unix_timestamp_nanos() / 1000).unwrap();
    assert_eq!(
        header(&letter, "x-picup-first-failed-at"),
        AMQPValue::LongLongInt(micros)
    );
    let headers = letter.properties.headers().as_ref().unwrap();
    assert!(!headers.contains_key("x-death"), "{headers:?}");
    consumer.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_failure_goes_to_the_second_tier() {
    let vhost = vhost().await;
    publish_all(&vhost.publisher().await, &events([1])).await;
    let mut consumer = AskingConsumer::start(vhost.settings());
    consumer.next().await.answer(&retry());
    consumer.next().await.answer(&retry());
    vhost.wait_until_ready("albums.v1.retry.about-10s", 1).await;
    consumer.stop().await;
    assert_eq!(vhost.ready("albums.v1").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_comes_to_the_consumer_that_failed_and_to_no_other() {
    const OTHER: ConsumerSpec = ConsumerSpec {
        name: "usage",
        ..SPEC
    };
    let vhost = vhost().await;
    let publisher = Publisher::new(vhost.url.clone(), "test", Topology::new([SPEC, OTHER]));
    publish_all(&publisher, &events([1])).await;
    let mut failing = AskingConsumer::start(vhost.settings());
    let mut settings = vhost.settings();
    settings.spec = OTHER;
    let other = KeepingConsumer::start(settings);
    failing.next().await.answer(&retry());
    failing.next().await.answer(&Verdict::Done);
    eventually("the other's message", async || {
        !other.kept.versions().is_empty()
    })
    .await;
    failing.stop().await;
    let kept = std::sync::Arc::clone(&other.kept);
    other.stop().await;
    assert_eq!(kept.versions(), [1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_letter_carries_its_reason_its_id_and_the_identical_bytes() {
    let vhost = vhost().await;
    publish_all(&vhost.publisher().await, &events([7])).await;
    let mut consumer = AskingConsumer::start(vhost.settings());
    let error = "앨범이 없다 ".repeat(200);
    consumer.next().await.answer(&Verdict::DeadLetter {
        error: error.clone(),
    });
    let letter = vhost.take("albums.v1.dlq").await;
    assert_eq!(letter.data, event(7).body);
    let message_id = letter
        .properties
        .message_id()
        .as_ref()
        .map(ToString::to_string);
    assert_eq!(message_id, Some(id(7).to_string()));
    assert_eq!(letter.properties.delivery_mode(), &Some(2));
    let AMQPValue::LongString(reason) = header(&letter, "x-picup-last-error") else {
        panic!("not a text");
    };
    assert!(error.starts_with(&reason.to_string()) && reason.len() > 1000 && reason.len() <= 1024);
    let consumer_name = AMQPValue::LongString("albums.v1".into());
    assert_eq!(header(&letter, "x-picup-consumer"), consumer_name);
    consumer.stop().await;
    assert_eq!(vhost.ready("albums.v1").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_envelope_is_a_dead_letter_at_once_and_the_handler_never_sees_it() {
    let vhost = vhost().await;
    let publisher = vhost.publisher().await;
    let malformed = [0xff; 5];
    vhost
        .put("albums.v1", &malformed, BasicProperties::default())
        .await;
    publish_all(&publisher, &events([1])).await;
    let mut consumer = AskingConsumer::start(vhost.settings());
    let asked = consumer.next().await;
    assert_eq!(asked.versions(), [1]);
    asked.answer(&Verdict::Done);
    let letter = vhost.take("albums.v1.dlq").await;
    assert_eq!(letter.data, malformed);
    let AMQPValue::LongString(reason) = header(&letter, "x-picup-last-error") else {
        panic!("not a text");
    };
    assert!(reason.to_string().contains("not an envelope"), "{reason}");
    consumer.stop().await;
    assert_eq!(vhost.ready("albums.v1").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_message_of_a_batch_meets_its_own_verdict() {
    let vhost = vhost().await;
    publish_all(&vhost.publisher().await, &events(1..=30)).await;
    let mut consumer = AskingConsumer::start(vhost.settings());
    let mut left = 30;
    while left > 0 {
        let asked = consumer.next().await;
        left -= asked.batch.len();
        let verdicts = asked
            .versions()
            .into_iter()
            .map(|version| match version % 3 {
                0 => Verdict::Done,
                1 => Verdict::DeadLetter {
                    error: version.to_string(),
                },
                _ => retry(),
            });
        let verdicts = verdicts.collect();
        asked.answer_with(Ok(verdicts));
    }
    for expected in (1..=30_u64).filter(|version| version % 3 == 1) {
        let letter = vhost.take("albums.v1.dlq").await;
        let Outgoing { body, .. } = event(expected);
        assert_eq!(letter.data, body);
        let reason = AMQPValue::LongString(expected.to_string().into());
        assert_eq!(header(&letter, "x-picup-last-error"), reason);
    }
    let mut retried = Vec::new();
    while retried.len() < 10 {
        let asked = consumer.next().await;
        assert!(asked.batch.iter().all(|message| message.attempt == 2));
        retried.extend(asked.versions());
        asked.answer(&Verdict::Done);
    }
    assert_eq!(
        retried,
        (1..=30)
            .filter(|version| version % 3 == 2)
            .collect::<Vec<u64>>()
    );
    consumer.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_that_does_not_answer_for_every_message_gets_all_of_them_again() {
    let vhost = vhost().await;
    publish_all(&vhost.publisher().await, &events([1])).await;
    let mut consumer = AskingConsumer::start(vhost.settings());
    consumer.next().await.answer_with(Ok(Vec::new()));
    let again = consumer.next().await;
    assert_eq!((again.versions(), again.batch[0].attempt), (vec![1], 2));
    again.answer(&Verdict::Done);
    consumer.stop().await;
}
