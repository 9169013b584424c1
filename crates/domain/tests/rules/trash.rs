use picup_domain::{Refusal, commands::*};
use picup_event_types::StreamId;

use crate::world::*;

const TRASH: TrashMedia = TrashMedia {
    account: OWNER,
    media: MEDIA,
    album: ALBUM,
};
const RESTORE: RestoreMedia = RestoreMedia {
    account: OWNER,
    media: MEDIA,
    album: ALBUM,
};
const FOLLOW: FollowAlbum = FollowAlbum {
    media: MEDIA,
    album: ALBUM,
};
const DELETE_ALBUM: DeleteAlbum = DeleteAlbum {
    account: OWNER,
    album: ALBUM,
};
const RESTORE_ALBUM: RestoreAlbum = RestoreAlbum {
    account: OWNER,
    album: ALBUM,
};
const CLOSE: CloseAccount = CloseAccount { account: OWNER };
const ERASE: EraseAccount = EraseAccount { account: OWNER };

fn stored() -> World {
    with_album()
        .given(&start(OWNER, 60))
        .given(&complete(OWNER))
}

/// Removes the item as it is now.
fn remove(world: &World, cause: RemovalCause) -> RemoveMedia {
    RemoveMedia {
        account: OWNER,
        album: ALBUM,
        media: MEDIA,
        version: world.0.version(StreamId::media(MEDIA)).unwrap_or(0),
        cause,
    }
}

#[test]
fn what_is_trashed_while_it_could_follow_its_restored_album_stays_in_the_trash() {
    let world = stored().given(&DELETE_ALBUM).given(&FOLLOW);
    assert!(world.then(&TRASH).is_empty(), "it lies there already");
    let world = world.given(&RESTORE_ALBUM);
    assert_eq!(
        world.then(&TRASH),
        ["media.MediaRestored", "media.MediaTrashed"]
    );
    let world = world.given(&TRASH);
    assert!(world.then(&FOLLOW).is_empty());
    assert!(world.then(&TRASH).is_empty());
    assert_eq!(world.then(&RESTORE), ["media.MediaRestored"]);
}

#[test]
fn trash_and_restore_change_nothing_in_the_ledger() {
    let world = with_album().given(&start(OWNER, 60));
    assert_eq!(world.refused(&TRASH), Refusal::UploadIncomplete);
    let world = world.given(&complete(OWNER));
    assert!(world.then(&RESTORE).is_empty());
    assert_eq!(world.then(&TRASH), ["media.MediaTrashed"]);
    let world = world.given(&TRASH);
    assert!(world.then(&TRASH).is_empty());
    assert_eq!(world.then(&RESTORE), ["media.MediaRestored"]);
    assert_eq!(world.then(&delete(OWNER)), ["media.MediaDeleted"]);
}

#[test]
fn items_follow_their_album_into_the_trash_and_back() {
    let world = stored();
    assert!(world.then(&FOLLOW).is_empty());
    let world = world.given(&DELETE_ALBUM);
    assert_eq!(world.then(&FOLLOW), ["media.MediaTrashed"]);
    let world = world.given(&FOLLOW);
    assert!(world.then(&FOLLOW).is_empty());
    assert_eq!(world.refused(&RESTORE), Refusal::AlbumDeleted);
    let world = world.given(&RESTORE_ALBUM);
    assert!(world.then(&RESTORE_ALBUM).is_empty());
    assert_eq!(world.then(&FOLLOW), ["media.MediaRestored"]);
    assert!(world.given(&FOLLOW).then(&FOLLOW).is_empty());
}

#[test]
fn what_was_in_the_trash_before_its_album_stays_there_when_the_album_comes_back() {
    let world = stored().given(&TRASH).given(&DELETE_ALBUM);
    assert!(world.then(&FOLLOW).is_empty());
    let world = world.given(&RESTORE_ALBUM);
    assert!(world.then(&FOLLOW).is_empty());
    assert_eq!(world.then(&RESTORE), ["media.MediaRestored"]);
}

#[test]
fn an_upload_into_a_deleted_album_is_abandoned() {
    let world = with_album().given(&start(OWNER, 60)).given(&DELETE_ALBUM);
    assert_eq!(world.then(&FOLLOW), ["media.UploadAbandoned"]);
}

#[test]
fn an_album_is_restored_by_its_owner_alone() {
    let world = with_album().given(&DELETE_ALBUM);
    let stranger = RestoreAlbum {
        account: STRANGER,
        album: ALBUM,
    };
    assert_eq!(world.refused(&stranger), Refusal::NotFound("album"));
    assert_eq!(world.then(&RESTORE_ALBUM), ["album.AlbumRestored"]);
}

#[test]
fn only_what_lies_in_the_trash_is_removed_because_of_the_trash() {
    for cause in [RemovalCause::TrashExpired, RemovalCause::TrashEmptied] {
        let world = stored();
        assert!(world.then(&remove(&world, cause)).is_empty());
        let world = world.given(&TRASH);
        assert_eq!(world.then(&remove(&world, cause)), ["media.MediaDeleted"]);
    }
}

#[test]
fn what_is_to_follow_its_restored_album_is_not_removed_because_of_the_trash() {
    for cause in [RemovalCause::TrashExpired, RemovalCause::TrashEmptied] {
        let world = stored().given(&DELETE_ALBUM).given(&FOLLOW);
        assert_eq!(world.then(&remove(&world, cause)), ["media.MediaDeleted"]);
        let world = world.given(&RESTORE_ALBUM);
        assert!(world.then(&remove(&world, cause)).is_empty());
        assert_eq!(world.then(&FOLLOW), ["media.MediaRestored"]);
    }
}

#[test]
fn what_was_restored_since_somebody_looked_is_not_removed() {
    let world = stored().given(&TRASH);
    let seen = remove(&world, RemovalCause::TrashExpired);
    let world = world.given(&RESTORE);
    assert!(world.then(&seen).is_empty());
    let world = world.given(&TRASH);
    assert!(
        world.then(&seen).is_empty(),
        "it is there for another reason now"
    );
}

#[test]
fn an_upload_that_never_completed_is_abandoned_and_a_stored_item_is_not() {
    let world = with_album().given(&start(OWNER, 60));
    let expired = remove(&world, RemovalCause::UploadExpired);
    assert_eq!(world.then(&expired), ["media.UploadAbandoned"]);
    let world = world.given(&complete(OWNER));
    assert!(world.then(&expired).is_empty());
    assert!(
        world
            .then(&remove(&world, RemovalCause::UploadExpired))
            .is_empty()
    );
}

#[test]
fn a_closed_account_takes_nothing_any_more_and_loses_what_it_holds() {
    let world = stored();
    let by_closing = remove(&world, RemovalCause::AccountClosed);
    assert!(world.then(&by_closing).is_empty(), "it is open");
    assert_eq!(
        world.then(&CLOSE),
        ["account.AccountClosed", "ledger.QuotaChanged"]
    );
    let world = world.given(&CLOSE);
    assert!(world.then(&CLOSE).is_empty());
    let another = StartUpload {
        media: uuid::Uuid::from_u128(5),
        ..start(OWNER, 1)
    };
    assert!(matches!(
        world.refused(&another),
        Refusal::QuotaExceeded { quota: 0, .. }
    ));
    assert_eq!(
        world.refused(&CreateAlbum {
            album: uuid::Uuid::from_u128(6),
            ..create(OWNER)
        }),
        Refusal::NotFound("account")
    );
    assert_eq!(world.then(&by_closing), ["media.MediaDeleted"]);
}

#[test]
fn an_account_is_erased_only_when_nothing_of_it_is_left() {
    let world = stored();
    assert_eq!(world.refused(&ERASE), Refusal::AccountNotEmpty);
    let world = world.given(&CLOSE);
    assert_eq!(world.refused(&ERASE), Refusal::AccountNotEmpty);
    let removal = remove(&world, RemovalCause::AccountClosed);
    let world = world.given(&removal);
    assert_eq!(world.refused(&ERASE), Refusal::AccountNotEmpty);
    let world = world.given(&purge(OWNER));
    assert_eq!(world.then(&ERASE), ["account.AccountErased"]);
    let world = world.given(&ERASE);
    assert!(world.then(&ERASE).is_empty());
    assert_eq!(
        world.refused(&open(OWNER, 1)),
        Refusal::AlreadyExists("account")
    );
}

#[test]
fn renditions_are_recorded_until_the_item_is_deleted() {
    let failed = RecordRenditions {
        account: OWNER,
        media: MEDIA,
        outcome: RenditionOutcome::Failed(picup_event_types::messages::RenditionsFailed::default()),
    };
    let again = RequestRenditions {
        account: OWNER,
        media: MEDIA,
    };
    let world = with_album().given(&start(OWNER, 60));
    assert_eq!(world.then(&failed), ["media.RenditionsFailed"]);
    assert_eq!(world.refused(&again), Refusal::UploadIncomplete);
    let world = world.given(&complete(OWNER));
    assert_eq!(world.then(&again), ["media.RenditionsRequested"]);
    let world = world.given(&TRASH);
    assert_eq!(world.then(&failed), ["media.RenditionsFailed"]);
    let world = world.given(&delete(OWNER));
    assert_eq!(world.refused(&failed), Refusal::MediaGone);
    assert_eq!(world.refused(&again), Refusal::NotFound("media item"));
}
