use std::collections::BTreeSet;

use picup_event_bus::{BrokerUrl, ConsumerSettings, PublishError, Publisher, Topology, Verdict};
use picup_local_stack::RabbitMq;

use crate::{
    broker::{Broker, SPEC, Vhost, eventually},
    tools::{AskingConsumer, KeepingConsumer, events, publish_all},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_broker_loses_nothing_and_publisher_and_consumer_come_back_by_themselves() {
    let broker = Broker::own().await;
    let before = Vhost::open(broker.url()).await;
    let publisher = Publisher::new(before.url.clone(), "test", Topology::new([SPEC]));
    let confirmed = publisher.publish_batch(&events(1..=300)).await;
    assert!(confirmed.iter().all(Result::is_ok), "{confirmed:?}");
    // One batch is in a handler's hand when the broker dies, others are prefetched.
    let mut consumer = AskingConsumer::start(before.settings());
    let in_hand = consumer.next().await;

    broker.change(RabbitMq::kill).await;
    let lost = publisher.publish_batch(&events(301..=310)).await;
    assert!(lost.iter().all(Result::is_err), "{lost:?}");
    in_hand.answer(&Verdict::Done);
    broker.change(RabbitMq::start_again).await;

    let mut unconfirmed = events(301..=600);
    eventually("the publisher's return", async || {
        let results = publisher.publish_batch(&unconfirmed).await;
        let mut results = results.into_iter();
        unconfirmed.retain(|_| results.next().is_some_and(|result| result.is_err()));
        unconfirmed.is_empty()
    })
    .await;
    // What was in hand could not be acked, so all 600 come.
    let mut versions = BTreeSet::new();
    while versions.len() < 600 {
        let asked = consumer.next().await;
        assert!(asked.batch.iter().all(|message| message.attempt == 1));
        versions.extend(asked.versions());
        asked.answer(&Verdict::Done);
    }
    assert_eq!(versions, (1..=600).collect());
    consumer.stop().await;
    let after = Vhost::open(broker.url()).await;
    assert_eq!(after.ready("albums.v1").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consumer_and_a_publisher_that_start_before_their_broker_wait_for_it() {
    let broker = Broker::own().await;
    let url = broker.url().parse::<BrokerUrl>().unwrap();
    broker.change(RabbitMq::stop).await;
    let settings = ConsumerSettings::new(url.clone(), SPEC);
    let consumer = KeepingConsumer::start(settings);
    let publisher = Publisher::new(url, "test", Topology::new([SPEC]));
    let early = publisher.publish_batch(&events([1])).await;
    assert!(early[0].is_err());
    broker.change(RabbitMq::start_again).await;
    publisher.connected().await;
    let results = publisher.publish_batch(&events([2])).await;
    assert_eq!(results, [Ok(())]);
    eventually("the message", async || consumer.kept.versions() == [2]).await;
    consumer.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alarm_of_the_broker_holds_back_publishers_but_no_acks() {
    let broker = Broker::own().await;
    let vhost = Vhost::open(broker.url()).await;
    let publisher = vhost.publisher().await;
    publish_all(&publisher, &events(1..=10)).await;
    let settings = ConsumerSettings {
        prefetch: 1,
        ..vhost.settings()
    };
    let mut consumer = AskingConsumer::start(settings);
    let in_hand = consumer.next().await;

    broker.allow_memory(1).await;
    // The broker tells a connection of the alarm when it publishes.
    let blocked = publisher.publish_batch(&events([11])).await;
    assert!(
        matches!(blocked[..], [Err(PublishError::Disconnected(_))]),
        "{blocked:?}"
    );
    in_hand.answer(&Verdict::Done);
    // Another comes only because the ack of the one before has arrived.
    consumer.next().await.answer(&Verdict::Done);
    let in_hand = consumer.next().await;
    assert_eq!(in_hand.versions(), [3]);

    broker.allow_memory(512 << 20).await;
    publisher.connected().await;
    publish_all(&publisher, &events([12])).await;
    in_hand.answer(&Verdict::Done);
    let mut versions = Vec::new();
    while !versions.contains(&12) {
        let asked = consumer.next().await;
        versions.extend(asked.versions());
        asked.answer(&Verdict::Done);
    }
    consumer.stop().await;
    assert_eq!(vhost.ready("albums.v1").await, 0);
}
