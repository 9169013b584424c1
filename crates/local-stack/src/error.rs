use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Why a private server could not be started, reached or stopped. No variant carries a secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Something with files, processes or sockets failed.
    #[error("{doing}: {source}")]
    Io {
        /// What was being done.
        doing: String,
        /// What the system said.
        source: io::Error,
    },
    /// Another process has servers running on the data in this folder.
    #[error("{} is in use by another `picup up`; stop that one first or name another folder", .0.display())]
    FolderInUse(PathBuf),
    /// A file in the data folder does not hold what it should.
    #[error("{} is damaged: {reason}", file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Programs are missing and cannot be installed from here.
    #[error("not installed: {programs}. Install the packages {packages} and try again{because}")]
    NotInstalled {
        /// The missing programs.
        programs: String,
        /// The packages that hold them, by their Debian names.
        packages: String,
        /// Why they were not installed automatically.
        because: String,
    },
    /// No loopback port was free.
    #[error("no free port found on the loopback interface")]
    NoFreePort,
    /// A server ended while it was starting.
    #[error("{server} ended while starting; the end of {}:\n{tail}", log.display())]
    Ended {
        /// Which server.
        server: &'static str,
        /// Its log.
        log: PathBuf,
        /// The last lines of its log.
        tail: String,
    },
    /// A server did not answer in time.
    #[error("{server} was not ready after {limit:?}; the end of {}:\n{tail}", log.display())]
    NotReady {
        /// Which server.
        server: &'static str,
        /// How long was waited.
        limit: Duration,
        /// Its log.
        log: PathBuf,
        /// The last lines of its log.
        tail: String,
    },
    /// A server could not be brought to an end in time.
    #[error("{server} did not stop within {limit:?}")]
    NotStopped {
        /// Which server.
        server: &'static str,
        /// How long was waited.
        limit: Duration,
    },
    /// A program that was run to its end failed or took too long.
    #[error("{program} {outcome}:\n{tail}")]
    Command {
        /// Which program.
        program: String,
        /// How it ended.
        outcome: String,
        /// The last lines it wrote.
        tail: String,
    },
    /// A name that the server would not take or that would have to be escaped in a URL.
    #[error("not a usable name: {0:?} (letters, digits, '-', '_' and '.' only)")]
    Name(String),
}

impl Error {
    pub(crate) fn io(doing: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let doing = doing.into();
        move |source| Self::Io { doing, source }
    }
}

/// The last lines of a log, for an error message.
pub(crate) fn tail(log: &Path) -> String {
    const LINES: usize = 30;
    let text = std::fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(LINES)..].join("\n")
}
