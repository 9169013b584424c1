//! Small pictures of originals, beside Debian's `vipsthumbnail`, and of a video beside `ffmpeg`: a process each,
//! which makes a picture of 1600 and one of 400 pixels of one original. `time` tells what each took.

mod inputs;
mod process;

use anyhow::Context as _;
use picup_local_stack::{FFMPEG, Package, install_missing};

use self::{
    inputs::Input,
    process::{Cost, Figures},
};
use crate::report::Figure;

pub use process::render;

const VIPS: Package = Package {
    program: "vipsthumbnail",
    package: "libvips-tools",
};
const TIME: Package = Package {
    program: "time",
    package: "time",
};

/// Measures both sides in turns, original by original.
pub async fn measure(pairs: u32) -> anyhow::Result<Vec<Figure>> {
    tokio::task::spawn_blocking(move || measure_here(pairs)).await?
}

fn measure_here(pairs: u32) -> anyhow::Result<Vec<Figure>> {
    let packages = [FFMPEG, VIPS, TIME];
    install_missing(&packages, &|line| eprintln!("thumbnails: {line}"))?;
    let folder = tempfile::tempdir()?;
    let mut figures = Vec::new();
    for input in inputs::make(folder.path())? {
        let bytes = std::fs::metadata(&input.file)?.len();
        eprintln!(
            "thumbnails: {pairs} pairs of {} ({bytes} bytes)",
            input.what
        );
        figures.extend(measure_one(&input, folder.path(), pairs)?);
    }
    Ok(figures)
}

fn measure_one(input: &Input, folder: &std::path::Path, pairs: u32) -> anyhow::Result<Vec<Figure>> {
    let mut figures = Figures::default();
    for pair in 1..=pairs {
        let ours = process::ours(input, folder).context("ours")?;
        let bare = process::bare(input, folder).context("the bare one")?;
        let Cost { seconds, .. } = ours;
        eprintln!(
            "thumbnails: pair {pair}: {seconds:.2} and {:.2} s",
            bare.seconds
        );
        figures.add(ours, bare);
    }
    Ok(figures.of(input))
}
