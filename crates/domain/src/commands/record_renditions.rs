use picup_event_types::{
    Event, StreamId,
    messages::{RenditionsFailed, RenditionsRecorded},
};
use uuid::Uuid;

use crate::{Decide, Decision, Phase, Refusal, View};

/// What became of an original.
#[derive(Clone, Debug, PartialEq)]
pub enum RenditionOutcome {
    /// Renditions were made and put beside it.
    Recorded(RenditionsRecorded),
    /// None can be made.
    Failed(RenditionsFailed),
}

/// Records what was made from an original. It may come before the upload is complete, as S3 may tell earlier than
/// the client does. Asked by our own services only.
#[derive(Clone, Debug)]
pub struct RecordRenditions {
    /// Whose item it is.
    pub account: Uuid,
    /// Which item.
    pub media: Uuid,
    /// What became of it.
    pub outcome: RenditionOutcome,
}

impl Decide for RecordRenditions {
    const NAME: &'static str = "RecordRenditions";

    fn streams(&self) -> Vec<StreamId> {
        vec![StreamId::media(self.media)]
    }

    fn decide(&self, view: &View) -> Result<Decision, Refusal> {
        let media = view.media(self.media);
        media.upload_of(self.account)?;
        match media.phase() {
            Phase::Uploading | Phase::Stored | Phase::Trashed => {}
            Phase::Absent | Phase::Abandoned | Phase::Deleted | Phase::Purged => {
                return Err(Refusal::MediaGone);
            }
        }
        let event = match self.outcome.clone() {
            RenditionOutcome::Recorded(recorded) => Event::RenditionsRecorded(recorded),
            RenditionOutcome::Failed(failed) => Event::RenditionsFailed(failed),
        };
        Ok(vec![(StreamId::media(self.media), vec![event])])
    }
}
