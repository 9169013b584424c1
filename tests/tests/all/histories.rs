//! Histories: for owners in full, for operators sealed unless they ask, for everybody else not there.

use std::time::Duration;

use picup_event_log::OperatorLog;
use picup_proto::{
    commands::v1::{RenameAlbumRequest, TrashMediaRequest},
    operations::v1::{
        GetHistoryRequest, GetHistoryResponse, HistorySubject, history_client::HistoryClient,
    },
};
use picup_tests::{Person, System, eventually, jpeg, shared_servers};
use tonic::{Code, Status};
use uuid::Uuid;

async fn history(
    person: &Person,
    subject: HistorySubject,
    id: &str,
    reveal: bool,
) -> Result<GetHistoryResponse, Status> {
    let request = person.request(GetHistoryRequest {
        subject: subject.into(),
        id: id.to_owned(),
        reveal,
        ..GetHistoryRequest::default()
    });
    let mut client = HistoryClient::new(person.channel());
    Ok(client.get_history(request).await?.into_inner())
}

fn told(history: &GetHistoryResponse) -> Vec<(&str, &str)> {
    let events = history.events.iter();
    events
        .map(|event| (event.actor.as_str(), event.words.as_str()))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_reads_as_it_happened_for_its_owner_and_is_not_found_for_another() {
    let system = System::start(shared_servers(), &[]).await;
    let (mina, jun) = (
        Person::sign_up(&system).await,
        Person::sign_up(&system).await,
    );
    let operator = system.operator().await;
    let (album, _) = mina.create_album("Jeju").await;
    let rename = mina.request(RenameAlbumRequest {
        command_id: Uuid::new_v4().to_string(),
        album_id: album.clone(),
        title: "제주 2025".to_owned(),
    });
    let renamed = mina.album_commands().rename_album(rename).await;
    renamed.expect("it is renamed");
    let of_album = HistorySubject::Album;
    let read = history(&mina, of_album, &album, false).await;
    let read = read.expect("it is hers");
    assert_eq!(
        told(&read),
        [
            ("owner", "created the album “Jeju”"),
            ("owner", "renamed the album to “제주 2025”"),
        ]
    );
    assert_eq!(read.events[1].fields_json, r#"{"title":"제주 2025"}"#);

    let refused = history(&jun, of_album, &album, true).await;
    assert_eq!(refused.expect_err("it is not his").code(), Code::NotFound);
    let as_media = history(&mina, HistorySubject::Media, &album, false).await;
    assert_eq!(as_media.expect_err("it is no item").code(), Code::NotFound);

    let sealed = history(&operator, of_album, &album, false).await;
    let sealed = sealed.expect("operators may look");
    assert_eq!(told(&sealed)[0].1, "created the album (sealed)");
    let actions = OperatorLog::new(system.log().await);
    assert_eq!(actions.list(None, 10).await.expect("the log"), []);
    let revealed = history(&operator, of_album, &album, true).await;
    let revealed = revealed.expect("operators may look");
    assert_eq!(told(&revealed)[0].1, "created the album “Jeju”");
    let recorded = actions.list(None, 10).await.expect("the log");
    assert_eq!(recorded.len(), 1, "{recorded:?}");
    assert_eq!(recorded[0].action, "history.reveal");
    assert_eq!(recorded[0].operator, operator.account);
    assert!(recorded[0].arguments.contains(&album), "{recorded:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_history_of_a_purged_picture_ends_with_its_receipt_and_pages_do_not_repeat() {
    let system = System::start(shared_servers(), &[]).await;
    let mina = Person::sign_up(&system).await;
    let (album, _) = mina.create_album("Album").await;
    let picture = jpeg(1);
    let (media, _) = mina.upload(&album, "image/jpeg", &picture).await;
    let trash = mina.request(TrashMediaRequest {
        command_id: Uuid::new_v4().to_string(),
        media_id: media.clone(),
    });
    let trashed = mina.media_commands().trash_media(trash).await;
    trashed.expect("it is trashed");
    mina.delete_media(&media).await.expect("it is deleted");
    let length = || async {
        let read = history(&mina, HistorySubject::Media, &media, false).await;
        read.expect("it is hers").events.len()
    };
    eventually(Duration::from_secs(20), &5, length).await;
    let read = history(&mina, HistorySubject::Media, &media, false).await;
    let read = read.expect("it is hers");
    let told = told(&read);
    assert!(told[0].1.contains("“picture”"), "{told:?}");
    assert_eq!(told[2], ("owner", "moved to the trash"));
    let (actor, words) = told[4];
    assert_eq!(actor, "service/purger");
    let digits = picture.len().to_string();
    assert!(words.starts_with("purged: 1 object, "), "{words}");
    assert!(words.replace(',', "").contains(&digits), "{words}");

    // The account's life, two events at a time, is the same as at once.
    let id = mina.account.to_string();
    let whole = history(&mina, HistorySubject::Account, &id, false).await;
    let whole: Vec<u64> = whole
        .expect("hers")
        .events
        .iter()
        .map(|e| e.position)
        .collect();
    assert_eq!(whole.len(), 5, "opened, quota, reserved, stored, released");
    let (mut paged, mut cursor) = (Vec::new(), String::new());
    loop {
        let request = mina.request(GetHistoryRequest {
            subject: HistorySubject::Account.into(),
            id: id.clone(),
            page_size: 2,
            cursor,
            ..GetHistoryRequest::default()
        });
        let page = HistoryClient::new(mina.channel())
            .get_history(request)
            .await;
        let page = page.expect("a page").into_inner();
        paged.extend(page.events.iter().map(|event| event.position));
        cursor = page.next_cursor;
        if cursor.is_empty() {
            break;
        }
    }
    assert_eq!(paged, whole);
}
