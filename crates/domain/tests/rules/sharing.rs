//! Links to an album, and what guests may do by them.

use picup_domain::{GuestUpload, MOST_SHARES, Refusal, commands::*};
use uuid::Uuid;

use crate::world::*;

const SHARE: Uuid = Uuid::from_u128(7);
const NOW: i64 = 1_700_000_000_000_000;
const DAY: i64 = 86_400_000_000;

fn share() -> ShareAlbum {
    ShareAlbum {
        account: OWNER,
        album: ALBUM,
        share: SHARE,
        key_sealed: vec![1],
        now_micros: NOW,
        expires_at_micros: NOW + DAY,
        has_password: false,
        guests_may_download: false,
        guests_may_upload: true,
    }
}

fn revoke() -> RevokeShare {
    RevokeShare {
        account: OWNER,
        album: ALBUM,
        share: SHARE,
    }
}

fn upload_at(now_micros: i64) -> StartUpload {
    let share = SHARE;
    StartUpload {
        guest: Some(GuestUpload { share, now_micros }),
        ..start(OWNER, 10)
    }
}

#[test]
fn a_link_is_made_once_and_ends_once() {
    let world = with_album();
    assert_eq!(world.then(&share()), ["album.AlbumShared"]);
    let world = world.given(&share());
    assert_eq!(world.refused(&share()), Refusal::AlreadyExists("link"));
    assert_eq!(world.then(&revoke()), ["album.AlbumShareRevoked"]);
    let world = world.given(&revoke());
    assert_eq!(world.refused(&revoke()), Refusal::NotFound("link"));
}

#[test]
fn nobody_shares_or_ends_what_is_not_theirs() {
    let world = with_album().given(&share());
    let account = STRANGER;
    let no_album = Refusal::NotFound("album");
    assert_eq!(world.refused(&ShareAlbum { account, ..share() }), no_album);
    assert_eq!(
        world.refused(&RevokeShare {
            account,
            ..revoke()
        }),
        no_album
    );
}

#[test]
fn every_link_ends_and_an_album_has_only_so_many() {
    let mut world = with_album();
    for wrong in [NOW - DAY, NOW, NOW + 367 * DAY, i64::MAX, i64::MIN] {
        let refused = world.refused(&ShareAlbum {
            expires_at_micros: wrong,
            ..share()
        });
        assert!(matches!(refused, Refusal::Invalid { field, .. } if field == "expires_at_micros"));
    }
    let another = |number| ShareAlbum {
        share: Uuid::from_u128(100 + number),
        ..share()
    };
    for number in 0..MOST_SHARES as u128 {
        world = world.given(&another(number));
    }
    let too_many = Refusal::TooManyShares(MOST_SHARES);
    assert_eq!(world.refused(&share()), too_many);
    let freed = RevokeShare {
        share: Uuid::from_u128(100),
        ..revoke()
    };
    assert_eq!(world.given(&freed).then(&share()), ["album.AlbumShared"]);
}

#[test]
fn a_guest_adds_only_while_the_link_works_and_allows_it() {
    let over = Refusal::ShareOver;
    assert_eq!(with_album().refused(&upload_at(NOW)), over, "no such link");
    let world = with_album().given(&share());
    let started = ["media.UploadStarted", "ledger.BytesReserved"];
    assert_eq!(world.then(&upload_at(NOW)), started);
    assert_eq!(world.then(&upload_at(NOW + DAY - 1)), started);
    assert_eq!(world.refused(&upload_at(NOW + DAY)), over);
    assert_eq!(world.given(&revoke()).refused(&upload_at(NOW)), over);
    let only_looking = ShareAlbum {
        guests_may_upload: false,
        ..share()
    };
    let world = with_album().given(&only_looking);
    assert_eq!(world.refused(&upload_at(NOW)), over);
}

#[test]
fn links_end_with_their_album_and_do_not_come_back() {
    let account = OWNER;
    let album = ALBUM;
    let world = with_album()
        .given(&share())
        .given(&DeleteAlbum { account, album })
        .given(&RestoreAlbum { account, album });
    assert_eq!(world.refused(&revoke()), Refusal::NotFound("link"));
    assert_eq!(world.refused(&upload_at(NOW)), Refusal::ShareOver);
    assert_eq!(world.then(&share()), ["album.AlbumShared"]);
}
