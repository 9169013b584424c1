use picup_event_types::{Event, StreamId, messages::AlbumShareRevoked};
use uuid::Uuid;

use crate::{Decide, Decision, Refusal, View};

/// Ends a link to an album for good.
#[derive(Clone, Debug)]
pub struct RevokeShare {
    /// Who asks.
    pub account: Uuid,
    /// Which album.
    pub album: Uuid,
    /// Which of its links.
    pub share: Uuid,
}

impl Decide for RevokeShare {
    const NAME: &'static str = "RevokeShare";

    fn streams(&self) -> Vec<StreamId> {
        vec![StreamId::album(self.album)]
    }

    fn decide(&self, view: &View) -> Result<Decision, Refusal> {
        let album = view.album(self.album);
        album.must_be_of(self.account)?;
        if !album.shares().iter().any(|share| share.id == self.share) {
            return Err(Refusal::NotFound("link"));
        }
        let revoked = Event::AlbumShareRevoked(AlbumShareRevoked {
            share_id: self.share.as_bytes().to_vec(),
        });
        Ok(vec![(StreamId::album(self.album), vec![revoked])])
    }
}
