use futures::FutureExt as _;
use lapin::{options::QueueDeclareOptions, types::FieldTable};
use picup_event_bus::{BusError, Outgoing, PublishError, Topology};

use crate::{
    broker::{SPEC, eventually, vhost},
    tools::{KeepingConsumer, event, events, publish_all},
};

#[tokio::test(flavor = "multi_thread")]
async fn messages_come_in_the_order_of_their_publishing_and_all_are_acked() {
    let vhost = vhost().await;
    let publisher = vhost.publisher().await;
    // More than the publisher lets go unconfirmed and more than the consumer takes at once.
    publish_all(&publisher, &events(1..=2500)).await;
    let consumer = KeepingConsumer::start(vhost.settings());
    eventually("2500 messages", async || {
        consumer.kept.versions().len() >= 2500
    })
    .await;
    assert_eq!(consumer.kept.versions(), (1..=2500).collect::<Vec<_>>());
    consumer.stop().await;
    assert_eq!(vhost.ready("albums.v1").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_queue_is_bound_for_is_kept_and_counted() {
    let vhost = vhost().await;
    let publisher = vhost.publisher().await;
    assert_eq!(publisher.unrouted_count().await.unwrap(), 0);
    let lost = Outgoing {
        routing_key: "account.AccountOpened".to_owned(),
        ..event(1)
    };
    publish_all(&publisher, &[lost, event(2)]).await;
    eventually("1 unrouted", async || {
        publisher.unrouted_count().await.unwrap() == 1
    })
    .await;
    vhost.wait_until_ready("albums.v1", 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_returned_message_is_told_from_its_neighbours_in_the_same_batch() {
    let vhost = vhost().await;
    let publisher = vhost.publisher().await;
    vhost.unbind_unrouted().await;
    // The broker confirms several messages with one ack as it sees fit, hence the many rounds.
    for round in 0..300 {
        let mut batch = events(1..=30);
        for message in batch.iter_mut().skip(round % 7).step_by(7) {
            "account.AccountOpened".clone_into(&mut message.routing_key);
        }
        let results = publisher.publish_batch(&batch).await;
        for (index, result) in results.into_iter().enumerate() {
            let lost = index % 7 == round % 7;
            let expected = if lost {
                Err(PublishError::Returned)
            } else {
                Ok(())
            };
            assert_eq!(result, expected, "message {index} of round {round}");
        }
    }
    // The next batch is not blamed for it.
    publish_all(&publisher, &events(1000..=1100)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_amqp_cannot_express_does_not_harm_its_neighbours() {
    let vhost = vhost().await;
    let publisher = vhost.publisher().await;
    let long = Outgoing {
        routing_key: "album.".repeat(60),
        ..event(2)
    };
    let results = publisher.publish_batch(&[event(1), long, event(3)]).await;
    assert_eq!(results[0], Ok(()));
    assert!(
        matches!(results[1], Err(PublishError::Malformed(_))),
        "{:?}",
        results[1]
    );
    assert_eq!(results[2], Ok(()));
    vhost.wait_until_ready("albums.v1", 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_was_given_up_midway_leaves_nothing_behind_for_the_next() {
    let vhost = vhost().await;
    let publisher = vhost.publisher().await;
    vhost.unbind_unrouted().await;
    let lost = Outgoing {
        routing_key: "account.AccountOpened".to_owned(),
        ..event(1)
    };
    let given_up = vec![lost; 500];
    assert!(publisher.publish_batch(&given_up).now_or_never().is_none());
    publish_all(&publisher, &events(2..=50)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn declaring_again_changes_nothing_and_other_arguments_are_refused() {
    let vhost = vhost().await;
    let topology = Topology::new([SPEC]);
    topology.declare(&vhost.url).await.unwrap();
    topology.declare(&vhost.url).await.unwrap();
    let classic = QueueDeclareOptions::durable();
    let channel = &vhost.channel;
    channel
        .queue_declare("usage.v1".into(), classic, FieldTable::default())
        .await
        .unwrap();
    let other = picup_event_bus::ConsumerSpec {
        name: "usage",
        ..SPEC
    };
    let refused = Topology::new([other]).declare(&vhost.url).await;
    assert!(matches!(refused, Err(BusError::Conflict(_))), "{refused:?}");
}
