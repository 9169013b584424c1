//! The log holds the truth, the bus only carries the news: what it loses, repeats or reorders changes nothing.

use std::time::Duration;

use lapin::{Connection, ConnectionProperties, options::QueueDeleteOptions};
use picup_event_bus::{ALBUM_LISTINGS, Outgoing, Publisher, STORAGE_USAGE, Topology};
use picup_event_log::LogReader;
use picup_event_types::StreamId;
use picup_proto::{
    commands::v1::RenameAlbumRequest, queries::v1::GetAlbumRequest, types::v1::ConsistencyToken,
};
use picup_tests::{Person, Service, System, eventually, jpeg, shared_servers};
use uuid::Uuid;

async fn rename(person: &Person, album_id: &str, title: &str) -> ConsistencyToken {
    let command_id = Uuid::new_v4().to_string();
    let (album_id, title) = (album_id.to_owned(), title.to_owned());
    let request = person.request(RenameAlbumRequest {
        command_id,
        album_id,
        title,
    });
    let renamed = person
        .album_commands()
        .rename_album(request)
        .await
        .expect("it is renamed");
    renamed.into_inner().token.expect("a token")
}

async fn title(person: &Person, album_id: &str, token: Option<ConsistencyToken>) -> String {
    let request = person.request(GetAlbumRequest {
        token,
        album_id: album_id.to_owned(),
    });
    let album = person
        .album_queries()
        .get_album(request)
        .await
        .expect("the album");
    album.into_inner().album.expect("the album").title
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_that_the_bus_lost_are_read_from_the_log() {
    let mut system = System::start(shared_servers(), &[]).await;
    let mina = Person::sign_up(&system).await;
    let (album, token) = mina.create_album("first").await;
    assert_eq!(title(&mina, &album, Some(token)).await, "first");

    system.stop_service(Service::Projection).await;
    rename(&mina, &album, "second").await;
    rename(&mina, &album, "third").await;
    // The messages reach the queue, and the queue is lost with them.
    let outbox = system.log().await;
    let waiting = || async {
        let count = sqlx::query_scalar::<_, i64>("SELECT COUNT(*) FROM outbox");
        count.fetch_one(&outbox).await.expect("the outbox")
    };
    eventually(Duration::from_secs(10), &0, waiting).await;
    let url = system.variable("PICUP_AMQP_URL");
    let connection = Connection::connect(url, ConnectionProperties::default()).await;
    let connection = connection.expect("the broker answers");
    let channel = connection.create_channel().await.expect("a channel");
    let options = QueueDeleteOptions::default();
    let lost = channel
        .queue_delete(ALBUM_LISTINGS.work_queue().into(), options)
        .await;
    assert!(lost.expect("the queue is deleted") >= 2, "nothing was lost");

    system.start_service(Service::Projection).await;
    let subscribed = || async {
        let declare = lapin::options::QueueDeclareOptions {
            passive: true,
            ..Default::default()
        };
        let Ok(channel) = connection.create_channel().await else {
            return 0;
        };
        let queue = ALBUM_LISTINGS.work_queue().into();
        let declared = channel.queue_declare(queue, declare, lapin::types::FieldTable::default());
        declared.await.map_or(0, |queue| queue.consumer_count())
    };
    eventually(Duration::from_secs(20), &1, subscribed).await;
    let token = rename(&mina, &album, "fourth").await;
    assert_eq!(title(&mina, &album, Some(token)).await, "fourth");
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_that_come_again_and_backwards_count_once() {
    let system = System::start(shared_servers(), &[]).await;
    let mina = Person::sign_up(&system).await;
    let (album, _) = mina.create_album("Album").await;
    let mut bytes = 0;
    let mut streams = vec![
        StreamId::ledger_of(mina.account),
        StreamId::account(mina.account),
    ];
    for seed in 0..10 {
        let picture = jpeg(seed);
        let (media, _) = mina.upload(&album, "image/jpeg", &picture).await;
        streams.push(StreamId::media(media.parse().expect("an id")));
        bytes += picture.len() as u64;
    }
    let token = rename(&mina, &album, "Named").await;
    streams.push(StreamId::album(album.parse().expect("an id")));

    let log = LogReader::new(system.log().await);
    let mut again = Vec::new();
    for stream in streams {
        for event in log
            .load(stream, 0, 1000)
            .await
            .expect("the stream")
            .into_iter()
            .rev()
        {
            for consumer in [ALBUM_LISTINGS, STORAGE_USAGE] {
                let queue = consumer.work_queue();
                let id = event.event_id.to_string();
                again.push(Outgoing::to_queue(queue, id, event.to_envelope()));
            }
        }
    }
    let url = system.variable("PICUP_AMQP_URL").parse().expect("a URL");
    let publisher = Publisher::new(url, "test", Topology::new([ALBUM_LISTINGS, STORAGE_USAGE]));
    publisher.connected().await;
    for result in publisher.publish_batch(&again).await {
        result.expect("it is published");
    }
    // Behind all of them in the queue: once this is seen, they have all been applied or passed over.
    let (_, last) = mina.upload(&album, "image/jpeg", &jpeg(99)).await;
    bytes += jpeg(99).len() as u64;
    let usage = mina.usage(Some(last.clone())).await.expect("usage");
    assert_eq!(
        (usage.stored_bytes, usage.reserved_bytes, usage.photos),
        (bytes, 0, 11)
    );
    assert_eq!(
        mina.list_media(&album, 3, Some(last))
            .await
            .expect("a listing")
            .len(),
        11
    );
    assert_eq!(title(&mina, &album, Some(token)).await, "Named");
}
