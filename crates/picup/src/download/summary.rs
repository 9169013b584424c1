use serde::Serialize;

use crate::Error;

/// What a download came to. As JSON it is a contract.
#[derive(Clone, Debug, Default, Serialize)]
pub struct DownloadSummary {
    /// Where to.
    pub folder: String,
    /// What is there now and was not before.
    pub saved: Vec<Saved>,
    /// What was there already.
    pub skipped: Vec<Saved>,
    /// What went wrong.
    pub failed: Vec<NotSaved>,
    /// The bytes of what was saved.
    pub bytes: u64,
    /// How many were left because the download stopped before.
    pub left: u64,
    /// Whether it was stopped by Ctrl-C.
    pub interrupted: bool,
    /// What made it stop before its end.
    #[serde(skip)]
    pub stopped: Option<Error>,
}

/// An original that is here.
#[derive(Clone, Debug, Serialize)]
pub struct Saved {
    /// What it is there.
    pub media_id: String,
    /// Where it is here.
    pub path: String,
}

/// An original that is not here.
#[derive(Clone, Debug, Serialize)]
pub struct NotSaved {
    /// What it is there.
    pub media_id: String,
    /// What it is called there.
    pub file_name: String,
    /// Why, for people.
    pub reason: String,
}
