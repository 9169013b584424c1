//! Renditions: made from every original, seen in listings, fetched like originals, gone with their item.

mod consuming;
mod on_lambda;

use std::time::Duration;

use picup_proto::queries::v1::{Delivery, GetMediaRequest, Media, RenditionState, Renditions};
use picup_tests::{Person, eventually};

const PATIENCE: Duration = Duration::from_mins(1);

/// An item as its owner sees it, and how its objects are fetched.
async fn shown(person: &Person, media: &str) -> (Media, Delivery) {
    let request = person.request(GetMediaRequest {
        token: None,
        media_id: media.to_owned(),
    });
    let shown = person.album_queries().get_media(request).await;
    let shown = shown.expect("it is shown").into_inner();
    (
        shown.media.expect("it"),
        shown.delivery.expect("a delivery"),
    )
}

async fn state(person: &Person, media: &str) -> RenditionState {
    let renditions = shown(person, media).await.0.renditions;
    renditions.expect("what became of it").state()
}

/// Waits until renditions are made, or cannot be.
async fn settled(person: &Person, media: &str) -> Renditions {
    let settled = || async { state(person, media).await != RenditionState::Processing };
    eventually(PATIENCE, &true, settled).await;
    let renditions = shown(person, media).await.0.renditions;
    renditions.expect("what became of it")
}
