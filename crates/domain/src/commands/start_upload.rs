use picup_event_types::{Event, StreamId, messages::UploadStarted};
use uuid::Uuid;

use crate::{Decide, Decision, GuestUpload, MAX_UPLOAD_BYTES, Refusal, View, kind_of};

/// Announces an original and reserves its bytes.
#[derive(Clone, Debug)]
pub struct StartUpload {
    /// Whose item it is.
    pub account: Uuid,
    /// The guest who asks; `None` where the account does.
    pub guest: Option<GuestUpload>,
    /// The album that it goes into.
    pub album: Uuid,
    /// The new media item's id.
    pub media: Uuid,
    /// The file's name, sealed.
    pub file_name_sealed: Vec<u8>,
    /// For example `image/jpeg`.
    pub content_type: String,
    /// Length of the original.
    pub bytes: u64,
    /// SHA-256 of the original.
    pub sha256: Vec<u8>,
}

impl Decide for StartUpload {
    const NAME: &'static str = "StartUpload";

    fn streams(&self) -> Vec<StreamId> {
        vec![
            StreamId::album(self.album),
            StreamId::media(self.media),
            StreamId::ledger_of(self.account),
        ]
    }

    fn decide(&self, view: &View) -> Result<Decision, Refusal> {
        let album = view.album(self.album);
        album.must_be_of(self.account)?;
        if let Some(guest) = self.guest {
            guest.must_be_let_in(album.shares())?;
        }
        view.media(self.media).must_be_new()?;
        let kind = kind_of(&self.content_type).ok_or_else(|| Refusal::Invalid {
            field: "content_type",
            expected: "a photo (JPEG, PNG, WebP, GIF, TIFF, HEIF, AVIF) or a video (MP4, QuickTime, WebM, \
                       Matroska)"
                .to_owned(),
        })?;
        if self.bytes == 0 || self.bytes > MAX_UPLOAD_BYTES {
            let expected = format!("1 to {MAX_UPLOAD_BYTES} bytes, not {}", self.bytes);
            return Err(Refusal::Invalid {
                field: "bytes",
                expected,
            });
        }
        if self.sha256.len() != 32 {
            let expected = "the 32 bytes of a SHA-256".to_owned();
            return Err(Refusal::Invalid {
                field: "sha256",
                expected,
            });
        }
        let reserved =
            view.ledger_of(self.account)
                .reserve(self.account, self.media, self.bytes)?;
        let share = self.guest.map(|guest| guest.share.as_bytes().to_vec());
        let started = Event::UploadStarted(UploadStarted {
            account_id: self.account.as_bytes().to_vec(),
            album_id: self.album.as_bytes().to_vec(),
            file_name_sealed: self.file_name_sealed.clone(),
            content_type: self.content_type.clone(),
            kind: kind.into(),
            bytes: self.bytes,
            sha256: self.sha256.clone(),
            share_id: share.unwrap_or_default(),
        });
        Ok(vec![
            (StreamId::media(self.media), vec![started]),
            (StreamId::ledger_of(self.account), vec![reserved]),
        ])
    }
}
