//! Renders the corpus in a process of its own, and judges how each file has ended.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use image::RgbImage;
use picup_thumbnailer::{Failure, Limits, Programs, Rendered, Renderer};

use super::{Nasty, RENDERED, gifs, impostors, jpegs, mutants, pngs, tiffs, videos, webps};
use crate::studio::{Studio, names, pixels};

const MIB: u64 = 1024 * 1024;
/// Of the process that renders, in bytes: what the kernel gives at most. Stacks and the allocator's arenas
/// reserve much of it without touching it.
const ADDRESS_SPACE: u64 = 2048 * MIB;
/// What one photo may take beside its file.
const PHOTO_MEMORY: u64 = 256 * MIB;
/// The process at its peak: one photo, a file of a few megabytes, and itself.
const PEAK_KIB: u64 = (PHOTO_MEMORY + 128 * MIB) / 1024;
/// For one file, in any build and on a busy machine.
const MOST_MILLIS: u64 = 30_000;
const FOLDER: &str = "PICUP_NASTY_FOLDER";

fn limits() -> Limits {
    Limits {
        pixels: 100_000_000,
        photo_memory_bytes: PHOTO_MEMORY,
        photo_time: Duration::from_secs(20),
        video_time: Duration::from_secs(25),
        video_duration: Duration::from_mins(10),
        video_bytes: 64 * MIB,
        child_memory_bytes: 1024 * MIB,
        cores: NonZeroUsize::MIN,
        ..Limits::default()
    }
}

fn corpus(folder: &Path) -> Vec<Nasty> {
    let all = [
        jpegs::all(),
        pngs::all(),
        gifs::all(),
        webps::all(),
        tiffs::all(),
        impostors::all(),
        videos::all(folder),
        mutants::all(folder),
    ];
    all.into_iter().flatten().collect()
}

#[test]
fn every_nasty_file_ends_in_a_reason_or_in_renditions_within_its_time_and_memory() {
    let studio = Studio::new();
    let corpus = corpus(studio.folder.path());
    assert!(corpus.len() >= 60, "{}", corpus.len());
    let folder = studio.path("corpus");
    std::fs::create_dir(&folder).unwrap();
    for (number, nasty) in corpus.iter().enumerate() {
        let declared = nasty.content_type.replace('/', "~");
        let file = folder.join(format!("{number:04}~{declared}"));
        std::fs::write(file, &nasty.bytes).unwrap();
    }
    let output = Command::new("prlimit")
        .arg(format!("--as={ADDRESS_SPACE}"))
        .arg(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "nasty::judge::renders_a_folder",
            "--ignored",
            "--nocapture",
        ])
        .env(FOLDER, &folder)
        // So that what is freed goes back at once: the peak is one photo's, and not what the C library's allocator
        // has kept of five hundred files before it (seen: between 320 and 385 MiB, and 250 with this).
        .env("MALLOC_ARENA_MAX", "1")
        .env("MALLOC_MMAP_THRESHOLD_", "131072")
        .env("RUST_BACKTRACE", "0")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let ended = ended(&said);
    let mut wrong = Vec::new();
    for (number, nasty) in corpus.iter().enumerate() {
        match ended.get(&number) {
            None => wrong.push(format!("{}: the process did not survive it", nasty.name)),
            Some((code, millis)) => {
                if !nasty.ends.contains(code) || *millis > MOST_MILLIS {
                    wrong.push(format!("{}: {code} after {millis} ms", nasty.name));
                }
            }
        }
    }
    assert!(
        wrong.is_empty() && output.status.success(),
        "{wrong:#?}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let peak = said.lines().find_map(|line| line.strip_prefix("peak "));
    let peak: u64 = peak.unwrap().parse().unwrap();
    let slowest = ended.iter().max_by_key(|(_, (_, millis))| *millis);
    let (slowest, (_, millis)) = slowest.unwrap();
    eprintln!(
        "{} files, {peak} KiB at most, {millis} ms at most ({})",
        corpus.len(),
        corpus[*slowest].name
    );
    assert!(peak <= PEAK_KIB, "{peak} KiB");
}

/// By number: the code, and how long it took in milliseconds.
fn ended(said: &str) -> BTreeMap<usize, (&str, u64)> {
    let lines = said.lines().filter_map(|line| line.strip_prefix("ended "));
    lines
        .filter_map(|line| {
            let mut words = line.split(' ');
            let number = words.next()?.parse().ok()?;
            Some((number, (words.next()?, words.next()?.parse().ok()?)))
        })
        .collect()
}

/// Not a test by itself: the process in which the corpus is rendered.
#[ignore = "is run by the test above, in a process of its own"]
#[tokio::test]
async fn renders_a_folder() {
    let folder = std::env::var_os(FOLDER).expect("a folder of files");
    let programs = Programs::on_path(&std::env::var_os("PATH").unwrap());
    let ours = Renderer::new(limits(), programs);
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().flatten().collect();
    files.sort_by_key(std::fs::DirEntry::file_name);
    for file in files {
        let name = file.file_name().into_string().unwrap();
        let (number, declared) = name.split_once('~').unwrap();
        let number: usize = number.parse().unwrap();
        let scratch = tempfile::tempdir().unwrap();
        let begun = Instant::now();
        let declared = declared.replace('~', "/");
        let rendered = ours.render(&file.path(), &declared, scratch.path()).await;
        let code = match &rendered {
            Ok(rendered) => {
                is_sound(rendered);
                RENDERED
            }
            Err(Failure::Unrenderable(reason)) => reason.code(),
            Err(Failure::Trouble(trouble)) => panic!("{number}: {trouble}"),
        };
        let reason = rendered.err().map(|failure| failure.to_string());
        let millis = begun.elapsed().as_millis();
        eprintln!("{number} {declared} {millis} ms {reason:?}");
        // Its own line, whatever the harness has printed before.
        println!("\nended {number} {code} {millis}");
    }
    println!("\npeak {}", peak_kib());
}

/// Whether renditions are what they say.
fn is_sound(rendered: &Rendered) {
    for name in names(rendered) {
        if name != "video.mp4" {
            let _: RgbImage = pixels(rendered, name);
        }
    }
    assert!(rendered.details.thumbhash.len() >= 5);
    let camera = rendered.details.camera.as_deref().unwrap_or_default();
    assert!(camera.chars().count() <= 100 && !camera.contains(char::is_control));
}

/// The most memory that this process has held, in KiB.
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.unwrap().trim().trim_end_matches(" kB");
    number.parse().unwrap()
}
