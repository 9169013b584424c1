//! Given events, when a command, then events or a refusal.

use picup_domain::{Decide, MAX_UPLOAD_BYTES, Refusal, View, commands::*};
use picup_event_types::StreamId;
use uuid::Uuid;

mod arranging;
mod sharing;
mod trash;
mod world;

use world::*;

#[test]
fn opening_an_account_gives_it_a_quota() {
    let world = World::default();
    assert_eq!(
        world.then(&open(OWNER, 100)),
        ["account.AccountOpened", "ledger.QuotaChanged"]
    );
    let world = world.given(&open(OWNER, 100));
    assert_eq!(
        world.refused(&open(OWNER, 100)),
        Refusal::AlreadyExists("account")
    );
}

#[test]
fn only_an_open_account_creates_albums() {
    assert_eq!(
        World::default().refused(&create(OWNER)),
        Refusal::NotFound("account")
    );
    assert_eq!(
        with_album().refused(&create(OWNER)),
        Refusal::AlreadyExists("album")
    );
}

#[test]
fn what_belongs_to_another_account_does_not_exist() {
    let world = with_album().given(&start(OWNER, 10));
    let album = Refusal::NotFound("album");
    let media = Refusal::NotFound("media item");
    let rename = RenameAlbum {
        account: STRANGER,
        album: ALBUM,
        title_sealed: vec![],
    };
    assert_eq!(world.refused(&rename), album);
    assert_eq!(
        world.refused(&DeleteAlbum {
            account: STRANGER,
            album: ALBUM
        }),
        album
    );
    assert_eq!(
        world.refused(&StartUpload {
            media: Uuid::max(),
            ..start(STRANGER, 1)
        }),
        album
    );
    assert_eq!(world.refused(&complete(STRANGER)), media);
    assert_eq!(world.refused(&abandon(STRANGER)), media);
    let world = world.given(&complete(OWNER));
    assert_eq!(
        world.refused(&TrashMedia {
            account: STRANGER,
            media: MEDIA,
            album: ALBUM,
        }),
        media
    );
    assert_eq!(
        world.refused(&RestoreMedia {
            account: STRANGER,
            media: MEDIA,
            album: ALBUM
        }),
        media
    );
    assert_eq!(world.refused(&delete(STRANGER)), media);
    let world = world.given(&delete(OWNER));
    assert_eq!(world.refused(&purge(STRANGER)), media);
}

#[test]
fn a_deleted_album_is_gone_for_its_owner_too() {
    let world = with_album().given(&DeleteAlbum {
        account: OWNER,
        album: ALBUM,
    });
    assert_eq!(
        world.refused(&DeleteAlbum {
            account: OWNER,
            album: ALBUM
        }),
        Refusal::NotFound("album")
    );
    assert_eq!(world.refused(&start(OWNER, 1)), Refusal::NotFound("album"));
}

#[test]
fn an_upload_reserves_then_stores_its_bytes() {
    let world = with_album();
    assert_eq!(
        world.then(&start(OWNER, 60)),
        ["media.UploadStarted", "ledger.BytesReserved"]
    );
    let world = world.given(&start(OWNER, 60));
    assert_eq!(world.0.ledger_of(OWNER).reserved(), 60);
    let world = world.given(&complete(OWNER));
    assert_eq!(world.0.ledger_of(OWNER).reserved(), 0);
    assert_eq!(world.0.ledger_of(OWNER).stored(), 60);
}

#[test]
fn what_does_not_fit_is_refused_with_what_is_free() {
    let world = with_album().given(&start(OWNER, 60));
    let second = StartUpload {
        media: Uuid::max(),
        ..start(OWNER, 41)
    };
    let refusal = Refusal::QuotaExceeded {
        needed: 41,
        free: 40,
        quota: 100,
    };
    assert_eq!(world.refused(&second), refusal);
    assert_eq!(
        world
            .then(&StartUpload {
                bytes: 40,
                ..second.clone()
            })
            .len(),
        2
    );
    let huge = StartUpload {
        bytes: MAX_UPLOAD_BYTES,
        ..second
    };
    assert!(matches!(
        world.refused(&huge),
        Refusal::QuotaExceeded { .. }
    ));
}

#[test]
fn an_upload_that_makes_no_sense_is_refused() {
    let world = with_album();
    for wrong in [
        start(OWNER, 0),
        start(OWNER, u64::MAX),
        StartUpload {
            content_type: "text/plain".to_owned(),
            ..start(OWNER, 1)
        },
        StartUpload {
            sha256: vec![1; 31],
            ..start(OWNER, 1)
        },
    ] {
        assert!(
            matches!(world.refused(&wrong), Refusal::Invalid { .. }),
            "{wrong:?}"
        );
    }
}

#[test]
fn completing_an_upload_twice_is_the_same_as_once() {
    let world = with_album()
        .given(&start(OWNER, 60))
        .given(&complete(OWNER));
    assert!(world.then(&complete(OWNER)).is_empty());
}

#[test]
fn an_upload_cannot_complete_into_a_deleted_album() {
    let world = with_album().given(&start(OWNER, 60)).given(&DeleteAlbum {
        account: OWNER,
        album: ALBUM,
    });
    assert_eq!(world.refused(&complete(OWNER)), Refusal::NotFound("album"));
}

#[test]
fn abandoned_bytes_stay_reserved_until_the_receipt() {
    let world = with_album().given(&start(OWNER, 60)).given(&abandon(OWNER));
    assert_eq!(world.0.ledger_of(OWNER).reserved(), 60);
    assert_eq!(world.refused(&complete(OWNER)), Refusal::UploadOver);
    let world = world.given(&purge(OWNER));
    assert_eq!(world.0.ledger_of(OWNER).reserved(), 0);
    assert!(world.then(&purge(OWNER)).is_empty());
}

#[test]
fn deleted_bytes_stay_stored_until_the_receipt() {
    let world = with_album()
        .given(&start(OWNER, 60))
        .given(&complete(OWNER));
    assert_eq!(world.refused(&purge(OWNER)), Refusal::NotDeleted);
    assert_eq!(world.refused(&abandon(OWNER)), Refusal::UploadComplete);
    let world = world.given(&delete(OWNER));
    assert_eq!(world.0.ledger_of(OWNER).stored(), 60);
    assert_eq!(
        world.refused(&delete(OWNER)),
        Refusal::NotFound("media item")
    );
    assert_eq!(
        world.then(&purge(OWNER)),
        ["media.MediaPurged", "ledger.BytesReleased"]
    );
    let world = world.given(&purge(OWNER));
    assert_eq!(world.0.ledger_of(OWNER).stored(), 0);
}

#[test]
fn a_stream_that_was_not_loaded_is_refused_rather_than_accepted() {
    let rename = RenameAlbum {
        account: OWNER,
        album: ALBUM,
        title_sealed: vec![],
    };
    assert_eq!(
        rename.decide(&View::default()),
        Err(Refusal::NotFound("album"))
    );
    assert_eq!(StreamId::album(ALBUM), rename.streams()[0]);
}
