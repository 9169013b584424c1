use picup_event_types::{Event, StreamId, messages::AlbumRestored};
use uuid::Uuid;

use crate::{Decide, Decision, Refusal, View};

/// Brings a deleted album back. What went to the trash with it follows afterwards, item by item: see
/// [`super::FollowAlbum`].
#[derive(Clone, Debug)]
pub struct RestoreAlbum {
    /// Who asks.
    pub account: Uuid,
    /// Which album.
    pub album: Uuid,
}

impl Decide for RestoreAlbum {
    const NAME: &'static str = "RestoreAlbum";

    fn streams(&self) -> Vec<StreamId> {
        vec![StreamId::account(self.account), StreamId::album(self.album)]
    }

    fn decide(&self, view: &View) -> Result<Decision, Refusal> {
        let album = view.album(self.album);
        album.must_have_been_of(self.account)?;
        view.account(self.account).must_be_open()?;
        if !album.is_deleted() {
            return Ok(Vec::new());
        }
        Ok(vec![(
            StreamId::album(self.album),
            vec![Event::AlbumRestored(AlbumRestored {})],
        )])
    }
}
