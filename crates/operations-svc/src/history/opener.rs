use std::sync::Arc;

use picup_event_types::{AccountKey, PersonalField};

/// Shown for text that whoever asks may not read.
const SEALED: &str = "(sealed)";
/// Shown for text whose key is gone, or that does not open.
const UNREADABLE: &str = "(unreadable)";

/// Opens personal text for those who may read it.
pub enum Opener {
    /// It stays sealed.
    Sealed,
    /// Its key was destroyed: nobody can read it any more.
    Erased,
    /// It is opened with its account's key.
    Open(Arc<AccountKey>),
}

impl Opener {
    /// A text as it may be shown.
    pub fn open(&self, field: PersonalField, sealed: &[u8]) -> String {
        match self {
            Self::Sealed => SEALED.to_owned(),
            Self::Erased => UNREADABLE.to_owned(),
            Self::Open(key) => key
                .open(field, sealed)
                .unwrap_or_else(|_| UNREADABLE.to_owned()),
        }
    }

    /// A text as it stands in a sentence: in quotation marks where it was opened.
    pub fn quote(&self, field: PersonalField, sealed: &[u8]) -> String {
        let text = self.open(field, sealed);
        if text == SEALED || text == UNREADABLE {
            text
        } else {
            format!("\u{201c}{text}\u{201d}")
        }
    }
}
