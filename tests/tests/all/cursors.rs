//! Lists page by page: nothing is skipped and nothing comes twice, and every list is read from its index.

use std::collections::BTreeSet;

use picup_proto::queries::v1::{ListAlbumsRequest, ListMediaRequest};
use picup_tests::{Person, System, jpeg, shared_servers};
use sqlx::{MySqlPool, Row as _};
use tonic::Code;
use uuid::Uuid;

/// Copies of an album's one stored item until there are so many, all with the same timestamp.
async fn multiply(read_model: &MySqlPool, album: Uuid, count: u64) {
    let mut there = 1;
    while there < count {
        let copied = sqlx::query(
            "INSERT INTO media (media_id, account_id, album_id, file_name_sealed, content_type, kind, bytes, \
             sha256, state, added_at_micros) SELECT UNHEX(REPLACE(UUID(), '-', '')), account_id, album_id, \
             file_name_sealed, content_type, kind, bytes, sha256, state, added_at_micros FROM media \
             WHERE album_id = ? AND state = 1 LIMIT ?",
        )
        .bind(album)
        .bind(count - there)
        .execute(read_model)
        .await
        .expect("copies");
        there += copied.rows_affected();
    }
}

async fn person_with_items(system: &System, count: u64) -> (Person, String) {
    let mina = Person::sign_up(system).await;
    let (album, _) = mina.create_album("Album").await;
    let (_, token) = mina.upload(&album, "image/jpeg", &jpeg(1)).await;
    mina.list_media(&album, 10, Some(token))
        .await
        .expect("it is there");
    let read_model = system.database("_album_listings_g1").await;
    multiply(&read_model, album.parse().expect("an id"), count).await;
    (mina, album)
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_skip_and_repeat_nothing_when_all_items_share_a_timestamp() {
    let system = System::start(shared_servers(), &[]).await;
    let (mina, album) = person_with_items(&system, 200).await;
    for page_size in [1, 7, 199, 200, 201, 500] {
        let listed = mina
            .list_media(&album, page_size, None)
            .await
            .expect("all pages");
        let ids: Vec<_> = listed.iter().map(|media| media.media_id.clone()).collect();
        let different: BTreeSet<_> = ids.iter().collect();
        assert_eq!(
            (ids.len(), different.len()),
            (200, 200),
            "pages of {page_size}"
        );
        assert!(
            ids.is_sorted_by(|first, second| first > second),
            "one fixed order"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn albums_come_newest_first_page_by_page() {
    let system = System::start(shared_servers(), &[]).await;
    let mina = Person::sign_up(&system).await;
    let mut created = Vec::new();
    let mut token = None;
    for number in 0..11 {
        let (album, reached) = mina.create_album(&number.to_string()).await;
        created.insert(0, album);
        token = Some(reached);
    }
    let (mut listed, mut cursor) = (Vec::new(), String::new());
    loop {
        let request = ListAlbumsRequest {
            token: token.clone(),
            page_size: 3,
            cursor,
        };
        let page = mina
            .album_queries()
            .list_albums(mina.request(request))
            .await
            .expect("a page");
        let page = page.into_inner();
        listed.extend(page.albums.into_iter().map(|album| album.album_id));
        cursor = page.next_cursor;
        if cursor.is_empty() {
            break;
        }
    }
    assert_eq!(listed, created);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_of_another_list_or_made_up_is_refused_and_so_is_a_huge_page() {
    let system = System::start(shared_servers(), &[]).await;
    let (mina, album) = person_with_items(&system, 5).await;
    let (other, _) = mina.create_album("Other").await;
    let list = async |album_id: &str, page_size, cursor: &str| {
        let (album_id, cursor) = (album_id.to_owned(), cursor.to_owned());
        let request = ListMediaRequest {
            token: None,
            album_id,
            page_size,
            cursor,
        };
        mina.album_queries().list_media(mina.request(request)).await
    };
    let cursor = list(&album, 2, "")
        .await
        .expect("a page")
        .into_inner()
        .next_cursor;
    assert!(list(&album, 2, &cursor).await.is_ok());
    for refused in [
        list(&other, 2, &cursor).await,
        list(&album, 2, "bm9uc2Vuc2U").await,
        list(&album, 2, &cursor[1..]).await,
        list(&album, 501, "").await,
    ] {
        assert_eq!(
            refused.expect_err("it is refused").code(),
            Code::InvalidArgument
        );
    }
}

/// The statement of `list_media`; the plan below is that of the real one.
const LIST_MEDIA: &str = "EXPLAIN FORMAT=TRADITIONAL SELECT media_id, album_id, file_name_sealed, content_type, kind, bytes, sha256, \
     added_at_micros, state FROM media FORCE INDEX (media_listing) WHERE album_id = ? AND state = 1 \
     AND added_at_micros <= ? AND (added_at_micros < ? OR media_id < ?) \
     ORDER BY added_at_micros DESC, media_id DESC LIMIT ?";

/// The statement of `list_trash`, likewise.
const LIST_TRASH: &str = "EXPLAIN FORMAT=TRADITIONAL SELECT media_id, album_id, file_name_sealed, content_type, kind, bytes, sha256, \
     added_at_micros, trashed_at_micros FROM media FORCE INDEX (media_trash) WHERE account_id = ? AND state = 2 \
     AND due <> 2 AND trashed_at_micros <= ? AND (trashed_at_micros < ? OR media_id < ?) \
     ORDER BY trashed_at_micros DESC, media_id DESC LIMIT ?";

/// Looks at the plan of a list's statement: it reads `key` in order and neither sorts nor copies.
async fn is_read_in_order(system: &System, statement: &'static str, whose: Uuid, key: &str) {
    let read_model = system.database("_album_listings_g1").await;
    sqlx::query("ANALYZE TABLE media")
        .fetch_all(&read_model)
        .await
        .expect("statistics");
    let plan = sqlx::query(statement)
        .bind(whose)
        .bind(i64::MAX)
        .bind(i64::MAX)
        .bind(Uuid::max())
        .bind(100)
        .fetch_one(&read_model)
        .await
        .expect("a plan");
    let read: Option<String> = plan.get("key");
    let extra: Option<String> = plan.get("Extra");
    assert_eq!(read.as_deref(), Some(key));
    let extra = extra.unwrap_or_default();
    assert!(
        !extra.contains("filesort") && !extra.contains("temporary"),
        "{extra}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_media_is_read_from_its_index_without_sorting() {
    let system = System::start(shared_servers(), &[]).await;
    let (mina, album) = person_with_items(&system, 1000).await;
    let album = album.parse().expect("an id");
    is_read_in_order(&system, LIST_MEDIA, album, "media_listing").await;
    is_read_in_order(&system, LIST_TRASH, mina.account, "media_trash").await;
}
