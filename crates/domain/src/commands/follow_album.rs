use picup_event_types::{
    Event, StreamId,
    messages::{MediaRestored, MediaTrashed, UploadAbandoned},
};
use uuid::Uuid;

use crate::{Decide, Decision, Phase, Refusal, View};

/// An item goes where its album went: into the trash when it was deleted, and back when it was restored. One
/// item a command, so that a large album follows in small steps that can stop anywhere. Asked by our own
/// services only.
#[derive(Clone, Debug)]
pub struct FollowAlbum {
    /// Which item.
    pub media: Uuid,
    /// The album that the item is in.
    pub album: Uuid,
}

impl Decide for FollowAlbum {
    const NAME: &'static str = "FollowAlbum";

    fn streams(&self) -> Vec<StreamId> {
        vec![StreamId::album(self.album), StreamId::media(self.media)]
    }

    fn decide(&self, view: &View) -> Result<Decision, Refusal> {
        let media = view.media(self.media);
        let upload = media.upload()?;
        let album = view.album(upload.album);
        let is_deleted = album.is_deleted();
        let event = match media.phase() {
            Phase::Stored if is_deleted => Event::MediaTrashed(MediaTrashed { with_album: true }),
            Phase::Uploading if is_deleted => Event::UploadAbandoned(UploadAbandoned {
                account_id: upload.account.as_bytes().to_vec(),
                reason: "its album was deleted".to_owned(),
            }),
            Phase::Trashed if media.comes_back_with(album) => {
                Event::MediaRestored(MediaRestored {})
            }
            Phase::Stored
            | Phase::Uploading
            | Phase::Trashed
            | Phase::Absent
            | Phase::Abandoned
            | Phase::Deleted
            | Phase::Purged => return Ok(Vec::new()),
        };
        Ok(vec![(StreamId::media(self.media), vec![event])])
    }
}
