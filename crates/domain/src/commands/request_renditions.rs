use picup_event_types::{Event, StreamId, messages::RenditionsRequested};
use uuid::Uuid;

use crate::{Decide, Decision, Phase, Refusal, View};

/// The owner asks to have renditions made again.
#[derive(Clone, Debug)]
pub struct RequestRenditions {
    /// Who asks.
    pub account: Uuid,
    /// Which item.
    pub media: Uuid,
}

impl Decide for RequestRenditions {
    const NAME: &'static str = "RequestRenditions";

    fn streams(&self) -> Vec<StreamId> {
        vec![StreamId::media(self.media)]
    }

    fn decide(&self, view: &View) -> Result<Decision, Refusal> {
        let media = view.media(self.media);
        media.upload_of(self.account)?;
        match media.phase() {
            Phase::Stored | Phase::Trashed => {
                let requested = Event::RenditionsRequested(RenditionsRequested {});
                Ok(vec![(StreamId::media(self.media), vec![requested])])
            }
            Phase::Uploading => Err(Refusal::UploadIncomplete),
            Phase::Absent | Phase::Abandoned | Phase::Deleted | Phase::Purged => {
                Err(Refusal::NotFound("media item"))
            }
        }
    }
}
