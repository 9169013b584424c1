use std::{
    io::{self, IsTerminal as _},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use indicatif::{ProgressBar, ProgressStyle};
use tokio::time::Instant;

use crate::output::size;

const LINE_EVERY: Duration = Duration::from_secs(5);

/// Something that happened on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress<'a> {
    /// It is known what there is to do.
    Planned {
        /// How many files.
        files: u64,
        /// How many bytes in all of them.
        bytes: u64,
    },
    /// Bytes have gone over the wire.
    Moved(u64),
    /// Bytes that had gone over the wire were in vain.
    TakenBack(u64),
    /// One file is done with, this way or that.
    Settled {
        /// Those of its bytes that did not have to move.
        unmoved: u64,
    },
    /// Something that a person may want to know.
    Note(&'a str),
}

/// Is told how an import or a download goes.
pub trait Reporter: Send + Sync {
    /// Called often: must not block.
    fn report(&self, progress: Progress<'_>);
}

/// Keeps it to itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Reporter for Silent {
    fn report(&self, _: Progress<'_>) {}
}

/// Shows a bar on standard error, or a line every few seconds where that is no terminal.
#[derive(Debug)]
pub struct OnStandardError {
    bar: ProgressBar,
    terminal: bool,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    files: u64,
    settled: u64,
    line_at: Instant,
}

impl OnStandardError {
    /// Nothing to see yet.
    pub fn new() -> Self {
        let terminal = io::stderr().is_terminal();
        let bar = if terminal {
            ProgressBar::no_length()
        } else {
            ProgressBar::hidden()
        };
        let template = "{wide_bar} {decimal_bytes} of {decimal_total_bytes}, \
                        {decimal_bytes_per_sec}, {eta} left, {msg}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        let state = State {
            files: 0,
            settled: 0,
            line_at: Instant::now(),
        };
        Self {
            bar,
            terminal,
            state: Mutex::new(state),
        }
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }

    fn line(&self, state: &mut State) {
        if !self.terminal && state.line_at.elapsed() >= LINE_EVERY {
            state.line_at = Instant::now();
            let total = self.bar.length().unwrap_or(0);
            eprintln!(
                "picup: {} of {} files, {} of {}",
                state.settled,
                state.files,
                size(self.bar.position()),
                size(total)
            );
        }
    }
}

impl Default for OnStandardError {
    fn default() -> Self {
        Self::new()
    }
}

impl Reporter for OnStandardError {
    fn report(&self, progress: Progress<'_>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match progress {
            Progress::Planned { files, bytes } => {
                state.files = files;
                self.bar.set_length(bytes);
                self.bar.set_message(format!("0 of {files} files"));
            }
            Progress::Moved(bytes) => self.bar.inc(bytes),
            Progress::TakenBack(bytes) => self.bar.dec(bytes),
            Progress::Settled { unmoved } => {
                state.settled += 1;
                self.bar.inc(unmoved);
                self.bar
                    .set_message(format!("{} of {} files", state.settled, state.files));
            }
            Progress::Note(note) => self.bar.suspend(|| eprintln!("picup: {note}")),
        }
        self.line(&mut state);
    }
}
