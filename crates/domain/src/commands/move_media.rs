use picup_event_types::{Event, StreamId, messages::MediaMoved};
use uuid::Uuid;

use crate::{Decide, Decision, Phase, Refusal, View};

/// Puts a stored item into another album of its account.
#[derive(Clone, Debug)]
pub struct MoveMedia {
    /// Who asks.
    pub account: Uuid,
    /// Which item.
    pub media: Uuid,
    /// Where it goes.
    pub album: Uuid,
}

impl Decide for MoveMedia {
    const NAME: &'static str = "MoveMedia";

    fn streams(&self) -> Vec<StreamId> {
        vec![StreamId::album(self.album), StreamId::media(self.media)]
    }

    fn decide(&self, view: &View) -> Result<Decision, Refusal> {
        let media = view.media(self.media);
        let upload = media.upload_of(self.account)?;
        view.album(self.album).must_be_of(self.account)?;
        match media.phase() {
            Phase::Stored if upload.album == self.album => Ok(Vec::new()),
            Phase::Stored => {
                let moved = Event::MediaMoved(MediaMoved {
                    album_id: self.album.as_bytes().to_vec(),
                });
                Ok(vec![(StreamId::media(self.media), vec![moved])])
            }
            Phase::Uploading => Err(Refusal::UploadIncomplete),
            Phase::Trashed | Phase::Absent | Phase::Abandoned | Phase::Deleted | Phase::Purged => {
                Err(Refusal::NotFound("media item"))
            }
        }
    }
}
