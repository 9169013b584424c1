use picup_event_types::{
    Event, StreamId,
    messages::{MediaDeleted, UploadAbandoned},
};
use uuid::Uuid;

use crate::{Decide, Decision, Phase, Refusal, View};

/// Deletes what is left of a deleted album: one item a command, so that a large album is cleared in
/// small steps that can stop anywhere. Asked by our own services only.
#[derive(Clone, Debug)]
pub struct ClearMedia {
    /// Which item.
    pub media: Uuid,
    /// The album that the item is in.
    pub album: Uuid,
}

impl Decide for ClearMedia {
    const NAME: &'static str = "ClearMedia";

    fn streams(&self) -> Vec<StreamId> {
        vec![StreamId::album(self.album), StreamId::media(self.media)]
    }

    fn decide(&self, view: &View) -> Result<Decision, Refusal> {
        let media = view.media(self.media);
        let upload = media.upload()?;
        if !view.album(upload.album).is_deleted() {
            return Err(Refusal::NotDeleted);
        }
        let account_id = upload.account.as_bytes().to_vec();
        let event = match media.phase() {
            Phase::Stored | Phase::Trashed => Event::MediaDeleted(MediaDeleted { account_id }),
            Phase::Uploading => Event::UploadAbandoned(UploadAbandoned {
                account_id,
                reason: "its album was deleted".to_owned(),
            }),
            Phase::Absent | Phase::Abandoned | Phase::Deleted | Phase::Purged => {
                return Ok(Vec::new());
            }
        };
        Ok(vec![(StreamId::media(self.media), vec![event])])
    }
}
