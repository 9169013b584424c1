//! What belongs to another account does not exist, over every RPC that there is.

use std::collections::BTreeSet;

use picup_proto::{
    DESCRIPTORS,
    access::v1::{EndSessionRequest, ListSessionsRequest, access_client::AccessClient},
    commands::v1::{
        AbandonUploadRequest, ChooseCoverRequest, CompleteUploadRequest, DeleteAlbumRequest,
        DeleteMediaRequest, ListPartsRequest, MoveMediaRequest, PartToSign, RenameAlbumRequest,
        RequestRenditionsRequest, RestoreAlbumRequest, RestoreMediaRequest, RevokeShareRequest,
        ShareAlbumRequest, SignPartsRequest, StartUploadRequest, TrashMediaRequest,
    },
    operations::v1::{GetHistoryRequest, HistorySubject, history_client::HistoryClient},
    queries::v1::{
        FindMediaRequest, GetAlbumRequest, GetMediaRequest, GetOriginalRequest, ListAlbumsRequest,
        ListMediaPagesRequest, ListMediaRequest, ListSharesRequest,
    },
};
use picup_tests::{Person, System, jpeg, link_to, reason, shared_servers};
use prost::Message as _;
use prost_types::FileDescriptorSet;
use tonic::{Code, Status, transport::Channel};
use uuid::Uuid;

/// RPCs that name no album, media item or upload: what they touch follows from the token alone.
const WITHOUT_IDS: [&str; 13] = [
    "picup.access.v1.Access/CloseAccount",
    "picup.access.v1.Access/ListSessions",
    "picup.commands.v1.AccountCommands/ChangeDisplayName",
    "picup.commands.v1.AlbumCommands/CreateAlbum",
    "picup.commands.v1.MediaCommands/EmptyTrash",
    "picup.queries.v1.AccountQueries/GetAccount",
    "picup.queries.v1.AccountQueries/GetUsage",
    "picup.queries.v1.AlbumQueries/ListAlbums",
    "picup.queries.v1.AlbumQueries/ListDeletedAlbums",
    "picup.queries.v1.AlbumQueries/ListTrash",
    "picup.queries.v1.AlbumQueries/FindMedia",
    "picup.queries.v1.AlbumQueries/WatchChanges",
    // The URL must be of the account's own objects: tested in delivering.rs.
    "picup.queries.v1.AlbumQueries/CheckUrl",
];

/// RPCs between our own services, which the gateway does not know.
const INTERNAL: [&str; 13] = [
    "picup.internal.v1.Notifications/ReportObjectCreated",
    "picup.internal.v1.Reactions/RecordPurge",
    "picup.internal.v1.Reactions/FollowAlbum",
    "picup.internal.v1.Reactions/RemoveMedia",
    "picup.internal.v1.Reactions/EraseAccount",
    "picup.internal.v1.Reactions/GetUpload",
    "picup.internal.v1.Reactions/RecordRenditions",
    "picup.internal.v1.Upkeep/ListLeftovers",
    "picup.internal.v1.Upkeep/SkipEvent",
    "picup.internal.v1.Upkeep/ListUsage",
    "picup.internal.v1.Upkeep/GetReached",
    "picup.internal.v1.Upkeep/CountUnapplied",
    "picup.internal.v1.Upkeep/ListOriginals",
];

/// RPCs that anybody may call without a token.
const OPEN: [&str; 5] = [
    "picup.access.v1.Access/OpenAccount",
    "picup.access.v1.Access/SignIn",
    "picup.access.v1.Access/Refresh",
    "picup.access.v1.Access/SignOut",
    "picup.access.v1.Access/OpenShare",
];

/// RPCs for guests of a shared album: accounts are told so.
const GUESTS: [&str; 3] = [
    "picup.queries.v1.ShareQueries/GetSharedAlbum",
    "picup.queries.v1.ShareQueries/ListSharedMedia",
    "picup.queries.v1.ShareQueries/ListSharedMediaPages",
];

/// RPCs that some guests may call, too: tested in sharing.rs.
const UPLOADS: [&str; 5] = [
    "picup.commands.v1.MediaCommands/StartUpload",
    "picup.commands.v1.MediaCommands/SignParts",
    "picup.commands.v1.MediaCommands/ListParts",
    "picup.commands.v1.MediaCommands/CompleteUpload",
    "picup.commands.v1.MediaCommands/AbandonUpload",
];

/// RPCs for operators: everybody else is told so.
const OPERATORS: [&str; 24] = [
    "picup.operations.v1.Audit/AuditUsage",
    "picup.operations.v1.Audit/AuditObjects",
    "picup.operations.v1.Audit/CountWork",
    "picup.operations.v1.DeadLetters/ListLetters",
    "picup.operations.v1.DeadLetters/ListGroups",
    "picup.operations.v1.DeadLetters/GetLetter",
    "picup.operations.v1.DeadLetters/SelectLetters",
    "picup.operations.v1.DeadLetters/ReplayLetters",
    "picup.operations.v1.DeadLetters/DiscardLetters",
    "picup.operations.v1.DeadLetters/WatchLetters",
    "picup.operations.v1.DeadLetters/ListActions",
    "picup.operations.v1.Outbox/GetOutbox",
    "picup.operations.v1.Outbox/WatchOutbox",
    "picup.operations.v1.Streams/ListBlocked",
    "picup.operations.v1.Streams/RetryStream",
    "picup.operations.v1.Projections/ListProjections",
    "picup.operations.v1.Projections/GetProjection",
    "picup.operations.v1.Projections/StartRebuild",
    "picup.operations.v1.Projections/StopRebuild",
    "picup.operations.v1.Projections/ResumeRebuild",
    "picup.operations.v1.Projections/StartComparison",
    "picup.operations.v1.Projections/GetComparison",
    "picup.operations.v1.Projections/SwitchGeneration",
    "picup.operations.v1.Projections/DropGeneration",
];

/// RPCs that name something, in an order in which its owner may call them one after the other.
const WITH_IDS: [&str; 24] = [
    "picup.commands.v1.AlbumCommands/RenameAlbum",
    "picup.commands.v1.MediaCommands/StartUpload",
    "picup.queries.v1.AlbumQueries/GetAlbum",
    "picup.queries.v1.AlbumQueries/ListMedia",
    "picup.queries.v1.AlbumQueries/ListMediaPages",
    "picup.queries.v1.AlbumQueries/GetMedia",
    "picup.queries.v1.AlbumQueries/GetOriginal",
    "picup.commands.v1.MediaCommands/SignParts",
    "picup.commands.v1.MediaCommands/ListParts",
    "picup.commands.v1.MediaCommands/CompleteUpload",
    "picup.commands.v1.MediaCommands/AbandonUpload",
    "picup.commands.v1.AlbumCommands/ChooseCover",
    "picup.commands.v1.AlbumCommands/ShareAlbum",
    "picup.queries.v1.AlbumQueries/ListShares",
    "picup.commands.v1.AlbumCommands/RevokeShare",
    "picup.access.v1.Access/EndSession",
    "picup.commands.v1.MediaCommands/MoveMedia",
    "picup.commands.v1.MediaCommands/TrashMedia",
    "picup.commands.v1.MediaCommands/RestoreMedia",
    "picup.commands.v1.MediaCommands/RequestRenditions",
    "picup.commands.v1.MediaCommands/DeleteMedia",
    "picup.commands.v1.AlbumCommands/DeleteAlbum",
    "picup.commands.v1.AlbumCommands/RestoreAlbum",
    "picup.operations.v1.History/GetHistory",
];

/// What the owner has.
#[derive(Clone)]
struct Things {
    album: String,
    stored: String,
    upload: String,
    film: String,
    share: String,
    session: String,
}

impl Things {
    fn nobodys() -> Self {
        let id = || Uuid::now_v7().to_string();
        Self {
            album: id(),
            stored: id(),
            upload: id(),
            film: id(),
            share: id(),
            session: id(),
        }
    }
}

/// Calls one RPC of `WITH_IDS` in somebody's name.
#[expect(
    clippy::too_many_lines,
    reason = "one arm an RPC, each of them trivial"
)]
async fn call(person: &Person, rpc: &str, things: &Things) -> Result<(), Status> {
    let command_id = Uuid::new_v4().to_string();
    let (album_id, media_id) = (things.album.clone(), things.stored.clone());
    let (mut albums, mut media) = (person.album_commands(), person.media_commands());
    match rpc.rsplit('/').next().expect("a method") {
        "RenameAlbum" => {
            let title = "Mine now".to_owned();
            let request = person.request(RenameAlbumRequest {
                command_id,
                album_id,
                title,
            });
            albums.rename_album(request).await.map(drop)
        }
        "ChooseCover" => {
            let request = person.request(ChooseCoverRequest {
                command_id,
                album_id,
                media_id,
            });
            albums.choose_cover(request).await.map(drop)
        }
        "MoveMedia" => {
            let request = person.request(MoveMediaRequest {
                command_id,
                media_id,
                album_id,
            });
            media.move_media(request).await.map(drop)
        }
        "ShareAlbum" => {
            let request = person.request(link_to(&album_id));
            albums.share_album(request).await.map(drop)
        }
        "RevokeShare" => {
            let request = person.request(RevokeShareRequest {
                command_id,
                album_id,
                share_id: things.share.clone(),
            });
            albums.revoke_share(request).await.map(drop)
        }
        "EndSession" => {
            let request = person.request(EndSessionRequest {
                session_id: things.session.clone(),
            });
            let mut access = AccessClient::new(person.channel());
            access.end_session(request).await.map(drop)
        }
        "GetHistory" => {
            let request = person.request(GetHistoryRequest {
                subject: HistorySubject::Album.into(),
                id: album_id,
                ..GetHistoryRequest::default()
            });
            let mut history = HistoryClient::new(person.channel());
            history.get_history(request).await.map(drop)
        }
        "DeleteAlbum" => {
            let request = person.request(DeleteAlbumRequest {
                command_id,
                album_id,
            });
            albums.delete_album(request).await.map(drop)
        }
        "RestoreAlbum" => {
            let request = person.request(RestoreAlbumRequest {
                command_id,
                album_id,
            });
            albums.restore_album(request).await.map(drop)
        }
        "StartUpload" => {
            let request = person.request(StartUploadRequest {
                command_id,
                album_id,
                file_name: "x.jpg".to_owned(),
                content_type: "image/jpeg".to_owned(),
                bytes: 10,
                sha256: vec![1; 32],
                keep_duplicate: true,
            });
            media.start_upload(request).await.map(drop)
        }
        "SignParts" => {
            let request = person.request(SignPartsRequest {
                media_id: things.film.clone(),
                parts: vec![PartToSign {
                    number: 1,
                    sha256: vec![1; 32],
                }],
            });
            media.sign_parts(request).await.map(drop)
        }
        "ListParts" => {
            let request = person.request(ListPartsRequest {
                media_id: things.film.clone(),
                after: 0,
            });
            media.list_parts(request).await.map(drop)
        }
        "CompleteUpload" => {
            let request = person.request(CompleteUploadRequest {
                command_id,
                media_id,
            });
            media.complete_upload(request).await.map(drop)
        }
        "AbandonUpload" => {
            let (media_id, reason) = (things.upload.clone(), "no more".to_owned());
            let request = person.request(AbandonUploadRequest {
                command_id,
                media_id,
                reason,
            });
            media.abandon_upload(request).await.map(drop)
        }
        "TrashMedia" => {
            let request = person.request(TrashMediaRequest {
                command_id,
                media_id,
            });
            media.trash_media(request).await.map(drop)
        }
        "RestoreMedia" => {
            let request = person.request(RestoreMediaRequest {
                command_id,
                media_id,
            });
            media.restore_media(request).await.map(drop)
        }
        "RequestRenditions" => {
            let request = person.request(RequestRenditionsRequest {
                command_id,
                media_id,
            });
            media.request_renditions(request).await.map(drop)
        }
        "DeleteMedia" => {
            let request = person.request(DeleteMediaRequest {
                command_id,
                media_id,
            });
            media.delete_media(request).await.map(drop)
        }
        _ => query(person, rpc, things).await,
    }
}

/// Asks one query of `WITH_IDS` in somebody's name.
async fn query(person: &Person, rpc: &str, things: &Things) -> Result<(), Status> {
    let (album_id, media_id) = (things.album.clone(), things.stored.clone());
    let mut queries = person.album_queries();
    match rpc.rsplit('/').next().expect("a method") {
        "GetAlbum" => {
            let request = person.request(GetAlbumRequest {
                token: None,
                album_id,
            });
            queries.get_album(request).await.map(drop)
        }
        "ListMedia" => {
            let request = ListMediaRequest {
                album_id,
                ..ListMediaRequest::default()
            };
            queries.list_media(person.request(request)).await.map(drop)
        }
        "ListMediaPages" => {
            let request = ListMediaPagesRequest {
                album_id,
                ..ListMediaPagesRequest::default()
            };
            let request = person.request(request);
            queries.list_media_pages(request).await.map(drop)
        }
        "ListShares" => {
            let request = person.request(ListSharesRequest {
                token: None,
                album_id,
            });
            queries.list_shares(request).await.map(drop)
        }
        "GetMedia" => {
            let request = person.request(GetMediaRequest {
                token: None,
                media_id,
            });
            queries.get_media(request).await.map(drop)
        }
        "GetOriginal" => {
            let request = person.request(GetOriginalRequest {
                token: None,
                media_id,
            });
            queries.get_original(request).await.map(drop)
        }
        other => panic!("{other} is not called here: add it"),
    }
}

/// Somebody with an album, a stored picture and an upload under way, all of it in the read models.
async fn owner(system: &System) -> (Person, Things) {
    let owner = Person::sign_up(system).await;
    let (album, _) = owner.create_album("Private").await;
    let started = owner
        .start_upload(&album, "image/jpeg", &jpeg(2))
        .await
        .expect("it starts");
    let long = vec![1; 17 << 20];
    let film = owner.start_upload(&album, "video/mp4", &long).await;
    let film = film.expect("it starts");
    let share = owner.share(link_to(&album)).await.expect("a link");
    let mut access = AccessClient::new(owner.channel());
    let sessions = access.list_sessions(owner.request(ListSessionsRequest {}));
    let sessions = sessions.await.expect("a list").into_inner().sessions;
    let session = sessions[0].session_id.clone();
    let (stored, token) = owner.upload(&album, "image/jpeg", &jpeg(1)).await;
    owner
        .list_media(&album, 10, Some(token))
        .await
        .expect("it is listed");
    (
        owner,
        Things {
            album,
            stored,
            upload: started.media_id,
            film: film.media_id,
            share: share.share_id,
            session,
        },
    )
}

#[test]
fn every_rpc_of_the_contract_is_in_one_of_the_tables() {
    let descriptors = FileDescriptorSet::decode(DESCRIPTORS).expect("the contract");
    let mut contract = BTreeSet::new();
    for file in &descriptors.file {
        for service in &file.service {
            for method in &service.method {
                contract.insert(format!(
                    "{}.{}/{}",
                    file.package(),
                    service.name(),
                    method.name()
                ));
            }
        }
    }
    let tables = WITHOUT_IDS.iter();
    let tables = tables.chain(&INTERNAL).chain(&WITH_IDS).chain(&OPERATORS);
    let tables = tables.chain(&OPEN).chain(&GUESTS);
    let tables: BTreeSet<String> = tables.map(|name| (*name).to_owned()).collect();
    let missing: Vec<_> = contract.difference(&tables).collect();
    assert!(
        missing.is_empty(),
        "say who may call these and what a stranger is told: {missing:?}"
    );
    let gone: Vec<_> = tables.difference(&contract).collect();
    assert!(gone.is_empty(), "these are no longer there: {gone:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn anothers_album_media_or_upload_is_not_found_just_like_one_that_never_was() {
    let system = System::start(shared_servers(), &[]).await;
    let (owner, things) = owner(&system).await;
    let stranger = Person::sign_up(&system).await;
    for rpc in WITH_IDS {
        let refused = call(&stranger, rpc, &things).await.expect_err(rpc);
        assert_eq!(refused.code(), Code::NotFound, "{rpc}: {refused}");
        let unknown = call(&stranger, rpc, &Things::nobodys())
            .await
            .expect_err(rpc);
        let said = |status: &Status| (status.code(), status.message().to_owned(), reason(status));
        assert_eq!(
            said(&refused),
            said(&unknown),
            "{rpc} tells that the thing exists"
        );
    }
    // The very same calls work for the owner, so it is the ownership that was checked.
    for rpc in WITH_IDS {
        call(&owner, rpc, &things)
            .await
            .unwrap_or_else(|status| panic!("{rpc}: {status}"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_and_searches_hold_nothing_of_anothers() {
    let system = System::start(shared_servers(), &[]).await;
    let (owner, _) = owner(&system).await;
    let stranger = Person::sign_up(&system).await;
    let sha256 = vec![
        aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &jpeg(1))
            .as_ref()
            .to_vec(),
    ];
    let find = FindMediaRequest {
        token: None,
        sha256,
    };
    let found = stranger
        .album_queries()
        .find_media(stranger.request(find.clone()))
        .await;
    assert!(found.expect("an answer").into_inner().media.is_empty());
    let found = owner.album_queries().find_media(owner.request(find)).await;
    assert_eq!(found.expect("an answer").into_inner().media.len(), 1);
    let list = stranger.request(ListAlbumsRequest::default());
    let listed = stranger
        .album_queries()
        .list_albums(list)
        .await
        .expect("an answer");
    assert!(listed.into_inner().albums.is_empty());
    let usage = stranger
        .usage(Some(stranger.opened.clone()))
        .await
        .expect("usage");
    assert_eq!(
        (usage.stored_bytes, usage.reserved_bytes, usage.photos),
        (0, 0, 0)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_internal_is_unknown_at_the_gateway_and_closed_without_the_services_key() {
    let system = System::start(shared_servers(), &[]).await;
    let person = Person::sign_up(&system).await;
    let connect = |url: String| Channel::from_shared(url).expect("a URL").connect_lazy();
    for rpc in INTERNAL {
        let behind = if rpc.contains(".Upkeep/") {
            system.projection_url()
        } else {
            system.command_url()
        };
        for (url, expected) in [
            (system.url(), Code::Unimplemented),
            (behind, Code::PermissionDenied),
        ] {
            let refused = call_empty(connect(url), &person, rpc).await;
            let refused = refused.expect_err("it is closed");
            assert_eq!(refused.code(), expected, "{rpc}: {refused}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_for_operators_is_denied_to_everybody_else_and_answered_to_them() {
    let system = System::start(shared_servers(), &[]).await;
    let (mina, operator) = (Person::sign_up(&system).await, system.operator().await);
    for rpc in OPERATORS {
        let refused = call_empty(mina.channel(), &mina, rpc).await;
        let refused = refused.expect_err(rpc);
        let said = (refused.code(), reason(&refused));
        let expected = (Code::PermissionDenied, "OPERATOR_ONLY".to_owned());
        assert_eq!(said, expected, "{rpc}: {refused}");
        // An empty message is no request that makes sense everywhere, but it is the operator's right to send it.
        if let Err(status) = call_empty(operator.channel(), &operator, rpc).await {
            assert_ne!(status.code(), Code::PermissionDenied, "{rpc}: {status}");
            assert_ne!(status.code(), Code::Unimplemented, "{rpc}: {status}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_may_do_what_guests_may_and_accounts_may_not_do_that() {
    let system = System::start(shared_servers(), &[]).await;
    let (owner, things) = owner(&system).await;
    let link = owner.share(link_to(&things.album)).await.expect("a link");
    let guest = Person::guest(&system, &link.key, "").await;
    let refused = async |person: &Person, rpc: &str| {
        let refused = call_empty(person.channel(), person, rpc).await;
        let refused = refused.expect_err(rpc);
        (refused.code(), reason(&refused))
    };
    let guests_may_not = (Code::PermissionDenied, "GUESTS_MAY_NOT".to_owned());
    // This guest's link lets nobody add anything, so all of UPLOADS are closed as well.
    for rpc in WITHOUT_IDS.iter().chain(&WITH_IDS).chain(&OPERATORS) {
        assert_eq!(refused(&guest, rpc).await, guests_may_not, "{rpc}");
    }
    let guests_only = (Code::PermissionDenied, "GUESTS_ONLY".to_owned());
    for rpc in GUESTS {
        assert_eq!(refused(&owner, rpc).await, guests_only, "{rpc}");
        call_empty(guest.channel(), &guest, rpc).await.expect(rpc);
    }
    // With leave to add something a guest comes to these, and to nothing more.
    let link = owner.share(ShareAlbumRequest {
        guests_may_upload: true,
        ..link_to(&things.album)
    });
    let guest = Person::guest(&system, &link.await.expect("a link").key, "").await;
    for rpc in WITHOUT_IDS.iter().chain(&WITH_IDS).chain(&OPERATORS) {
        let is_upload = UPLOADS.contains(rpc);
        assert_eq!(
            refused(&guest, rpc).await != guests_may_not,
            is_upload,
            "{rpc}"
        );
    }
}

/// Calls any RPC with an empty message, which every message decodes from, and takes the first answer.
async fn call_empty(channel: Channel, person: &Person, rpc: &str) -> Result<(), Status> {
    let mut client = tonic::client::Grpc::new(channel);
    client.ready().await.expect("it answers");
    let path = format!("/{rpc}").parse().expect("a path");
    let codec = tonic_prost::ProstCodec::<(), ()>::default();
    let answers = client
        .server_streaming(person.request(()), path, codec)
        .await?;
    answers.into_inner().message().await.map(drop)
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_token_nothing_is_answered_at_the_gateway_or_behind_it() {
    let system = System::start(shared_servers(), &[]).await;
    for url in [system.url(), system.projection_url()] {
        let channel = Channel::from_shared(url).expect("a URL").connect_lazy();
        let mut queries =
            picup_proto::queries::v1::album_queries_client::AlbumQueriesClient::new(channel);
        let refused = queries
            .list_albums(ListAlbumsRequest::default())
            .await
            .expect_err("closed");
        assert_eq!(
            (refused.code(), reason(&refused).as_str()),
            (Code::Unauthenticated, "TOKEN_MISSING")
        );
    }
}
