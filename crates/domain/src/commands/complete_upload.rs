use picup_event_types::{Event, StreamId, messages::UploadCompleted};
use uuid::Uuid;

use crate::{Decide, Decision, Phase, Refusal, View};

/// Stores an original whose object has been verified with S3. Reporting it again changes nothing.
#[derive(Clone, Debug)]
pub struct CompleteUpload {
    /// Who asks.
    pub account: Uuid,
    /// Which item.
    pub media: Uuid,
    /// The album that the upload was started in.
    pub album: Uuid,
}

impl Decide for CompleteUpload {
    const NAME: &'static str = "CompleteUpload";

    fn streams(&self) -> Vec<StreamId> {
        vec![
            StreamId::album(self.album),
            StreamId::media(self.media),
            StreamId::ledger_of(self.account),
        ]
    }

    fn decide(&self, view: &View) -> Result<Decision, Refusal> {
        let media = view.media(self.media);
        let upload = media.upload_of(self.account)?;
        match media.phase() {
            Phase::Uploading => {}
            Phase::Stored | Phase::Trashed => return Ok(Vec::new()),
            Phase::Abandoned | Phase::Deleted | Phase::Purged => return Err(Refusal::UploadOver),
            Phase::Absent => return Err(Refusal::NotFound("media item")),
        }
        view.album(upload.album).must_be_of(self.account)?;
        let stored = view
            .ledger_of(self.account)
            .store(self.account, self.media, upload.bytes)?;
        let completed = Event::UploadCompleted(UploadCompleted {});
        Ok(vec![
            (StreamId::media(self.media), vec![completed]),
            (StreamId::ledger_of(self.account), vec![stored]),
        ])
    }
}
