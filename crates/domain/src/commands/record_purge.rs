use picup_event_types::{
    Event, StreamId,
    messages::{MediaPurged, PurgeReceipt},
};
use uuid::Uuid;

use crate::{Decide, Decision, Phase, Refusal, View};

/// Records that no object of an item is left and releases its bytes. Asked by the purger only; asking
/// again changes nothing.
#[derive(Clone, Debug)]
pub struct RecordPurge {
    /// Whose item it was.
    pub account: Uuid,
    /// Which item.
    pub media: Uuid,
    /// What was removed, and when its absence was checked.
    pub receipt: PurgeReceipt,
}

impl Decide for RecordPurge {
    const NAME: &'static str = "RecordPurge";

    fn streams(&self) -> Vec<StreamId> {
        vec![
            StreamId::media(self.media),
            StreamId::ledger_of(self.account),
        ]
    }

    fn decide(&self, view: &View) -> Result<Decision, Refusal> {
        let media = view.media(self.media);
        let upload = media.upload_of(self.account)?;
        let from_reserved = match media.phase() {
            Phase::Abandoned => true,
            Phase::Deleted => false,
            Phase::Purged => return Ok(Vec::new()),
            Phase::Absent | Phase::Uploading | Phase::Stored | Phase::Trashed => {
                return Err(Refusal::NotDeleted);
            }
        };
        let ledger = view.ledger_of(self.account);
        let released = ledger.release(self.account, self.media, upload.bytes, from_reserved)?;
        let purged = Event::MediaPurged(MediaPurged {
            receipt: Some(self.receipt.clone()),
        });
        Ok(vec![
            (StreamId::media(self.media), vec![purged]),
            (StreamId::ledger_of(self.account), vec![released]),
        ])
    }
}
