//! Moving items between albums, and choosing which of them stands for an album.

use picup_domain::{Refusal, commands::*};
use picup_event_types::StreamId;
use uuid::Uuid;

use crate::world::*;

const OTHER_ALBUM: Uuid = Uuid::from_u128(5);
const STRANGERS_ALBUM: Uuid = Uuid::from_u128(6);

fn world() -> World {
    with_album()
        .given(&CreateAlbum {
            album: OTHER_ALBUM,
            ..create(OWNER)
        })
        .given(&CreateAlbum {
            album: STRANGERS_ALBUM,
            ..create(STRANGER)
        })
        .given(&start(OWNER, 60))
}

fn move_to(album: Uuid) -> MoveMedia {
    MoveMedia {
        account: OWNER,
        media: MEDIA,
        album,
    }
}

fn cover(album: Uuid, media: Option<Uuid>) -> ChooseCover {
    ChooseCover {
        account: OWNER,
        album,
        media,
    }
}

#[test]
fn a_stored_item_moves_once_and_then_follows_its_new_album() {
    let world = world();
    assert_eq!(
        world.refused(&move_to(OTHER_ALBUM)),
        Refusal::UploadIncomplete
    );
    let world = world.given(&complete(OWNER));
    assert!(world.then(&move_to(ALBUM)).is_empty(), "it is there");
    assert_eq!(world.then(&move_to(OTHER_ALBUM)), ["media.MediaMoved"]);
    let world = world.given(&move_to(OTHER_ALBUM)).given(&DeleteAlbum {
        account: OWNER,
        album: ALBUM,
    });
    let follow = |album| FollowAlbum {
        media: MEDIA,
        album,
    };
    assert!(world.then(&follow(ALBUM)).is_empty());
    let world = world.given(&DeleteAlbum {
        account: OWNER,
        album: OTHER_ALBUM,
    });
    assert_eq!(world.then(&follow(OTHER_ALBUM)), ["media.MediaTrashed"]);
}

#[test]
fn nothing_moves_into_an_album_that_is_deleted_or_anothers_or_out_of_the_trash() {
    let world = world().given(&complete(OWNER));
    let no_album = Refusal::NotFound("album");
    assert_eq!(world.refused(&move_to(STRANGERS_ALBUM)), no_album);
    let stranger = MoveMedia {
        account: STRANGER,
        ..move_to(STRANGERS_ALBUM)
    };
    assert_eq!(world.refused(&stranger), Refusal::NotFound("media item"));
    let trashed = world.given(&TrashMedia {
        account: OWNER,
        media: MEDIA,
        album: ALBUM,
    });
    let refused = trashed.refused(&move_to(OTHER_ALBUM));
    assert_eq!(refused, Refusal::NotFound("media item"));
    let deleted = trashed.given(&DeleteAlbum {
        account: OWNER,
        album: OTHER_ALBUM,
    });
    assert_eq!(deleted.refused(&move_to(OTHER_ALBUM)), no_album);
}

#[test]
fn a_cover_is_one_of_the_albums_own_stored_items_or_the_newest() {
    let world = world();
    let missing = Refusal::NotFound("media item in this album");
    assert_eq!(world.refused(&cover(ALBUM, Some(MEDIA))), missing);
    let world = world.given(&complete(OWNER));
    assert_eq!(
        world.then(&cover(ALBUM, Some(MEDIA))),
        ["album.AlbumCoverChosen"]
    );
    assert_eq!(world.then(&cover(ALBUM, None)), ["album.AlbumCoverChosen"]);
    assert_eq!(world.refused(&cover(OTHER_ALBUM, Some(MEDIA))), missing);
    let strangers = cover(STRANGERS_ALBUM, None);
    assert_eq!(world.refused(&strangers), Refusal::NotFound("album"));
    assert_eq!(world.0.version(StreamId::album(STRANGERS_ALBUM)), Some(1));
}
