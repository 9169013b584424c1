//! Who reports that an original has arrived, and what an account has already.

use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use picup_proto::commands::v1::{
    StartUploadRequest, StartUploadResponse, TrashMediaRequest, UploadState,
};
use picup_tests::{Person, System, eventually, film, jpeg, shared_servers};
use uuid::Uuid;

const KEY: &str = "what S3's notifications carry";

/// Posts a notification as AWS does and answers the status.
async fn notify(system: &System, bearer: &str, body: &str) -> u16 {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let address = system.url().replace("http://", "");
    let mut socket = tokio::net::TcpStream::connect(&address)
        .await
        .expect("the gateway");
    let request = format!(
        "POST /notifications/s3 HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {bearer}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    socket
        .write_all(request.as_bytes())
        .await
        .expect("it is sent");
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.expect("an answer");
    let status = answer.split(' ').nth(1).expect("a status");
    status.parse().expect("a status")
}

/// What EventBridge says of an original.
fn created(system: &System, account: Uuid, media: &str) -> String {
    let bucket = system.variable("PICUP_S3_BUCKET");
    format!(
        r#"{{"version":"0","detail-type":"Object Created","source":"aws.s3","detail":{{
           "bucket":{{"name":"{bucket}"}},"object":{{"key":"u/{account}/m/{media}/original","size":1}}}}}}"#
    )
}

/// How often an item was completed, and its bytes stored, as the log has it.
async fn completions(system: &System, account: Uuid, media: &str) -> (i64, i64) {
    let log = system.log().await;
    let media: Uuid = media.parse().expect("an id");
    let ledger = picup_event_types::StreamId::ledger_of(account).id;
    let count = |name, stream: Uuid| {
        let query = "SELECT COUNT(*) FROM events WHERE stream_id = ? AND type LIKE ?";
        sqlx::query_scalar(query)
            .bind(stream)
            .bind(name)
            .fetch_one(&log)
    };
    (
        count("%UploadCompleted", media).await.expect("a count"),
        count("%BytesStored", ledger).await.expect("a count"),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn s3_alone_completes_an_upload_whose_client_is_gone() {
    let system = System::start(shared_servers(), &[("PICUP_S3_NOTIFICATION_KEY", KEY)]).await;
    let mina = Person::sign_up(&system).await;
    let (album, _) = mina.create_album("Album").await;
    let started = mina.start_upload(&album, "image/jpeg", &jpeg(1)).await;
    let media = started.as_ref().expect("it starts").media_id.clone();
    let body = created(&system, mina.account, &media);

    assert_eq!(notify(&system, "a guess", &body).await, 403);
    // Too early: nothing is there yet, and nothing comes of it.
    assert_eq!(notify(&system, KEY, &body).await, 200);
    assert_eq!(completions(&system, mina.account, &media).await, (0, 0));
    mina.put(&started.expect("it starts"), &jpeg(1)).await;
    let elsewhere = body.replace(system.variable("PICUP_S3_BUCKET"), "another");
    let unknown = created(&system, mina.account, &Uuid::now_v7().to_string());
    for none_of_ours in [elsewhere.as_str(), &unknown, "{}"] {
        assert_eq!(notify(&system, KEY, none_of_ours).await, 200);
    }
    assert_eq!(completions(&system, mina.account, &media).await, (0, 0));
    assert_eq!(notify(&system, KEY, "no json").await, 400);
    for _ in 0..3 {
        assert_eq!(notify(&system, KEY, &body).await, 200);
    }
    assert_eq!(completions(&system, mina.account, &media).await, (1, 1));
    mina.complete_upload(&media)
        .await
        .expect("the client may report it too");
    assert_eq!(completions(&system, mina.account, &media).await, (1, 1));
    let photos = || async { mina.usage(None).await.expect("usage").photos };
    eventually(Duration::from_secs(20), &1, photos).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_reports_first_it_is_completed_once() {
    let system = System::start(shared_servers(), &[("PICUP_S3_NOTIFICATION_KEY", KEY)]).await;
    let mina = Person::sign_up(&system).await;
    let (album, _) = mina.create_album("Album").await;
    let long = film(7, (17 << 20) + 5);
    let mut items = Vec::new();
    for seed in 0..8 {
        let started = mina.start_upload(&album, "image/jpeg", &jpeg(seed)).await;
        let started = started.expect("it starts");
        mina.put(&started, &jpeg(seed)).await;
        items.push(started.media_id);
    }
    let started = mina.start_upload(&album, "video/mp4", &long).await;
    let started = started.expect("it starts");
    for (number, part) in (1..).zip(long.chunks(16 << 20)) {
        mina.put_part(&started.media_id, number, part).await;
    }
    items.push(started.media_id);
    let reports = items.iter().flat_map(|media| {
        let body = created(&system, mina.account, media);
        let (system, mina) = (&system, &mina);
        (0..6).map(move |number| {
            let body = body.clone();
            async move {
                if number % 2 == 0 {
                    mina.complete_upload(media).await.expect("it completes");
                } else {
                    // While it is being read S3 is asked to report again.
                    while notify(system, KEY, &body).await == 503 {}
                }
            }
        })
    });
    futures::future::join_all(reports).await;
    let all = i64::try_from(items.len()).expect("a few");
    for media in &items {
        let (completed, stored) = completions(&system, mina.account, media).await;
        assert_eq!((completed, stored), (1, all), "{media}");
    }
}

async fn offer(mina: &Person, album: &str, bytes: &[u8]) -> StartUploadResponse {
    let request = mina.request(StartUploadRequest {
        command_id: Uuid::new_v4().to_string(),
        album_id: album.to_owned(),
        file_name: "again.jpg".to_owned(),
        content_type: "image/jpeg".to_owned(),
        bytes: bytes.len() as u64,
        sha256: digest(&SHA256, bytes).as_ref().to_vec(),
        keep_duplicate: false,
    });
    let started = mina.media_commands().start_upload(request).await;
    started.expect("an answer").into_inner()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_original_is_offered_as_a_duplicate_while_it_is_stored() {
    let system = System::start(shared_servers(), &[]).await;
    let (mina, juno) = (
        Person::sign_up(&system).await,
        Person::sign_up(&system).await,
    );
    let (album, _) = mina.create_album("Album").await;
    let (other, _) = mina.create_album("Other").await;
    let (junos, _) = juno.create_album("Juno's").await;
    // An upload that is not complete is no duplicate: it may never be.
    let begun = mina
        .start_upload(&album, "image/jpeg", &jpeg(1))
        .await
        .expect("it starts");
    assert_eq!(
        offer(&mina, &other, &jpeg(1)).await.state(),
        UploadState::Started
    );
    mina.put(&begun, &jpeg(1)).await;
    let completed = mina.complete_upload(&begun.media_id).await;
    let completed = Some(completed.expect("it completes"));

    let reserved = || mina.usage(completed.clone());
    let before = reserved().await.expect("usage").reserved_bytes;
    let offered = offer(&mina, &other, &jpeg(1)).await;
    assert_eq!(offered.state(), UploadState::Duplicate);
    assert_eq!(
        (
            offered.duplicate_of.as_str(),
            offered.duplicate_in_trash,
            offered.media_id.as_str()
        ),
        (begun.media_id.as_str(), false, "")
    );
    assert!(offered.upload.is_none() && offered.token.is_none());
    assert_eq!(reserved().await.expect("usage").reserved_bytes, before);
    assert_eq!(
        offer(&juno, &junos, &jpeg(1)).await.state(),
        UploadState::Started,
        "another account"
    );
    // Asked for, it is stored again.
    let again = mina.upload(&other, "image/jpeg", &jpeg(1)).await.0;
    assert_ne!(again, begun.media_id);

    mina.delete_media(&again).await.expect("it is deleted");
    let request = mina.request(TrashMediaRequest {
        command_id: Uuid::new_v4().to_string(),
        media_id: begun.media_id.clone(),
    });
    mina.media_commands()
        .trash_media(request)
        .await
        .expect("it is trashed");
    let offered = offer(&mina, &album, &jpeg(1)).await;
    assert_eq!(
        (offered.state(), offered.duplicate_in_trash),
        (UploadState::Duplicate, true)
    );
    mina.delete_media(&begun.media_id)
        .await
        .expect("it is deleted");
    assert_eq!(
        offer(&mina, &album, &jpeg(1)).await.state(),
        UploadState::Started
    );
}
