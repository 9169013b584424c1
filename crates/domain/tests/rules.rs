//! Given events, when a command, then events or a refusal.

use picup_domain::{Decide, Decision, Refusal, View, commands::*};
use picup_event_types::{Event, StreamId, messages as m};
use uuid::Uuid;

const OWNER: Uuid = Uuid::from_u128(1);
const STRANGER: Uuid = Uuid::from_u128(2);
const ALBUM: Uuid = Uuid::from_u128(3);
const MEDIA: Uuid = Uuid::from_u128(4);

/// What has happened so far; commands that must succeed add to it.
#[derive(Default)]
struct World(View);

impl World {
    fn given<C: Decide>(mut self, command: &C) -> Self {
        let decision = self.when(command).expect("a given command is accepted");
        for (stream, events) in decision {
            self.0.apply(stream, &events);
        }
        self
    }

    fn when<C: Decide>(&self, command: &C) -> Result<Decision, Refusal> {
        let mut view = View::default();
        for (stream, state) in self.0.streams() {
            if command.streams().contains(&stream) {
                view.insert(stream, state.clone());
            }
        }
        let decision = command.decide(&view)?;
        for (stream, events) in &decision {
            assert!(
                command.streams().contains(stream),
                "{stream} was not named by the command"
            );
            assert!(
                events
                    .iter()
                    .all(|event| event.category() == stream.category)
            );
        }
        Ok(decision)
    }

    fn then<C: Decide>(&self, command: &C) -> Vec<&'static str> {
        let decision = self.when(command).expect("the command is accepted");
        decision
            .iter()
            .flat_map(|(_, events)| events)
            .map(Event::routing_key)
            .collect()
    }

    fn refused<C: Decide>(&self, command: &C) -> Refusal {
        self.when(command).expect_err("the command is refused")
    }
}

fn open(account: Uuid, quota_bytes: u64) -> OpenAccount {
    OpenAccount {
        account,
        email_sealed: vec![1],
        display_name_sealed: vec![2],
        quota_bytes,
    }
}

fn create(account: Uuid) -> CreateAlbum {
    CreateAlbum {
        account,
        album: ALBUM,
        title_sealed: vec![3],
    }
}

fn start(account: Uuid, bytes: u64) -> StartUpload {
    StartUpload {
        account,
        album: ALBUM,
        media: MEDIA,
        file_name_sealed: vec![4],
        content_type: "image/jpeg".to_owned(),
        bytes,
        sha256: vec![5; 32],
    }
}

fn complete(account: Uuid) -> CompleteUpload {
    CompleteUpload {
        account,
        media: MEDIA,
        album: ALBUM,
    }
}

fn abandon(account: Uuid) -> AbandonUpload {
    AbandonUpload {
        account,
        media: MEDIA,
        reason: "test".to_owned(),
    }
}

fn delete(account: Uuid) -> DeleteMedia {
    DeleteMedia {
        account,
        media: MEDIA,
    }
}

fn purge(account: Uuid) -> RecordPurge {
    RecordPurge {
        account,
        media: MEDIA,
        receipt: m::PurgeReceipt::default(),
    }
}

fn with_album() -> World {
    World::default()
        .given(&open(OWNER, 100))
        .given(&open(STRANGER, 100))
        .given(&create(OWNER))
}

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
            media: MEDIA
        }),
        media
    );
    assert_eq!(
        world.refused(&RestoreMedia {
            account: STRANGER,
            media: MEDIA
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
fn trash_and_restore_change_nothing_in_the_ledger() {
    let trash = TrashMedia {
        account: OWNER,
        media: MEDIA,
    };
    let restore = RestoreMedia {
        account: OWNER,
        media: MEDIA,
    };
    let world = with_album().given(&start(OWNER, 60));
    assert_eq!(world.refused(&trash), Refusal::UploadIncomplete);
    let world = world.given(&complete(OWNER));
    assert!(world.then(&restore).is_empty());
    assert_eq!(world.then(&trash), ["media.MediaTrashed"]);
    let world = world.given(&trash);
    assert!(world.then(&trash).is_empty());
    assert_eq!(world.then(&restore), ["media.MediaRestored"]);
    assert_eq!(world.then(&delete(OWNER)), ["media.MediaDeleted"]);
}

#[test]
fn only_what_is_left_of_a_deleted_album_is_cleared() {
    let clear = ClearMedia {
        media: MEDIA,
        album: ALBUM,
    };
    let gone = DeleteAlbum {
        account: OWNER,
        album: ALBUM,
    };
    let world = with_album().given(&start(OWNER, 60));
    assert_eq!(world.refused(&clear), Refusal::NotDeleted);
    let uploading = with_album().given(&start(OWNER, 60)).given(&gone);
    assert_eq!(uploading.then(&clear), ["media.UploadAbandoned"]);
    let stored = world.given(&complete(OWNER)).given(&gone);
    assert_eq!(stored.then(&clear), ["media.MediaDeleted"]);
    assert!(stored.given(&clear).then(&clear).is_empty());
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
