use picup_event_types::{
    Event, StreamId,
    messages::{MediaRestored, MediaTrashed},
};
use uuid::Uuid;

use crate::{Decide, Decision, Phase, Refusal, View};

/// Moves an item to the trash. It still counts towards the quota. One that went there with its album, which was
/// restored since, stays there for its own sake instead of following its album back.
#[derive(Clone, Debug)]
pub struct TrashMedia {
    /// Who asks.
    pub account: Uuid,
    /// Which item.
    pub media: Uuid,
    /// The album that it is in.
    pub album: Uuid,
}

impl Decide for TrashMedia {
    const NAME: &'static str = "TrashMedia";

    fn streams(&self) -> Vec<StreamId> {
        vec![StreamId::album(self.album), StreamId::media(self.media)]
    }

    fn decide(&self, view: &View) -> Result<Decision, Refusal> {
        let media = view.media(self.media);
        let upload = media.upload_of(self.account)?;
        let comes_back = media.comes_back_with(view.album(upload.album));
        let trashed = Event::MediaTrashed(MediaTrashed { with_album: false });
        match media.phase() {
            Phase::Stored => Ok(vec![(StreamId::media(self.media), vec![trashed])]),
            Phase::Trashed if comes_back => {
                let restored = Event::MediaRestored(MediaRestored {});
                Ok(vec![(StreamId::media(self.media), vec![restored, trashed])])
            }
            Phase::Trashed => Ok(Vec::new()),
            Phase::Uploading => Err(Refusal::UploadIncomplete),
            Phase::Absent | Phase::Abandoned | Phase::Deleted | Phase::Purged => {
                Err(Refusal::NotFound("media item"))
            }
        }
    }
}
