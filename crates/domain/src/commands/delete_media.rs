use picup_event_types::{Event, StreamId, messages::MediaDeleted};
use uuid::Uuid;

use crate::{Decide, Decision, Phase, Refusal, View};

/// Deletes an item for good. Its bytes count until [`super::RecordPurge`].
#[derive(Clone, Debug)]
pub struct DeleteMedia {
    /// Who asks.
    pub account: Uuid,
    /// Which item.
    pub media: Uuid,
}

impl Decide for DeleteMedia {
    const NAME: &'static str = "DeleteMedia";

    fn streams(&self) -> Vec<StreamId> {
        vec![StreamId::media(self.media)]
    }

    fn decide(&self, view: &View) -> Result<Decision, Refusal> {
        let media = view.media(self.media);
        media.upload_of(self.account)?;
        match media.phase() {
            Phase::Stored | Phase::Trashed => {
                let account_id = self.account.as_bytes().to_vec();
                let deleted = Event::MediaDeleted(MediaDeleted { account_id });
                Ok(vec![(StreamId::media(self.media), vec![deleted])])
            }
            Phase::Uploading => Err(Refusal::UploadIncomplete),
            Phase::Absent | Phase::Abandoned | Phase::Deleted | Phase::Purged => {
                Err(Refusal::NotFound("media item"))
            }
        }
    }
}
