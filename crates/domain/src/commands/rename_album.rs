use picup_event_types::{Event, StreamId, messages::AlbumRenamed};
use uuid::Uuid;

use crate::{Decide, Decision, Refusal, View};

/// Gives an album another title.
#[derive(Clone, Debug)]
pub struct RenameAlbum {
    /// Who asks.
    pub account: Uuid,
    /// Which album.
    pub album: Uuid,
    /// The new title, sealed.
    pub title_sealed: Vec<u8>,
}

impl Decide for RenameAlbum {
    const NAME: &'static str = "RenameAlbum";

    fn streams(&self) -> Vec<StreamId> {
        vec![StreamId::album(self.album)]
    }

    fn decide(&self, view: &View) -> Result<Decision, Refusal> {
        view.album(self.album).must_be_of(self.account)?;
        let renamed = Event::AlbumRenamed(AlbumRenamed {
            title_sealed: self.title_sealed.clone(),
        });
        Ok(vec![(StreamId::album(self.album), vec![renamed])])
    }
}
