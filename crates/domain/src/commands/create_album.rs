use picup_event_types::{Event, StreamId, messages::AlbumCreated};
use uuid::Uuid;

use crate::{Decide, Decision, Refusal, View};

/// Creates an empty album.
#[derive(Clone, Debug)]
pub struct CreateAlbum {
    /// Who asks, and who will own it.
    pub account: Uuid,
    /// The new album's id.
    pub album: Uuid,
    /// Its title, sealed.
    pub title_sealed: Vec<u8>,
}

impl Decide for CreateAlbum {
    const NAME: &'static str = "CreateAlbum";

    fn streams(&self) -> Vec<StreamId> {
        vec![StreamId::account(self.account), StreamId::album(self.album)]
    }

    fn decide(&self, view: &View) -> Result<Decision, Refusal> {
        view.account(self.account).must_be_open()?;
        view.album(self.album).must_be_new()?;
        let created = Event::AlbumCreated(AlbumCreated {
            account_id: self.account.as_bytes().to_vec(),
            title_sealed: self.title_sealed.clone(),
        });
        Ok(vec![(StreamId::album(self.album), vec![created])])
    }
}
