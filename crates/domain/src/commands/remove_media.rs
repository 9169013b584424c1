use picup_event_types::{
    Event, StreamId,
    messages::{MediaDeleted, UploadAbandoned},
};
use uuid::Uuid;

use crate::{AccountPhase, Decide, Decision, Phase, Refusal, View};

/// Why an item is removed without its owner naming it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemovalCause {
    /// It lay in the trash for as long as the trash keeps.
    TrashExpired,
    /// It lay in the trash when that was emptied.
    TrashEmptied,
    /// Its account is closed.
    AccountClosed,
    /// Its upload began long ago and never completed.
    UploadExpired,
}

/// Removes an item as it was at one version: whoever asks has looked at its events up to there. If anything has
/// happened since, nothing is removed. Asked by our own services only.
#[derive(Clone, Debug)]
pub struct RemoveMedia {
    /// Whose item it is.
    pub account: Uuid,
    /// The album that the item is in.
    pub album: Uuid,
    /// Which item.
    pub media: Uuid,
    /// The version of the item that the cause holds for.
    pub version: u64,
    /// Why.
    pub cause: RemovalCause,
}

impl Decide for RemoveMedia {
    const NAME: &'static str = "RemoveMedia";

    fn streams(&self) -> Vec<StreamId> {
        vec![
            StreamId::account(self.account),
            StreamId::album(self.album),
            StreamId::media(self.media),
        ]
    }

    fn decide(&self, view: &View) -> Result<Decision, Refusal> {
        let media = view.media(self.media);
        media.upload_of(self.account)?;
        if view.version(StreamId::media(self.media)) != Some(self.version) {
            return Ok(Vec::new());
        }
        let comes_back = media.comes_back_with(view.album(self.album));
        let is_closed = view.account(self.account).phase() == AccountPhase::Closed;
        let account_id = self.account.as_bytes().to_vec();
        let reason = match (self.cause, media.phase()) {
            (RemovalCause::AccountClosed, _) if !is_closed => return Ok(Vec::new()),
            // Its album was restored, and it has not followed yet.
            (RemovalCause::TrashExpired | RemovalCause::TrashEmptied, Phase::Trashed)
                if comes_back =>
            {
                return Ok(Vec::new());
            }
            (RemovalCause::TrashExpired | RemovalCause::TrashEmptied, Phase::Trashed)
            | (RemovalCause::AccountClosed, Phase::Stored | Phase::Trashed) => None,
            (RemovalCause::AccountClosed, Phase::Uploading) => Some("the account was closed"),
            (RemovalCause::UploadExpired, Phase::Uploading) => Some("it was never completed"),
            (
                _,
                Phase::Absent
                | Phase::Uploading
                | Phase::Stored
                | Phase::Trashed
                | Phase::Abandoned
                | Phase::Deleted
                | Phase::Purged,
            ) => return Ok(Vec::new()),
        };
        let event = match reason {
            None => Event::MediaDeleted(MediaDeleted { account_id }),
            Some(reason) => Event::UploadAbandoned(UploadAbandoned {
                account_id,
                reason: reason.to_owned(),
            }),
        };
        Ok(vec![(StreamId::media(self.media), vec![event])])
    }
}
