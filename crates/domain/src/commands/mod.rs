//! One command a file: what it looks at, what it asks, and which events follow.

mod abandon_upload;
mod change_display_name;
mod clear_media;
mod complete_upload;
mod create_album;
mod delete_album;
mod delete_media;
mod open_account;
mod record_purge;
mod rename_album;
mod restore_media;
mod start_upload;
mod trash_media;

pub use abandon_upload::AbandonUpload;
pub use change_display_name::ChangeDisplayName;
pub use clear_media::ClearMedia;
pub use complete_upload::CompleteUpload;
pub use create_album::CreateAlbum;
pub use delete_album::DeleteAlbum;
pub use delete_media::DeleteMedia;
pub use open_account::OpenAccount;
pub use record_purge::RecordPurge;
pub use rename_album::RenameAlbum;
pub use restore_media::RestoreMedia;
pub use start_upload::{MAX_UPLOAD_BYTES, StartUpload};
pub use trash_media::TrashMedia;
