//! For any interleaving of any commands the ledger never goes below zero, never over its quota, and
//! equals the sum of what its media say.

use picup_domain::{AccountPhase, Decide, Phase, Refusal, View, commands::*};
use picup_event_types::{Event, StreamId, messages::PurgeReceipt};
use proptest::prelude::*;
use uuid::Uuid;

const QUOTA: u64 = 1000;
const ACCOUNTS: u128 = 2;
const ALBUMS: u128 = 3;
const ITEMS: u128 = 12;

#[derive(Clone, Debug)]
enum Step {
    CreateAlbum(u128, u128),
    DeleteAlbum(u128, u128),
    Start(u128, u128, u128, u64),
    Complete(u128, u128),
    Abandon(u128, u128),
    Trash(u128, u128),
    Restore(u128, u128),
    Delete(u128, u128),
    Follow(u128),
    RestoreAlbum(u128, u128),
    Remove(u128, u128, RemovalCause),
    Close(u128),
    Erase(u128),
    Purge(u128, u128),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let account = 0..ACCOUNTS;
    let album = 0..ALBUMS;
    let item = 0..ITEMS;
    let bytes = prop_oneof![1u64..400, Just(0), Just(QUOTA), Just(u64::MAX)];
    let cause = prop_oneof![
        Just(RemovalCause::TrashExpired),
        Just(RemovalCause::TrashEmptied),
        Just(RemovalCause::AccountClosed),
        Just(RemovalCause::UploadExpired),
    ];
    let step = prop_oneof![
        1 => (account.clone(), album.clone()).prop_map(|(a, b)| Step::CreateAlbum(a, b)),
        1 => (account.clone(), album.clone()).prop_map(|(a, b)| Step::DeleteAlbum(a, b)),
        6 => (account.clone(), album.clone(), item.clone(), bytes).prop_map(|(a, b, i, n)| Step::Start(a, b, i, n)),
        6 => (account.clone(), item.clone()).prop_map(|(a, i)| Step::Complete(a, i)),
        2 => (account.clone(), item.clone()).prop_map(|(a, i)| Step::Abandon(a, i)),
        2 => (account.clone(), item.clone()).prop_map(|(a, i)| Step::Trash(a, i)),
        2 => (account.clone(), item.clone()).prop_map(|(a, i)| Step::Restore(a, i)),
        3 => (account.clone(), item.clone()).prop_map(|(a, i)| Step::Delete(a, i)),
        2 => item.clone().prop_map(Step::Follow),
        1 => (account.clone(), album).prop_map(|(a, b)| Step::RestoreAlbum(a, b)),
        3 => (account.clone(), item.clone(), cause).prop_map(|(a, i, c)| Step::Remove(a, i, c)),
        4 => (account.clone(), item).prop_map(|(a, i)| Step::Purge(a, i)),
        1 => prop::bool::weighted(0.1).prop_flat_map(move |rare| account.clone().prop_map(move |a| {
            if rare { Step::Close(a) } else { Step::Erase(a) }
        })),
    ];
    prop::collection::vec(step, 0..200)
}

fn account_id(index: u128) -> Uuid {
    Uuid::from_u128(0xA000 + index)
}

fn album_id(index: u128) -> Uuid {
    Uuid::from_u128(0xB000 + index)
}

fn media_id(index: u128) -> Uuid {
    Uuid::from_u128(0xC000 + index)
}

/// The album that an item was started in.
fn album_of(world: &View, item: u128) -> Uuid {
    let media = world.media(media_id(item));
    media
        .upload()
        .map(|upload| upload.album)
        .unwrap_or_default()
}

/// Runs one command as the system would: decide on the loaded streams, then apply what follows.
fn run<C: Decide>(world: &mut View, command: &C) {
    match command.decide(world) {
        Ok(decision) => {
            for (stream, events) in decision {
                world.apply(stream, &events);
            }
        }
        Err(Refusal::LedgerCorrupt(reason)) => panic!("{} broke the ledger: {reason}", C::NAME),
        Err(_) => {}
    }
}

#[expect(
    clippy::too_many_lines,
    reason = "one arm a command, each of them trivial"
)]
fn take(world: &mut View, step: &Step) {
    match *step {
        Step::CreateAlbum(a, b) => run(
            world,
            &CreateAlbum {
                account: account_id(a),
                album: album_id(b),
                title_sealed: vec![],
            },
        ),
        Step::DeleteAlbum(a, b) => {
            run(
                world,
                &DeleteAlbum {
                    account: account_id(a),
                    album: album_id(b),
                },
            );
        }
        Step::Start(a, b, i, bytes) => run(
            world,
            &StartUpload {
                guest: None,
                account: account_id(a),
                album: album_id(b),
                media: media_id(i),
                file_name_sealed: vec![],
                content_type: "video/mp4".to_owned(),
                bytes,
                sha256: vec![0; 32],
            },
        ),
        Step::RestoreAlbum(a, b) => run(
            world,
            &RestoreAlbum {
                account: account_id(a),
                album: album_id(b),
            },
        ),
        Step::Complete(a, i) => {
            let media = media_id(i);
            let album = album_of(world, i);
            run(
                world,
                &CompleteUpload {
                    account: account_id(a),
                    media,
                    album,
                },
            );
        }
        Step::Abandon(a, i) => run(
            world,
            &AbandonUpload {
                account: account_id(a),
                media: media_id(i),
                reason: String::new(),
            },
        ),
        Step::Trash(a, i) => {
            run(
                world,
                &TrashMedia {
                    account: account_id(a),
                    media: media_id(i),
                    album: album_of(world, i),
                },
            );
        }
        Step::Restore(a, i) => {
            run(
                world,
                &RestoreMedia {
                    account: account_id(a),
                    media: media_id(i),
                    album: album_of(world, i),
                },
            );
        }
        Step::Delete(a, i) => {
            run(
                world,
                &DeleteMedia {
                    account: account_id(a),
                    media: media_id(i),
                },
            );
        }
        Step::Follow(i) => {
            let album = album_of(world, i);
            let media = media_id(i);
            run(world, &FollowAlbum { media, album });
        }
        Step::Remove(a, i, cause) => {
            let album = album_of(world, i);
            let media = media_id(i);
            let version = world.version(StreamId::media(media)).unwrap_or(0);
            run(
                world,
                &RemoveMedia {
                    account: account_id(a),
                    album,
                    media,
                    version,
                    cause,
                },
            );
        }
        Step::Close(a) => run(
            world,
            &CloseAccount {
                account: account_id(a),
            },
        ),
        Step::Erase(a) => run(
            world,
            &EraseAccount {
                account: account_id(a),
            },
        ),
        Step::Purge(a, i) => run(
            world,
            &RecordPurge {
                account: account_id(a),
                media: media_id(i),
                receipt: PurgeReceipt::default(),
            },
        ),
    }
}

/// What the media items say that their account holds: (reserved, stored).
fn said_by_media(world: &View, account: Uuid) -> (u64, u64) {
    let mut sums = (0, 0);
    for index in 0..ITEMS {
        let media = world.media(media_id(index));
        let Ok(upload) = media.upload_of(account) else {
            continue;
        };
        match media.phase() {
            Phase::Uploading | Phase::Abandoned => sums.0 += upload.bytes,
            Phase::Stored | Phase::Trashed | Phase::Deleted => sums.1 += upload.bytes,
            Phase::Absent | Phase::Purged => {}
        }
    }
    sums
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn the_ledger_always_equals_the_sum_of_its_media_and_never_exceeds_its_quota(steps in steps()) {
        let mut world = View::default();
        for index in 0..ACCOUNTS {
            run(&mut world, &OpenAccount {
                account: account_id(index),
                email_sealed: vec![],
                display_name_sealed: vec![],
                quota_bytes: QUOTA,
            });
        }
        for step in &steps {
            take(&mut world, step);
            for index in 0..ACCOUNTS {
                let ledger = world.ledger_of(account_id(index));
                prop_assert!(ledger.reserved() + ledger.stored() <= QUOTA);
                let said = said_by_media(&world, account_id(index));
                prop_assert_eq!((ledger.reserved(), ledger.stored()), said);
                if world.account(account_id(index)).phase() == AccountPhase::Erased {
                    prop_assert_eq!(said, (0, 0), "an erased account holds nothing, for ever");
                }
            }
        }
    }

    #[test]
    fn a_ledger_refuses_to_give_back_what_it_does_not_hold(reserved in 0..QUOTA, asked in 0..2 * QUOTA) {
        let mut world = View::default();
        let account = account_id(0);
        run(&mut world, &OpenAccount {
            account,
            email_sealed: vec![],
            display_name_sealed: vec![],
            quota_bytes: QUOTA,
        });
        let ledger = picup_event_types::StreamId::ledger_of(account);
        let event = world.ledger_of(account).reserve(account, media_id(0), reserved);
        world.apply(ledger, &[event.expect("it fits")]);
        let held = world.ledger_of(account);
        prop_assert_eq!(held.store(account, media_id(0), asked).is_ok(), asked <= reserved);
        prop_assert_eq!(held.release(account, media_id(0), asked, true).is_ok(), asked <= reserved);
        prop_assert!(matches!(held.release(account, media_id(0), 1, false), Err(Refusal::LedgerCorrupt(_))));
        let released = matches!(held.release(account, media_id(0), reserved, true), Ok(Event::BytesReleased(_)));
        prop_assert!(released);
    }
}
