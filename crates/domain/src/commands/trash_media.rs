use picup_event_types::{Event, StreamId, messages::MediaTrashed};
use uuid::Uuid;

use crate::{Decide, Decision, Phase, Refusal, View};

/// Moves an item to the trash. It still counts towards the quota.
#[derive(Clone, Debug)]
pub struct TrashMedia {
    /// Who asks.
    pub account: Uuid,
    /// Which item.
    pub media: Uuid,
}

impl Decide for TrashMedia {
    const NAME: &'static str = "TrashMedia";

    fn streams(&self) -> Vec<StreamId> {
        vec![StreamId::media(self.media)]
    }

    fn decide(&self, view: &View) -> Result<Decision, Refusal> {
        let media = view.media(self.media);
        media.upload_of(self.account)?;
        match media.phase() {
            Phase::Stored => {
                let trashed = Event::MediaTrashed(MediaTrashed { with_album: false });
                Ok(vec![(StreamId::media(self.media), vec![trashed])])
            }
            Phase::Trashed => Ok(Vec::new()),
            Phase::Uploading => Err(Refusal::UploadIncomplete),
            Phase::Absent | Phase::Abandoned | Phase::Deleted | Phase::Purged => {
                Err(Refusal::NotFound("media item"))
            }
        }
    }
}
