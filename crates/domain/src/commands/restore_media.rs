use picup_event_types::{Event, StreamId, messages::MediaRestored};
use uuid::Uuid;

use crate::{Decide, Decision, Phase, Refusal, View};

/// Brings an item back from the trash into its album.
#[derive(Clone, Debug)]
pub struct RestoreMedia {
    /// Who asks.
    pub account: Uuid,
    /// Which item.
    pub media: Uuid,
    /// The album that it is in.
    pub album: Uuid,
}

impl Decide for RestoreMedia {
    const NAME: &'static str = "RestoreMedia";

    fn streams(&self) -> Vec<StreamId> {
        vec![StreamId::album(self.album), StreamId::media(self.media)]
    }

    fn decide(&self, view: &View) -> Result<Decision, Refusal> {
        let media = view.media(self.media);
        let upload = media.upload_of(self.account)?;
        match media.phase() {
            Phase::Trashed if view.album(upload.album).is_deleted() => Err(Refusal::AlbumDeleted),
            Phase::Trashed => {
                let restored = Event::MediaRestored(MediaRestored {});
                Ok(vec![(StreamId::media(self.media), vec![restored])])
            }
            Phase::Stored => Ok(Vec::new()),
            Phase::Uploading => Err(Refusal::UploadIncomplete),
            Phase::Absent | Phase::Abandoned | Phase::Deleted | Phase::Purged => {
                Err(Refusal::NotFound("media item"))
            }
        }
    }
}
