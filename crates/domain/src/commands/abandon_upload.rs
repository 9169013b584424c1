use picup_event_types::{Event, StreamId, messages::UploadAbandoned};
use uuid::Uuid;

use crate::{Decide, Decision, Phase, Refusal, View};

/// Gives an upload up. Its bytes stay reserved until the purger has shown that no object is left.
#[derive(Clone, Debug)]
pub struct AbandonUpload {
    /// Who asks.
    pub account: Uuid,
    /// Which item.
    pub media: Uuid,
    /// Why, for the owner's eyes.
    pub reason: String,
}

impl Decide for AbandonUpload {
    const NAME: &'static str = "AbandonUpload";

    fn streams(&self) -> Vec<StreamId> {
        vec![StreamId::media(self.media)]
    }

    fn decide(&self, view: &View) -> Result<Decision, Refusal> {
        let media = view.media(self.media);
        media.upload_of(self.account)?;
        match media.phase() {
            Phase::Uploading => {}
            Phase::Abandoned => return Ok(Vec::new()),
            Phase::Stored | Phase::Trashed => return Err(Refusal::UploadComplete),
            Phase::Absent | Phase::Deleted | Phase::Purged => {
                return Err(Refusal::NotFound("media item"));
            }
        }
        let abandoned = Event::UploadAbandoned(UploadAbandoned {
            account_id: self.account.as_bytes().to_vec(),
            reason: self.reason.clone(),
        });
        Ok(vec![(StreamId::media(self.media), vec![abandoned])])
    }
}
