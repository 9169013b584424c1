use picup_event_types::{Event, StreamId, messages::AlbumDeleted};
use uuid::Uuid;

use crate::{Decide, Decision, Refusal, View};

/// Deletes an album. What is in it goes to the trash afterwards, item by item: see [`super::FollowAlbum`].
#[derive(Clone, Debug)]
pub struct DeleteAlbum {
    /// Who asks.
    pub account: Uuid,
    /// Which album.
    pub album: Uuid,
}

impl Decide for DeleteAlbum {
    const NAME: &'static str = "DeleteAlbum";

    fn streams(&self) -> Vec<StreamId> {
        vec![StreamId::album(self.album)]
    }

    fn decide(&self, view: &View) -> Result<Decision, Refusal> {
        view.album(self.album).must_be_of(self.account)?;
        Ok(vec![(
            StreamId::album(self.album),
            vec![Event::AlbumDeleted(AlbumDeleted {})],
        )])
    }
}
