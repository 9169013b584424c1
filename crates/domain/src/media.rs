use picup_event_types::Event;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Album, Refusal};

/// Where a media item is in its life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Phase {
    /// No such item.
    #[default]
    Absent,
    /// Its bytes are reserved and awaited.
    Uploading,
    /// It lies in its album.
    Stored,
    /// It lies in the trash.
    Trashed,
    /// It will never be completed; what was put is to be removed.
    Abandoned,
    /// It is deleted for good; its objects are to be removed.
    Deleted,
    /// Its objects are gone.
    Purged,
}

/// What was announced when the upload started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upload {
    /// Whose item it is.
    pub account: Uuid,
    /// The album that it goes into, or has been moved to since.
    pub album: Uuid,
    /// For example `image/jpeg`.
    pub content_type: String,
    /// Length of the original.
    pub bytes: u64,
    /// SHA-256 of the original.
    pub sha256: Vec<u8>,
    /// The share whose guest added it; `None` where the owner did.
    pub share: Option<Uuid>,
}

/// What the rules need to know of a media item.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Media {
    phase: Phase,
    upload: Option<Upload>,
    with_album: bool,
    renditions: Vec<StoredRendition>,
}

/// An object beside the original.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredRendition {
    /// The last part of its key.
    pub name: String,
    /// Its length.
    pub bytes: u64,
}

impl Media {
    /// Where the item is in its life.
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// Whether it has been deleted or abandoned: nothing may lie in S3 for it any more.
    pub fn is_gone(&self) -> bool {
        match self.phase {
            Phase::Abandoned | Phase::Deleted | Phase::Purged => true,
            Phase::Absent | Phase::Uploading | Phase::Stored | Phase::Trashed => false,
        }
    }

    /// Whether it went to the trash because its album was deleted.
    pub fn is_trashed_with_album(&self) -> bool {
        self.phase == Phase::Trashed && self.with_album
    }

    /// Whether it went to the trash with its album and that has been restored: it comes back unless its owner says
    /// otherwise.
    pub fn comes_back_with(&self, album: &Album) -> bool {
        self.is_trashed_with_album() && !album.is_deleted()
    }

    /// What has been put beside the original: by name what was recorded last.
    pub fn renditions(&self) -> &[StoredRendition] {
        &self.renditions
    }

    /// Refuses if the id is taken.
    pub fn must_be_new(&self) -> Result<(), Refusal> {
        if self.phase == Phase::Absent {
            Ok(())
        } else {
            Err(Refusal::AlreadyExists("media item"))
        }
    }

    /// What was announced, whoever asks. Refuses where there is no such item.
    pub fn upload(&self) -> Result<&Upload, Refusal> {
        self.upload.as_ref().ok_or(Refusal::NotFound("media item"))
    }

    /// What was announced. Refuses unless the item belongs to `account`.
    pub fn upload_of(&self, account: Uuid) -> Result<&Upload, Refusal> {
        self.upload().and_then(|upload| {
            if upload.account == account {
                Ok(upload)
            } else {
                Err(Refusal::NotFound("media item"))
            }
        })
    }

    /// Takes an event of this item in.
    pub fn apply(&mut self, event: &Event) {
        match event {
            Event::UploadStarted(started) => {
                self.phase = Phase::Uploading;
                self.upload = Some(Upload {
                    account: Uuid::from_slice(&started.account_id).unwrap_or_default(),
                    album: Uuid::from_slice(&started.album_id).unwrap_or_default(),
                    content_type: started.content_type.clone(),
                    bytes: started.bytes,
                    sha256: started.sha256.clone(),
                    share: Uuid::from_slice(&started.share_id).ok(),
                });
            }
            Event::MediaMoved(moved) => {
                if let Some(upload) = &mut self.upload {
                    upload.album = Uuid::from_slice(&moved.album_id).unwrap_or_default();
                }
            }
            Event::UploadCompleted(_) | Event::MediaRestored(_) => self.phase = Phase::Stored,
            Event::UploadAbandoned(_) => self.phase = Phase::Abandoned,
            Event::MediaTrashed(trashed) => {
                self.phase = Phase::Trashed;
                self.with_album = trashed.with_album;
            }
            Event::MediaDeleted(_) => self.phase = Phase::Deleted,
            Event::MediaPurged(_) => self.phase = Phase::Purged,
            Event::RenditionsRecorded(recorded) => {
                for rendition in &recorded.renditions {
                    self.renditions.retain(|known| known.name != rendition.name);
                    self.renditions.push(StoredRendition {
                        name: rendition.name.clone(),
                        bytes: rendition.bytes,
                    });
                }
            }
            Event::RenditionsFailed(_)
            | Event::RenditionsRequested(_)
            | Event::AccountOpened(_)
            | Event::DisplayNameChanged(_)
            | Event::TrashEmptied(_)
            | Event::AccountClosed(_)
            | Event::AccountErased(_)
            | Event::AlbumCreated(_)
            | Event::AlbumRenamed(_)
            | Event::AlbumCoverChosen(_)
            | Event::AlbumShared(_)
            | Event::AlbumShareRevoked(_)
            | Event::AlbumDeleted(_)
            | Event::AlbumRestored(_)
            | Event::QuotaChanged(_)
            | Event::BytesReserved(_)
            | Event::BytesStored(_)
            | Event::BytesReleased(_) => {}
        }
    }
}
