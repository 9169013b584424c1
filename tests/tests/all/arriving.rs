//! What the bus did not bring, because somebody deleted a binding, arrives all the same, and nobody has to do
//! anything for it.

use std::time::Duration;

use lapin::{
    Channel, Connection, ConnectionProperties, options::QueueDeclareOptions, types::FieldTable,
};
use picup_event_bus::{
    ALBUM_LISTINGS, ConsumerSpec, EXCHANGE, PURGER, THUMBNAILER, UNROUTED_QUEUE,
};
use picup_proto::queries::v1::{GetAlbumRequest, RenditionState};
use picup_tests::{Person, Service, System, eventually, jpeg, shared_servers};
use tonic::Code;

async fn channel(system: &System) -> Channel {
    let url = system.variable("PICUP_AMQP_URL");
    let connection = Connection::connect(url, ConnectionProperties::default()).await;
    let connection = connection.expect("the broker answers");
    connection.create_channel().await.expect("a channel")
}

async fn unbind(channel: &Channel, consumer: ConsumerSpec, binding: &str) {
    let (queue, exchange) = (consumer.work_queue(), EXCHANGE);
    channel
        .queue_unbind(
            queue.into(),
            exchange.into(),
            binding.into(),
            FieldTable::default(),
        )
        .await
        .expect("the binding is deleted");
}

async fn code_of(person: &Person, album: &str) -> Code {
    let request = person.request(GetAlbumRequest {
        token: None,
        album_id: album.to_owned(),
    });
    let album = person.album_queries().get_album(request).await;
    album.err().map_or(Code::Ok, |status| status.code())
}

async fn unrouted(channel: &Channel) -> u32 {
    let options = QueueDeclareOptions {
        passive: true,
        ..QueueDeclareOptions::default()
    };
    let declared = channel
        .queue_declare(UNROUTED_QUEUE.into(), options, FieldTable::default())
        .await;
    declared.expect("it stands").message_count()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_a_consumer_was_not_bound_for_arrives_by_itself() {
    let near = [("PICUP_TRAIL_SECONDS", "1")];
    let system = System::start(shared_servers(), &near).await;
    let mina = Person::sign_up(&system).await;
    let (first, _) = mina.create_album("Bound").await;
    let found = || code_of(&mina, &first);
    eventually(Duration::from_secs(10), &Code::Ok, found).await;

    // All other consumers may hear of it, or none: it makes no difference to this one.
    let channel = channel(&system).await;
    unbind(&channel, ALBUM_LISTINGS, "album.*").await;
    let (missed, _) = mina.create_album("Missed").await;
    let found = || code_of(&mina, &missed);
    eventually(Duration::from_secs(30), &Code::Ok, found).await;
    eventually(Duration::from_secs(30), &0, || unrouted(&channel)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_binding_that_was_deleted_comes_back_and_what_found_no_queue_is_routed() {
    // So far behind that nothing is handed over again.
    let far = [("PICUP_TRAIL_SECONDS", "3600")];
    let system = System::start(shared_servers(), &far).await;
    let mina = Person::sign_up(&system).await;
    let (first, _) = mina.create_album("Bound").await;
    let found = || code_of(&mina, &first);
    eventually(Duration::from_secs(10), &Code::Ok, found).await;

    let channel = channel(&system).await;
    unbind(&channel, ALBUM_LISTINGS, "album.*").await;
    let (missed, _) = mina.create_album("Missed").await;
    let found = || code_of(&mina, &missed);
    eventually(Duration::from_mins(1), &Code::Ok, found).await;
    eventually(Duration::from_secs(30), &0, || unrouted(&channel)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_that_the_purger_never_heard_of_is_purged_all_the_same() {
    let near = [("PICUP_TRAIL_SECONDS", "1")];
    let system = System::start(shared_servers(), &near).await;
    let mina = Person::sign_up(&system).await;
    let (album, _) = mina.create_album("Album").await;
    let (media, _) = mina.upload(&album, "image/jpeg", &jpeg(1)).await;
    let channel = channel(&system).await;
    unbind(&channel, PURGER, "media.MediaDeleted").await;
    mina.delete_media(&media).await.expect("it is deleted");
    let stored = || async { mina.usage(None).await.expect("usage").stored_bytes };
    eventually(Duration::from_secs(30), &0, stored).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_the_thumbnailer_never_heard_of_gets_its_renditions_all_the_same() {
    let near = [("PICUP_RENDITIONS_TRAIL_SECONDS", "1")];
    let mut system = System::start(shared_servers(), &near).await;
    let channel = channel(&system).await;
    unbind(&channel, THUMBNAILER, "media.UploadCompleted").await;
    let mina = Person::sign_up(&system).await;
    let (album, _) = mina.create_album("Album").await;
    let (media, token) = mina.upload(&album, "image/jpeg", &jpeg(1)).await;
    // While it waits for videos, nothing is handed again to anybody.
    system.start_service(Service::Thumbnailer).await;
    let state = || async {
        let listed = mina.list_media(&album, 10, Some(token.clone())).await;
        let listed = listed.expect("it is listed");
        let found = listed.iter().find(|item| item.media_id == media);
        found.and_then(|item| Some(item.renditions.as_ref()?.state()))
    };
    let ready = Some(RenditionState::Ready);
    eventually(Duration::from_secs(30), &ready, state).await;
}
