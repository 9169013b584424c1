//! Moving items between albums, covers, the shape of an album, and being told of changes.

use std::time::Duration;

use picup_proto::{
    commands::v1::{ChooseCoverRequest, MoveMediaRequest, RenameAlbumRequest},
    queries::v1::{
        Album, GetAlbumRequest, ListMediaPagesRequest, ListMediaRequest, WatchChangesRequest,
        WatchChangesResponse,
    },
    types::v1::ConsistencyToken,
};
use picup_tests::{Person, System, jpeg, shared_servers};
use tokio::time::timeout;
use tonic::{Code, Streaming};
use uuid::Uuid;

/// How long a change may take to be told.
const PATIENCE: Duration = Duration::from_secs(30);

fn command_id() -> String {
    Uuid::new_v4().to_string()
}

async fn album(person: &Person, album_id: &str, token: &ConsistencyToken) -> Album {
    let request = person.request(GetAlbumRequest {
        token: Some(token.clone()),
        album_id: album_id.to_owned(),
    });
    let answer = person.album_queries().get_album(request).await;
    answer
        .expect("the album")
        .into_inner()
        .album
        .expect("the album")
}

async fn move_media(person: &Person, media_id: &str, album_id: &str) -> ConsistencyToken {
    let request = person.request(MoveMediaRequest {
        command_id: command_id(),
        media_id: media_id.to_owned(),
        album_id: album_id.to_owned(),
    });
    let moved = person.media_commands().move_media(request).await;
    moved
        .expect("it moves")
        .into_inner()
        .token
        .expect("a token")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_moved_item_counts_and_lives_in_its_new_album() {
    let system = System::start(shared_servers(), &[]).await;
    let person = Person::sign_up(&system).await;
    let (from, _) = person.create_album("From").await;
    let (to, _) = person.create_album("To").await;
    person.upload(&from, "image/jpeg", &jpeg(1)).await;
    let (moved, _) = person.upload(&from, "image/jpeg", &jpeg(2)).await;
    let token = move_media(&person, &moved, &to).await;
    let (left, there) = (
        album(&person, &from, &token).await,
        album(&person, &to, &token).await,
    );
    assert_eq!((left.photos, there.photos), (1, 1));
    assert_eq!(there.bytes, jpeg(2).len() as u64);
    assert_eq!(there.cover_media_id, moved);
    let listed = person.list_media(&to, 10, Some(token)).await;
    assert_eq!(listed.expect("a list")[0].media_id, moved);

    // It does not follow the album that it has left, and follows the one that it is in.
    let token = person.delete_album(&from).await.expect("deleted");
    assert_eq!(album(&person, &to, &token).await.photos, 1);
    let strangers = Person::sign_up(&system).await;
    let (theirs, _) = strangers.create_album("Theirs").await;
    let request = person.request(MoveMediaRequest {
        command_id: command_id(),
        media_id: moved,
        album_id: theirs,
    });
    let refused = person.media_commands().move_media(request).await;
    assert_eq!(refused.expect_err("refused").code(), Code::NotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chosen_cover_stays_until_it_leaves_the_album() {
    let system = System::start(shared_servers(), &[]).await;
    let person = Person::sign_up(&system).await;
    let (id, _) = person.create_album("Covered").await;
    let (older, _) = person.upload(&id, "image/jpeg", &jpeg(1)).await;
    let (newer, token) = person.upload(&id, "image/jpeg", &jpeg(2)).await;
    let card = album(&person, &id, &token).await;
    assert_eq!(
        (&card.cover_media_id, card.cover_is_chosen),
        (&newer, false)
    );
    assert_eq!(card.cover.expect("the cover's item").media_id, newer);
    let request = person.request(ChooseCoverRequest {
        command_id: command_id(),
        album_id: id.clone(),
        media_id: older.clone(),
    });
    let chosen = person.album_commands().choose_cover(request).await;
    let token = chosen.expect("chosen").into_inner().token.expect("a token");
    let card = album(&person, &id, &token).await;
    assert_eq!((&card.cover_media_id, card.cover_is_chosen), (&older, true));
    let token = person.trash_media(&older).await.expect("trashed");
    let card = album(&person, &id, &token).await;
    assert_eq!(
        (&card.cover_media_id, card.cover_is_chosen),
        (&newer, false)
    );
    let token = person.restore_media(&older).await.expect("restored");
    assert_eq!(album(&person, &id, &token).await.cover_media_id, older);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_of_an_album_are_those_that_its_list_gives() {
    let system = System::start(shared_servers(), &[]).await;
    let person = Person::sign_up(&system).await;
    let (album_id, mut token) = person.create_album("Pages").await;
    for seed in 0..7 {
        (_, token) = person.upload(&album_id, "image/jpeg", &jpeg(seed)).await;
    }
    let all = person.list_media(&album_id, 100, Some(token.clone())).await;
    let all = all.expect("a list");
    let request = person.request(ListMediaPagesRequest {
        token: Some(token.clone()),
        album_id: album_id.clone(),
        page_size: 3,
    });
    let pages = person.album_queries().list_media_pages(request).await;
    let pages = pages.expect("the pages").into_inner().pages;
    let sizes: Vec<usize> = pages
        .iter()
        .map(|page| page.aspect_permille.len())
        .collect();
    assert_eq!(sizes, [3, 3, 1]);
    let mut seen = Vec::new();
    for page in pages {
        let request = person.request(ListMediaRequest {
            token: Some(token.clone()),
            album_id: album_id.clone(),
            page_size: 3,
            cursor: page.cursor,
        });
        let listed = person.album_queries().list_media(request).await;
        let media = listed.expect("a page").into_inner().media;
        assert_eq!(media.len(), page.aspect_permille.len());
        assert_eq!(media[0].added_at_micros, page.newest_micros);
        let oldest = media.last().expect("an item").added_at_micros;
        assert_eq!(oldest, page.oldest_micros);
        seen.extend(media);
    }
    assert_eq!(seen, all);
}

async fn watch(person: &Person, position: &str) -> Streaming<WatchChangesResponse> {
    let request = person.request(WatchChangesRequest {
        position: position.to_owned(),
    });
    let answers = person.album_queries().watch_changes(request).await;
    answers.expect("a stream").into_inner()
}

/// Waits until an album is named, over as many streams as it takes. Answers the last position.
async fn named(person: &Person, position: &str, album_id: &str) -> String {
    let mut position = position.to_owned();
    let wait = async {
        loop {
            let mut answers = watch(person, &position).await;
            while let Some(answer) = answers.message().await.expect("an answer") {
                position = answer.position;
                if answer.album_ids.iter().any(|id| id == album_id) {
                    return position;
                }
            }
        }
    };
    timeout(PATIENCE, wait).await.expect("it is told in time")
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_watches_is_told_of_their_own_changes_only_and_goes_on_where_they_were() {
    let system = System::start(shared_servers(), &[]).await;
    let person = Person::sign_up(&system).await;
    let stranger = Person::sign_up(&system).await;
    let mut theirs = watch(&stranger, "").await;
    let mut answers = watch(&person, "").await;
    let begin = answers.message().await.expect("an answer");
    let begin = begin.expect("a sign of life").position;
    let (album_id, _) = person.create_album("Watched").await;
    let position = named(&person, &begin, &album_id).await;
    let (media, _) = person.upload(&album_id, "image/jpeg", &jpeg(1)).await;
    named(&person, &position, &album_id).await;
    person.trash_media(&media).await.expect("trashed");
    let request = person.request(RenameAlbumRequest {
        command_id: command_id(),
        album_id: album_id.clone(),
        title: "Watched closely".to_owned(),
    });
    let renamed = person.album_commands().rename_album(request).await;
    renamed.expect("renamed");
    // Whoever was away since the beginning is told as well.
    named(&person, &begin, &album_id).await;
    let first = theirs.message().await.expect("an answer").expect("a sign");
    assert_eq!(first.album_ids, Vec::<String>::new());
    let wrong = person.request(WatchChangesRequest {
        position: "yesterday".to_owned(),
    });
    let refused = person.album_queries().watch_changes(wrong).await;
    assert_eq!(refused.expect_err("refused").code(), Code::InvalidArgument);
}
