//! The rig's own book of commands: what was acknowledged, what was refused, what never got an answer. It is
//! what the log is checked against, so it never reads the log.

use std::{
    fs::File,
    io::Write as _,
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
};

use anyhow::Context as _;
use serde::Serialize;
use uuid::Uuid;

/// What became of a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Done, up to these versions.
    Acknowledged(Vec<(String, u64)>),
    /// Refused by its first clear answer, before any unclear one.
    Refused(String),
    /// There was no clear answer in time, or it was refused after an unclear one: then an earlier sending
    /// may still arrive. Its events are in the log all or none.
    Unknown(String),
}

/// One command.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    /// Its kind, for example `RenameAlbum`.
    pub kind: &'static str,
    /// Whose it is; nil for an account's opening.
    pub account: Uuid,
    /// The id that the client chose.
    pub command_id: Uuid,
    /// The types of the events that it must leave.
    pub expected: &'static [&'static str],
    /// How often it was sent.
    pub tries: u32,
    /// What became of it.
    pub outcome: Outcome,
}

impl Entry {
    /// The id that the log knows it by: bound to the account and the kind.
    pub fn id_in_log(&self) -> Uuid {
        let mut name = self.kind.as_bytes().to_vec();
        name.extend_from_slice(self.command_id.as_bytes());
        Uuid::new_v5(&self.account, &name)
    }
}

/// All commands, in memory and in a file that is only appended to.
pub struct Book {
    pages: Mutex<Pages>,
}

struct Pages {
    entries: Vec<Entry>,
    file: File,
}

impl Book {
    /// Begins a book in a folder.
    pub fn open(folder: &Path) -> anyhow::Result<Self> {
        let path = folder.join("commands.jsonl");
        let file = File::options().create(true).append(true).open(&path);
        let file = file.with_context(|| format!("cannot write {}", path.display()))?;
        let entries = Vec::new();
        Ok(Self {
            pages: Mutex::new(Pages { entries, file }),
        })
    }

    /// Enters a command.
    pub fn enter(&self, entry: Entry) -> anyhow::Result<()> {
        let mut line = serde_json::to_vec(&entry)?;
        line.push(b'\n');
        let mut pages = self.pages();
        pages.file.write_all(&line)?;
        pages.entries.push(entry);
        Ok(())
    }

    /// All commands so far.
    pub fn entries(&self) -> Vec<Entry> {
        self.pages().entries.clone()
    }

    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
