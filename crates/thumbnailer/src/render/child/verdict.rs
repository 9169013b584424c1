//! What it means that a child failed: by its exit status first, then by what it complained of.

use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;

use super::Bounds;
use crate::render::{Failure, Trouble, Unrenderable};

/// What ffmpeg ends with after a signal; we send it none that it could catch, so it is the kernel's for too
/// much processor time.
const FFMPEG_AFTER_SIGNAL: i32 = 255;
/// What prlimit ends with when it cannot become the program.
const CANNOT_BECOME: [i32; 2] = [126, 127];
const SIGKILL: i32 = 9;
const SIGXCPU: i32 = 24;
const SIGXFSZ: i32 = 25;
/// Words of ffmpeg, libheif and their libraries.
const OF_DISKS: [&str; 2] = ["No space left on device", "Disk quota exceeded"];
const OF_MEMORY: [&str; 4] = [
    "annot allocate memory",
    "bad_alloc",
    "ut of memory",
    "malloc of size",
];
const OF_ENDS: [&str; 4] = ["moov atom not found", "End of file", "truncated", "EOF"];

/// Why a child failed that ended by itself or by the kernel.
pub(super) fn verdict(status: ExitStatus, complaints: &str, bounds: Bounds) -> Failure {
    match (status.signal(), status.code()) {
        (Some(SIGXCPU), _) | (_, Some(FFMPEG_AFTER_SIGNAL)) => return out_of_time(bounds).into(),
        (Some(SIGXFSZ), _) => {
            let what = "what was made of it";
            let most = bounds.file_bytes;
            return Unrenderable::TooManyBytes { what, most }.into();
        }
        // Neither we nor the limits did that.
        (Some(SIGKILL), _) => return Trouble::saying("decoding", "the decoder was killed"),
        (_, Some(code)) if CANNOT_BECOME.contains(&code) => {
            return Trouble::saying("starting a decoder", complaints);
        }
        _ => {}
    }
    if let Some(line) = line_with(complaints, &OF_DISKS) {
        return Trouble::saying("writing what was decoded", line);
    }
    if line_with(complaints, &OF_MEMORY).is_some() {
        let most = bounds.memory_bytes;
        return Unrenderable::OutOfMemory { most }.into();
    }
    if let Some(signal) = status.signal() {
        return Unrenderable::malformed(format!("the decoder crashed (signal {signal})")).into();
    }
    match line_with(complaints, &OF_ENDS) {
        Some(line) => Unrenderable::truncated(line).into(),
        None => Unrenderable::malformed(last_line(complaints)).into(),
    }
}

pub(super) fn out_of_time(bounds: Bounds) -> Unrenderable {
    Unrenderable::OutOfTime {
        seconds: bounds.time.as_secs(),
    }
}

fn line_with<'a>(complaints: &'a str, words: &[&str]) -> Option<&'a str> {
    let mut lines = complaints.lines().map(without_origin);
    lines.find(|line| words.iter().any(|word| line.contains(word)))
}

/// The last thing that was said is why it stopped.
fn last_line(complaints: &str) -> &str {
    let mut lines = complaints.lines().map(without_origin);
    lines
        .rfind(|line| !line.is_empty())
        .unwrap_or("the decoder gave up without a word")
}

/// Without the `[mov,mp4 @ 0x5581…]` that ffmpeg begins its lines with.
fn without_origin(line: &str) -> &str {
    let line = line.trim();
    match line.split_once("] ") {
        Some((origin, rest)) if origin.starts_with('[') && origin.contains(" @ ") => rest.trim(),
        _ => line,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const BOUNDS: Bounds = Bounds {
        memory_bytes: 1 << 30,
        file_bytes: 1000,
        time: Duration::from_secs(7),
        cores: 1,
    };

    fn said(complaints: &str) -> String {
        verdict(ExitStatus::from_raw(1 << 8), complaints, BOUNDS).to_string()
    }

    #[test]
    fn what_a_decoder_complains_of_becomes_a_reason() {
        let without_index = "[mov,mp4 @ 0x5581] moov atom not found\nthe file: Invalid data";
        assert!(said(without_index).ends_with("its end is missing (moov atom not found)"));
        assert!(said("\n[h264 @ 0x1] bad\n\n").ends_with("damaged: bad"));
        assert!(said("std::bad_alloc").contains("memory"));
        assert!(said("").contains("without a word"));
    }

    #[test]
    fn a_full_disk_and_a_kill_from_outside_are_not_the_files_fault() {
        let full = verdict(
            ExitStatus::from_raw(1 << 8),
            "x: No space left on device",
            BOUNDS,
        );
        let killed = verdict(ExitStatus::from_raw(SIGKILL), "", BOUNDS);
        for failure in [full, killed] {
            assert!(matches!(failure, Failure::Trouble(_)), "{failure}");
        }
    }

    #[test]
    fn a_crash_is_the_files_fault() {
        let crashed = verdict(ExitStatus::from_raw(11), "", BOUNDS).to_string();
        assert!(crashed.contains("signal 11"), "{crashed}");
    }
}
