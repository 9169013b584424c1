//! The private RabbitMQ keeps what it confirmed.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use futures::StreamExt as _;
use lapin::options::{
    BasicAckOptions, BasicConsumeOptions, BasicPublishOptions, ConfirmSelectOptions,
    QueueDeclareOptions,
};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties};
use picup_local_stack::{DataFolder, Error, Programs, RabbitMq};

const QUEUE: &str = "kept";

async fn channel(url: &str) -> Channel {
    let connection = Connection::connect(url, ConnectionProperties::default())
        .await
        .unwrap();
    connection.create_channel().await.unwrap()
}

async fn declare(channel: &Channel) {
    let mut arguments = FieldTable::default();
    arguments.insert(
        "x-queue-type".into(),
        AMQPValue::LongString("quorum".into()),
    );
    let options = QueueDeclareOptions {
        durable: true,
        ..QueueDeclareOptions::default()
    };
    channel
        .queue_declare(QUEUE.into(), options, arguments)
        .await
        .unwrap();
}

async fn publish(channel: &Channel, body: &[u8]) {
    let options = BasicPublishOptions::default();
    let persistent = BasicProperties::default().with_delivery_mode(2);
    let confirmed = channel
        .basic_publish("".into(), QUEUE.into(), options, body, persistent)
        .await
        .unwrap()
        .await
        .unwrap();
    assert!(confirmed.is_ack());
}

async fn first_message(channel: &Channel) -> Vec<u8> {
    let options = BasicConsumeOptions::default();
    let arguments = FieldTable::default();
    let mut consumer = channel
        .basic_consume(QUEUE.into(), "test".into(), options, arguments)
        .await
        .unwrap();
    let delivery = consumer.next().await.unwrap().unwrap();
    delivery.ack(BasicAckOptions::default()).await.unwrap();
    delivery.data
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_quorum_queue_confirmed_survives_a_kill_on_the_same_port() {
    let parent = tempfile::tempdir().unwrap();
    let folder = DataFolder::throw_away(parent.path()).unwrap();
    let broker = RabbitMq::start(&folder, &Programs::default()).unwrap();
    let url = broker.add_vhost("one").unwrap();
    assert_eq!(
        broker.add_vhost("one").unwrap(),
        url,
        "adding it again changes nothing"
    );

    let first = channel(&url).await;
    first
        .confirm_select(ConfirmSelectOptions::default())
        .await
        .unwrap();
    declare(&first).await;
    publish(&first, b"before the kill").await;
    broker.save_queue_names().unwrap();
    broker.kill().unwrap();
    assert!(broker.pid().is_none());
    assert!(
        Connection::connect(&url, ConnectionProperties::default())
            .await
            .is_err()
    );

    broker.start_again().unwrap();
    let second = channel(&url).await;
    declare(&second).await;
    assert_eq!(first_message(&second).await, b"before the kill");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_that_was_declared_a_moment_before_a_kill_can_be_used_again() {
    let parent = tempfile::tempdir().unwrap();
    let folder = DataFolder::throw_away(parent.path()).unwrap();
    let broker = RabbitMq::start(&folder, &Programs::default()).unwrap();
    declare(&channel(broker.url()).await).await;
    broker.kill().unwrap();

    broker.start_again().unwrap();
    let again = channel(broker.url()).await;
    again
        .confirm_select(ConfirmSelectOptions::default())
        .await
        .unwrap();
    declare(&again).await;
    publish(&again, b"after the kill").await;
    assert_eq!(first_message(&again).await, b"after the kill");
}

#[test]
fn a_vhost_whose_name_would_need_escaping_is_refused() {
    let parent = tempfile::tempdir().unwrap();
    let folder = DataFolder::throw_away(parent.path()).unwrap();
    let broker = RabbitMq::start(&folder, &Programs::default()).unwrap();
    for name in ["", "a/b", "a b", "a%2fb", "ä"] {
        assert!(
            matches!(broker.add_vhost(name), Err(Error::Name(_))),
            "{name:?}"
        );
    }
}
