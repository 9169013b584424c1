//! Links to albums: who comes in by them, what guests see and may do, and how it ends.

use std::time::Duration;

use picup_proto::{
    commands::v1::{ShareAlbumRequest, StartUploadRequest, UploadState},
    queries::v1::{
        GetAlbumRequest, GetSharedAlbumRequest, GetSharedAlbumResponse,
        ListSharedMediaPagesRequest, ListSharedMediaRequest, ListSharedMediaResponse,
        ListSharesRequest, Media, Rendition, Share,
    },
    types::v1::ConsistencyToken,
};
use picup_tests::{
    Person, Service, System, eventually, in_micros, jpeg, link_to, open_share, png, reason, send,
    shared_servers,
};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;
use uuid::Uuid;

const PATIENCE: Duration = Duration::from_mins(1);

async fn shared_album(guest: &Person) -> Result<GetSharedAlbumResponse, Status> {
    let request = guest.request(GetSharedAlbumRequest {
        token: Some(guest.opened.clone()),
    });
    let shared = guest.share_queries().get_shared_album(request).await?;
    Ok(shared.into_inner())
}

async fn shared_media(guest: &Person, token: Option<ConsistencyToken>) -> ListSharedMediaResponse {
    let request = guest.request(ListSharedMediaRequest {
        token: token.or_else(|| Some(guest.opened.clone())),
        ..ListSharedMediaRequest::default()
    });
    let listed = guest.share_queries().list_shared_media(request).await;
    listed.expect("a list").into_inner()
}

async fn shares(owner: &Person, album_id: &str, token: Option<ConsistencyToken>) -> Vec<Share> {
    let request = owner.request(ListSharesRequest {
        token,
        album_id: album_id.to_owned(),
    });
    let listed = owner.album_queries().list_shares(request).await;
    listed.expect("a list").into_inner().shares
}

fn told(status: &Status) -> (Code, String) {
    (status.code(), reason(status))
}

fn is(code: Code, reason: &str) -> (Code, String) {
    (code, reason.to_owned())
}

/// Somebody with an album of one picture whose renditions are made, and its id.
async fn with_picture(system: &mut System) -> (Person, String, String) {
    system.start_service(Service::Thumbnailer).await;
    let owner = Person::sign_up(system).await;
    let (album, _) = owner.create_album("Jeju").await;
    let (picture, token) = owner.upload(&album, "image/png", &png(1)).await;
    let mut token = Some(token);
    let made = || {
        let (owner, album, token) = (&owner, &album, token.take());
        async move {
            let listed = owner.list_media(album, 10, token).await.expect("a list");
            let renditions = listed[0].renditions.as_ref().expect("renditions");
            renditions.objects.len()
        }
    };
    eventually(PATIENCE, &2, made).await;
    (owner, album, picture)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_sees_the_album_and_each_picture_of_it_and_nothing_else_of_its_owners() {
    let mut system = System::start(shared_servers(), &[]).await;
    let (owner, album, picture) = with_picture(&mut system).await;
    let (other_album, _) = owner.create_album("Private").await;
    let (private, _) = owner.upload(&other_album, "image/png", &png(2)).await;
    let link = owner.share(link_to(&album)).await.expect("a link");
    let guest = Person::guest(&system, &link.key, "").await;

    let shown = shared_album(&guest).await.expect("it is shown");
    assert_eq!(
        (shown.title.as_str(), shown.owner_name.as_str()),
        ("Jeju", "Mina")
    );
    assert_eq!((shown.photos, shown.videos), (1, 0));
    let listed = shared_media(&guest, None).await;
    let delivery = listed.delivery.expect("a delivery");
    assert_eq!(
        delivery.query, "",
        "nothing that opens all that the owner has"
    );
    let [
        Media {
            media_id,
            file_name,
            sha256,
            renditions,
            original_query,
            ..
        },
    ] = listed.media.try_into().expect("one item");
    assert_eq!(
        (media_id.as_str(), file_name.as_str()),
        (picture.as_str(), "")
    );
    assert!(sha256.is_empty() && original_query.is_empty());
    let objects = renditions.expect("renditions").objects;
    assert_eq!(objects.len(), 2);
    let path = |media: &str, name: &str| format!("/u/{}/m/{media}/{name}", guest.account);
    let base_url = &delivery.base_url;
    let get = |path: String| async move { send("GET", base_url, &path, &[]).await.status };
    for Rendition { name, query, .. } in &objects {
        let open = get(format!("{}?{query}", path(&picture, name)));
        assert_eq!(open.await, 200);
        for closed in [
            path(&picture, "original"),
            path(&private, name),
            path(&private, "original"),
            format!("/u/{}/a/{album}.zip", guest.account),
        ] {
            assert_eq!(get(format!("{closed}?{query}")).await, 403, "{closed}");
        }
        // A parameter of the guest's own making is part of what must have been signed.
        let tricked = format!("{}?x=.jpg&{query}", path(&picture, "original"));
        assert_eq!(get(tricked).await, 403);
    }
    let zip = format!("/u/{}/a/{album}.zip", guest.account);
    let bearer = [("authorization", &*guest.bearer())];
    let answer = send("GET", base_url, &zip, &bearer).await;
    assert_eq!(answer.status, 403);
    let pages = guest.request(ListSharedMediaPagesRequest::default());
    let pages = guest.share_queries().list_shared_media_pages(pages).await;
    let pages = pages.expect("its shape").into_inner().pages;
    assert_eq!(pages.len(), 1);
    assert_eq!(pages[0].aspect_permille, [64 * 1000 / 48]);
}

#[tokio::test(flavor = "multi_thread")]
async fn with_originals_a_guest_gets_those_of_the_album_and_no_others() {
    let mut system = System::start(shared_servers(), &[]).await;
    let (owner, album, picture) = with_picture(&mut system).await;
    let (other_album, _) = owner.create_album("Private").await;
    let (private, _) = owner.upload(&other_album, "image/png", &png(2)).await;
    let link = owner.share(ShareAlbumRequest {
        guests_may_download: true,
        ..link_to(&album)
    });
    let link = link.await.expect("a link");
    let guest = Person::guest(&system, &link.key, "").await;
    let listed = shared_media(&guest, None).await;
    let (media, delivery) = (&listed.media[0], listed.delivery.expect("a delivery"));
    assert_eq!(media.file_name, "picture");
    let get = |media: &str| {
        let path = format!("/u/{}/m/{media}/original", guest.account);
        let path = format!("{path}?{}", listed.media[0].original_query);
        let base_url = delivery.base_url.clone();
        async move { send("GET", &base_url, &path, &[]).await }
    };
    assert_eq!(get(&picture).await.body, png(1));
    assert_eq!(get(&private).await.status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_with_a_password_opens_with_it_alone_and_the_log_never_sees_it() {
    let few = [("PICUP_SIGN_INS_PER_MINUTE", "5")];
    let system = System::start(shared_servers(), &few).await;
    let owner = Person::sign_up(&system).await;
    let (album, _) = owner.create_album("Jeju").await;
    let wanted = ShareAlbumRequest {
        password: "sesame, open".to_owned(),
        ..link_to(&album)
    };
    let link = owner.share(wanted.clone()).await.expect("a link");
    let again = owner.share(wanted.clone()).await;
    let again = again.expect("the same link");
    assert_eq!((&again.key, &again.share_id), (&link.key, &link.share_id));
    let open = |password: &'static str| open_share(&system, &link.key, password);
    let needed = open("").await.expect_err("refused");
    assert_eq!(
        told(&needed),
        is(Code::Unauthenticated, "SHARE_PASSWORD_NEEDED")
    );
    let wrong = open("sesame").await.expect_err("refused");
    assert_eq!(
        told(&wrong),
        is(Code::Unauthenticated, "SHARE_PASSWORD_REFUSED")
    );
    open("sesame, open").await.expect("it opens");
    let mut guesses = 0;
    while !matches!(open("sesame").await, Err(refused) if reason(&refused) == "SHARE_THROTTLED") {
        guesses += 1;
        assert!(guesses < 20, "all of them were looked at");
    }
    let seen = "SELECT COUNT(*) FROM events WHERE INSTR(payload, ?) > 0 OR INSTR(payload, ?) > 0";
    let seen: i64 = sqlx::query_scalar(seen)
        .bind("sesame")
        .bind(link.key.as_str())
        .fetch_one(&system.log().await)
        .await
        .expect("a count");
    assert_eq!(seen, 0, "neither password nor key stands in the log");

    // Hashing is dear: somebody who makes links all day long is told to wait.
    let mut made = 0;
    let refused = loop {
        let another = ShareAlbumRequest {
            command_id: Uuid::new_v4().to_string(),
            ..wanted.clone()
        };
        match owner.share(another).await {
            Ok(_) => made += 1,
            Err(refused) => break refused,
        }
        assert!(made < 15, "all of them were hashed");
    };
    assert_eq!(refused.code(), Code::ResourceExhausted);
    let passwords = "SELECT COUNT(*) FROM share_passwords";
    let count = || async {
        let log = system.log().await;
        let count: Result<i64, _> = sqlx::query_scalar(passwords).fetch_one(&log).await;
        count.expect("a count")
    };
    assert_eq!(count().await, made + 1);
    owner.revoke(&album, &link.share_id).await.expect("revoked");
    assert_eq!(count().await, made);
    let again = owner.share(wanted).await.expect_err("it was taken back");
    assert_eq!(again.code(), Code::NotFound);
    owner.delete_album(&album).await.expect("deleted");
    assert_eq!(count().await, 0, "nobody needs them any more");
}

#[tokio::test(flavor = "multi_thread")]
async fn links_that_ended_were_taken_back_or_never_were_lead_nowhere() {
    let system = System::start(shared_servers(), &[]).await;
    let owner = Person::sign_up(&system).await;
    let (album, _) = owner.create_album("Jeju").await;
    let link = owner.share(link_to(&album)).await.expect("a link");
    let not_found = is(Code::NotFound, "SHARE_NOT_FOUND");
    let other_end = if link.key.ends_with('A') { "Q" } else { "A" };
    let changed = format!("{}{other_end}", &link.key[..link.key.len() - 1]);
    for wrong in ["", "x", "../../etc", changed.as_str(), &"A".repeat(43)] {
        let refused = open_share(&system, wrong, "").await.expect_err(wrong);
        assert_eq!(told(&refused), not_found, "{wrong}");
    }

    let guest = Person::guest(&system, &link.key, "").await;
    shared_album(&guest).await.expect("it is shown");
    let token = owner.revoke(&album, &link.share_id).await.expect("revoked");
    let refused = open_share(&system, &link.key, "").await.expect_err("gone");
    assert_eq!(told(&refused), not_found);
    assert!(shares(&owner, &album, Some(token)).await.is_empty());
    // The guest was let in before, and is shown out.
    let refused = shared_album(&guest).await.expect_err("gone");
    assert_eq!(told(&refused), not_found);

    let link = owner.share(link_to(&album)).await.expect("a link");
    let guest = Person::guest(&system, &link.key, "").await;
    shared_album(&guest).await.expect("it is shown");
    owner.delete_album(&album).await.expect("deleted");
    owner.restore_album(&album).await.expect("restored");
    let refused = open_share(&system, &link.key, "").await.expect_err("gone");
    assert_eq!(told(&refused), not_found, "it does not come back");
    let gone = || async { shared_album(&guest).await.is_err() };
    eventually(PATIENCE, &true, gone).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_ends_by_itself_and_so_does_all_that_it_gave() {
    let mut system = System::start(shared_servers(), &[]).await;
    let (owner, album, picture) = with_picture(&mut system).await;
    let link = owner.share(ShareAlbumRequest {
        // The shortest there is: a minute, less what clocks may be apart.
        expires_at_micros: in_micros(Duration::from_secs(52)),
        ..link_to(&album)
    });
    let link = link.await.expect("a link");
    let guest = Person::guest(&system, &link.key, "").await;
    let listed = shared_media(&guest, None).await;
    let object = &listed.media[0]
        .renditions
        .as_ref()
        .expect("renditions")
        .objects[0];
    let path = format!(
        "/u/{}/m/{picture}/{}?{}",
        guest.account, object.name, object.query
    );
    let base_url = listed.delivery.expect("a delivery").base_url;
    let status = || async { send("GET", &base_url, &path, &[]).await.status };
    assert_eq!(status().await, 200);
    let request = owner.request(GetAlbumRequest {
        token: None,
        album_id: album.clone(),
    });
    let card = owner.album_queries().get_album(request).await;
    assert_eq!(card.expect("it").into_inner().album.expect("it").shares, 1);

    let open = || async {
        open_share(&system, &link.key, "")
            .await
            .map(drop)
            .map_err(|e| told(&e))
    };
    let expired = is(Code::FailedPrecondition, "SHARE_EXPIRED");
    eventually(Duration::from_secs(90), &Err(expired.clone()), open).await;
    let refused = shared_album(&guest).await.expect_err("it has ended");
    // Its token may have ended a moment before its link does.
    assert!(
        [expired, is(Code::Unauthenticated, "TOKEN_EXPIRED")].contains(&told(&refused)),
        "{refused}"
    );
    eventually(Duration::from_secs(5), &403, status).await;
    let listed = shares(&owner, &album, None).await;
    assert_eq!(listed.len(), 1, "its owner still sees that it was there");
    assert_eq!(listed[0].key, link.key);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_adds_to_the_album_and_touches_no_other_upload() {
    let system = System::start(shared_servers(), &[]).await;
    let owner = Person::sign_up(&system).await;
    let (album, _) = owner.create_album("Jeju").await;
    let (other_album, _) = owner.create_album("Private").await;
    owner.upload(&other_album, "image/jpeg", &jpeg(5)).await;
    let owners = owner.start_upload(&album, "image/jpeg", &jpeg(1)).await;
    let owners = owners.expect("it starts").media_id;
    let link = owner.share(ShareAlbumRequest {
        guests_may_upload: true,
        ..link_to(&album)
    });
    let link = link.await.expect("a link");
    let guest = Person::guest(&system, &link.key, "").await;
    let (added, token) = guest.upload(&album, "image/jpeg", &jpeg(2)).await;
    let listed = shared_media(&guest, Some(token.clone())).await.media;
    assert_eq!(listed[0].media_id, added);
    let listed = owner.list_media(&album, 10, Some(token)).await;
    assert_eq!(listed.expect("a list")[0].media_id, added);
    assert_eq!(
        owner.usage(None).await.expect("usage").photos,
        2,
        "it is the owner's"
    );

    // Neither what the owner uploads nor what another link's guest does is there for this one.
    let other = owner.share(ShareAlbumRequest {
        guests_may_upload: true,
        ..link_to(&album)
    });
    let other = Person::guest(&system, &other.await.expect("a link").key, "").await;
    let anothers = other.start_upload(&album, "image/jpeg", &jpeg(3)).await;
    for media in [owners, anothers.expect("it starts").media_id] {
        let refused = guest.complete_upload(&media).await.expect_err("not theirs");
        assert_eq!(refused.code(), Code::NotFound);
        let refused = guest.list_parts(&media).await.expect_err("not theirs");
        assert_eq!(refused.code(), Code::NotFound);
    }
    let refused = guest
        .start_upload(&other_album, "image/jpeg", &jpeg(4))
        .await;
    assert_eq!(refused.expect_err("not shared").code(), Code::NotFound);
    // What the owner has elsewhere is not told, what the album shows is.
    assert_eq!(
        duplicate_of(&guest, &album, &jpeg(5)).await,
        UploadState::Started
    );
    assert_eq!(
        duplicate_of(&guest, &album, &jpeg(2)).await,
        UploadState::Duplicate
    );

    // Neither how much room there is nor what a stored item's bytes are is a guest's business.
    let huge = StartUploadRequest {
        bytes: 1 << 42,
        ..announced(&album, &jpeg(7))
    };
    let mut uploads = guest.media_commands();
    let refused = uploads.start_upload(guest.request(huge)).await;
    let refused = refused.expect_err("there is no room");
    assert_eq!(
        told(&refused),
        is(Code::ResourceExhausted, "QUOTA_EXCEEDED")
    );
    let details = refused.get_details_error_info().expect("a reason");
    assert!(details.metadata.is_empty(), "{details:?}");
    assert!(!refused.message().contains(char::is_numeric), "{refused}");
    let stored = guest.list_parts(&added).await.expect("it is there");
    assert!(stored.sha256.is_empty());

    // A link that is taken back takes back what its guests may do, whatever they have begun.
    let begun = guest.start_upload(&album, "image/jpeg", &jpeg(6)).await;
    let begun = begun.expect("it starts").media_id;
    owner.revoke(&album, &link.share_id).await.expect("revoked");
    let refused = [
        guest
            .start_upload(&album, "image/jpeg", &jpeg(8))
            .await
            .map(drop),
        guest.list_parts(&begun).await.map(drop),
        guest.sign_part(&begun, 1, &[1]).await.map(drop),
        guest.complete_upload(&begun).await.map(drop),
    ];
    for refused in refused {
        let refused = refused.expect_err("the link was taken back");
        assert_eq!(told(&refused), is(Code::FailedPrecondition, "SHARE_OVER"));
    }
}

fn announced(album_id: &str, bytes: &[u8]) -> StartUploadRequest {
    let sha256 = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes);
    StartUploadRequest {
        command_id: Uuid::new_v4().to_string(),
        album_id: album_id.to_owned(),
        file_name: "again.jpg".to_owned(),
        content_type: "image/jpeg".to_owned(),
        bytes: bytes.len() as u64,
        sha256: sha256.as_ref().to_vec(),
        keep_duplicate: false,
    }
}

async fn duplicate_of(guest: &Person, album_id: &str, bytes: &[u8]) -> UploadState {
    let request = guest.request(announced(album_id, bytes));
    let started = guest.media_commands().start_upload(request).await;
    started.expect("an answer").into_inner().state()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_only_look_adds_nothing_and_a_closed_account_shows_nothing() {
    let system = System::start(shared_servers(), &[]).await;
    let owner = Person::sign_up(&system).await;
    let (album, _) = owner.create_album("Jeju").await;
    let link = owner.share(link_to(&album)).await.expect("a link");
    let guest = Person::guest(&system, &link.key, "").await;
    let refused = guest.start_upload(&album, "image/jpeg", &jpeg(1)).await;
    let refused = refused.expect_err("only looking");
    assert_eq!(told(&refused), is(Code::PermissionDenied, "GUESTS_MAY_NOT"));
    let closed = owner.close_account(Uuid::new_v4(), picup_tests::PASSWORD);
    closed.await.expect("it closes");
    let refused = open_share(&system, &link.key, "").await.expect_err("gone");
    assert_eq!(told(&refused), is(Code::NotFound, "SHARE_NOT_FOUND"));
    let gone = || async { shared_album(&guest).await.is_err() };
    eventually(PATIENCE, &true, gone).await;
}
