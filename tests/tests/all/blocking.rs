//! A stream with an event that cannot be applied waits alone; everything else goes on, and nothing is lost.

use std::time::Duration;

use lapin::{
    Channel, Connection, ConnectionProperties,
    options::{BasicAckOptions, BasicGetOptions, QueueDeclareOptions, QueueDeleteOptions},
    types::FieldTable,
};
use picup_event_bus::{ALBUM_LISTINGS, Outgoing, Publisher, Topology};
use picup_proto::{
    commands::v1::RenameAlbumRequest,
    internal::v1::{SkipEventRequest, upkeep_client::UpkeepClient},
    operations::v1::{
        BlockedStream, ListBlockedRequest, RetryStreamRequest, streams_client::StreamsClient,
    },
    queries::v1::GetAlbumRequest,
    types::v1::ConsistencyToken,
};
use picup_service::auth::ServiceKey;
use picup_tests::{Person, Service, System, eventually, shared_servers};
use sqlx::MySqlPool;
use tonic::{Code, Request, Status};
use uuid::Uuid;

const PATIENCE: Duration = Duration::from_secs(30);

pub async fn rename(person: &Person, album_id: &str, title: &str) -> ConsistencyToken {
    let request = person.request(RenameAlbumRequest {
        command_id: Uuid::new_v4().to_string(),
        album_id: album_id.to_owned(),
        title: title.to_owned(),
    });
    let renamed = person.album_commands().rename_album(request).await;
    renamed
        .expect("it is renamed")
        .into_inner()
        .token
        .expect("a token")
}

pub async fn title(
    person: &Person,
    album_id: &str,
    token: Option<ConsistencyToken>,
) -> Result<String, Status> {
    let request = person.request(GetAlbumRequest {
        token,
        album_id: album_id.to_owned(),
    });
    let album = person.album_queries().get_album(request).await?;
    Ok(album.into_inner().album.expect("the album").title)
}

/// An album whose row is hidden from the projection, so that no event of it can be applied.
pub struct Hidden {
    read_model: MySqlPool,
    album: Uuid,
}

impl Hidden {
    pub async fn hide(system: &System, album: &str) -> Self {
        let read_model = system.database("_album_listings_g1").await;
        let album: Uuid = album.parse().expect("an id");
        let create = sqlx::query("CREATE TABLE IF NOT EXISTS hidden LIKE albums");
        create
            .execute(&read_model)
            .await
            .expect("a place to hide it");
        for statement in [
            "INSERT INTO hidden SELECT * FROM albums WHERE album_id = ?",
            "DELETE FROM albums WHERE album_id = ?",
        ] {
            let hidden = sqlx::query(statement)
                .bind(album)
                .execute(&read_model)
                .await;
            assert_eq!(hidden.expect("it is hidden").rows_affected(), 1);
        }
        Self { read_model, album }
    }

    pub async fn show(self) {
        sqlx::query("INSERT INTO albums SELECT * FROM hidden WHERE album_id = ?")
            .bind(self.album)
            .execute(&self.read_model)
            .await
            .expect("it is shown again");
    }
}

pub async fn blocked(operator: &Person) -> Vec<BlockedStream> {
    let request = operator.request(ListBlockedRequest {
        projection: String::new(),
        limit: 10,
    });
    let listed = StreamsClient::new(operator.channel())
        .list_blocked(request)
        .await;
    listed.expect("a list").into_inner().streams
}

async fn waits(operator: &Person) -> Vec<(u64, u64)> {
    let streams = blocked(operator).await;
    streams
        .iter()
        .map(|stream| (stream.failed_version, stream.seen_up_to))
        .collect()
}

async fn channel(system: &System) -> (Connection, Channel) {
    let url = system.variable("PICUP_AMQP_URL");
    let connection = Connection::connect(url, ConnectionProperties::default()).await;
    let connection = connection.expect("the broker answers");
    let channel = connection.create_channel().await.expect("a channel");
    (connection, channel)
}

async fn letters(channel: &Channel) -> u32 {
    let passive = QueueDeclareOptions {
        passive: true,
        ..Default::default()
    };
    let queue = ALBUM_LISTINGS.dead_letter_queue();
    let queue = channel
        .queue_declare(queue.into(), passive, FieldTable::default())
        .await;
    queue.expect("the queue").message_count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blocked_stream_has_one_dead_letter_and_catches_up_when_it_is_mended() {
    let mut system = System::start(shared_servers(), &[]).await;
    let (mina, operator) = (Person::sign_up(&system).await, system.operator().await);
    // The keeper would take the letter out of its queue.
    system.stop_service(Service::Operations).await;
    let (_connection, channel) = channel(&system).await;
    let (album, token) = mina.create_album("first").await;
    let (other, _) = mina.create_album("other").await;
    title(&mina, &album, Some(token))
        .await
        .expect("it is there");

    let hidden = Hidden::hide(&system, &album).await;
    rename(&mina, &album, "second").await;
    eventually(PATIENCE, &vec![(2, 2)], || waits(&operator)).await;
    rename(&mina, &album, "third").await;
    let last = rename(&mina, &album, "fourth").await;
    eventually(PATIENCE, &vec![(2, 4)], || waits(&operator)).await;
    assert_eq!(
        letters(&channel).await,
        1,
        "one message stands for the stream"
    );
    let behind = title(&mina, &album, Some(last.clone())).await.unwrap_err();
    assert_ne!(behind.code(), Code::Ok);

    // Other streams flow on, in the same batches.
    let token = rename(&mina, &other, "goes on").await;
    assert_eq!(
        title(&mina, &other, Some(token)).await.expect("it goes on"),
        "goes on"
    );

    hidden.show().await;
    let retry = operator.request(RetryStreamRequest {
        projection: "album-listings".to_owned(),
        stream: format!("album/{album}"),
    });
    let retried = StreamsClient::new(operator.channel())
        .retry_stream(retry)
        .await;
    assert_eq!(
        retried.expect("it is tried").into_inner().still_blocked,
        None
    );
    assert_eq!(
        title(&mina, &album, Some(last)).await.expect("caught up"),
        "fourth"
    );
    assert!(blocked(&operator).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_dead_letter_is_the_event_that_failed_even_if_its_message_was_lost() {
    let mut system = System::start(shared_servers(), &[]).await;
    let (mina, operator) = (Person::sign_up(&system).await, system.operator().await);
    // The keeper would take the letter out of its queue.
    system.stop_service(Service::Operations).await;
    let (_connection, channel) = channel(&system).await;
    let (album, token) = mina.create_album("first").await;
    title(&mina, &album, Some(token))
        .await
        .expect("it is there");
    let hidden = Hidden::hide(&system, &album).await;

    system.stop_service(Service::Projection).await;
    rename(&mina, &album, "second").await;
    let log = system.log().await;
    let waiting = || async {
        let count = sqlx::query_scalar::<_, i64>("SELECT COUNT(*) FROM outbox");
        count.fetch_one(&log).await.expect("the outbox")
    };
    eventually(PATIENCE, &0, waiting).await;
    let work = ALBUM_LISTINGS.work_queue();
    let deleted = channel
        .queue_delete(work.clone().into(), QueueDeleteOptions::default())
        .await;
    assert!(
        deleted.expect("the queue is deleted") >= 1,
        "nothing was lost"
    );
    system.start_service(Service::Projection).await;
    let consumers = || async {
        // On a channel of its own: asking for a queue that is not there closes it.
        let (_connection, channel) = self::channel(&system).await;
        let passive = QueueDeclareOptions {
            passive: true,
            ..Default::default()
        };
        let queue = channel.queue_declare(work.clone().into(), passive, FieldTable::default());
        queue.await.map_or(0, |queue| queue.consumer_count())
    };
    eventually(PATIENCE, &1, consumers).await;
    let last = rename(&mina, &album, "third").await;
    eventually(PATIENCE, &vec![(2, 3)], || waits(&operator)).await;
    eventually(PATIENCE, &1, || letters(&channel)).await;

    let letter = channel
        .basic_get(
            ALBUM_LISTINGS.dead_letter_queue().into(),
            BasicGetOptions::default(),
        )
        .await
        .expect("the broker answers")
        .expect("a letter");
    let recorded = picup_event_log::LogReader::new(log.clone())
        .load(format!("album/{album}").parse().expect("a stream"), 1, 1)
        .await
        .expect("the log")
        .remove(0);
    assert_eq!(
        letter.delivery.data,
        recorded.to_envelope(),
        "the second version"
    );

    // Replayed after it is mended, it brings the rest with it.
    hidden.show().await;
    let url = system.variable("PICUP_AMQP_URL").parse().expect("a URL");
    let publisher = Publisher::new(url, "test", Topology::new([ALBUM_LISTINGS]));
    let id = recorded.event_id.to_string();
    let replay = Outgoing::to_queue(work.clone(), id, letter.delivery.data.clone().into());
    publisher
        .publish_batch(&[replay])
        .await
        .remove(0)
        .expect("it is published");
    letter
        .delivery
        .acker
        .ack(BasicAckOptions::default())
        .await
        .expect("it is acked");
    assert_eq!(
        title(&mina, &album, Some(last)).await.expect("caught up"),
        "third"
    );
    assert!(blocked(&operator).await.is_empty());
    assert_eq!(letters(&channel).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_skipped_event_changes_nothing_and_what_comes_after_it_does() {
    let system = System::start(shared_servers(), &[]).await;
    let (mina, operator) = (Person::sign_up(&system).await, system.operator().await);
    let (album, token) = mina.create_album("first").await;
    title(&mina, &album, Some(token))
        .await
        .expect("it is there");
    let hidden = Hidden::hide(&system, &album).await;
    rename(&mina, &album, "second").await;
    let last = rename(&mina, &album, "third").await;
    eventually(PATIENCE, &vec![(2, 3)], || waits(&operator)).await;

    let key = ServiceKey::new(system.variable("PICUP_SERVICE_KEY").to_owned().into());
    let skip = async |version: u64| {
        let mut request = Request::new(SkipEventRequest {
            projection: "album-listings".to_owned(),
            stream: format!("album/{album}"),
            version,
            reason: "it hurts".to_owned(),
            by: operator.account.to_string(),
        });
        key.attach(&mut request);
        let upkeep = UpkeepClient::connect(system.projection_url()).await;
        upkeep
            .expect("projection-svc answers")
            .skip_event(request)
            .await
    };
    let refused = skip(3)
        .await
        .expect_err("only the failed one can be skipped");
    assert_eq!(refused.code(), Code::FailedPrecondition);
    skip(2).await.expect("it is skipped");
    // The third fails just as well as long as the row is away: now that one is waited for.
    assert_eq!(waits(&operator).await, [(3, 3)]);
    hidden.show().await;
    skip(3).await.expect("it is skipped");
    skip(3).await.expect("again is the same");
    assert_eq!(
        title(&mina, &album, Some(last)).await.expect("it went on"),
        "first"
    );
    assert!(blocked(&operator).await.is_empty());
    let after = rename(&mina, &album, "fourth").await;
    assert_eq!(
        title(&mina, &album, Some(after)).await.expect("it went on"),
        "fourth"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_the_log_does_not_know_blocks_nothing() {
    let mut system = System::start(shared_servers(), &[]).await;
    let (mina, operator) = (Person::sign_up(&system).await, system.operator().await);
    // The keeper would take the letter out of its queue.
    system.stop_service(Service::Operations).await;
    let (_connection, channel) = channel(&system).await;
    let (album, token) = mina.create_album("first").await;
    title(&mina, &album, Some(token))
        .await
        .expect("it is there");
    let log = picup_event_log::LogReader::new(system.log().await);
    let stream = format!("album/{album}").parse().expect("a stream");
    let created = log.load(stream, 0, 1).await.expect("the log").remove(0);
    let forged = picup_event_types::RecordedEvent {
        event_id: Uuid::now_v7(),
        version: 2,
        payload: vec![0xff; 40].into(),
        ..created.clone()
    };
    let of_no_stream = picup_event_types::RecordedEvent {
        event_id: Uuid::now_v7(),
        stream: picup_event_types::StreamId::album(Uuid::new_v4()),
        payload: vec![0xff; 40].into(),
        ..created
    };
    let url = system.variable("PICUP_AMQP_URL").parse().expect("a URL");
    let publisher = Publisher::new(url, "test", Topology::new([ALBUM_LISTINGS]));
    let poison = [&forged, &of_no_stream].map(|event| {
        let id = event.event_id.to_string();
        Outgoing::to_queue(ALBUM_LISTINGS.work_queue(), id, event.to_envelope())
    });
    for published in publisher.publish_batch(&poison).await {
        published.expect("it is published");
    }
    eventually(PATIENCE, &2, || letters(&channel)).await;
    // It leaves no trace in the read model, which a rebuild would not have.
    let albums = system.database("_album_listings_g1").await;
    let gates: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM gate WHERE stream_id = ?")
        .bind(of_no_stream.stream.id)
        .fetch_one(&albums)
        .await
        .expect("the gate");
    assert_eq!(gates, 0);
    assert!(blocked(&operator).await.is_empty());
    let token = rename(&mina, &album, "second").await;
    assert_eq!(
        title(&mina, &album, Some(token)).await.expect("it goes on"),
        "second"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_whose_first_event_cannot_be_read_is_blocked_at_it() {
    let system = System::start(shared_servers(), &[]).await;
    let operator = system.operator().await;
    let log = system.log().await;
    let album = Uuid::new_v4();
    let mut transaction = log.begin().await.expect("a transaction");
    let inserted = sqlx::query(
        "INSERT INTO events (stream_id, version, event_id, command_id, command_index, type, payload, \
         metadata, recorded_at) VALUES (?, 1, ?, ?, 0, 'album.AlbumCreated', ?, '', UTC_TIMESTAMP(6))",
    )
    .bind(album)
    .bind(Uuid::now_v7())
    .bind(Uuid::new_v4())
    .bind(vec![0xff_u8; 40])
    .execute(&mut *transaction)
    .await
    .expect("the event");
    sqlx::query("INSERT INTO outbox (position) VALUES (?)")
        .bind(inserted.last_insert_id())
        .execute(&mut *transaction)
        .await
        .expect("its outbox row");
    transaction.commit().await.expect("it is in the log");
    let waiting = || async {
        let blocked = blocked(&operator).await;
        let blocked = blocked.into_iter();
        blocked
            .map(|stream| (stream.stream, stream.failed_version))
            .collect::<Vec<_>>()
    };
    let expected = vec![(format!("album/{album}"), 1)];
    eventually(PATIENCE, &expected, waiting).await;
}
