//! The peak memory of `picup up` while it takes an import: all services and the embedded S3, without the
//! servers.

pub mod originals;

use std::{path::PathBuf, time::Instant};

use picup::{
    client::Client,
    import::{ImportOptions, Silent, import},
    session::Session,
};
use tokio_util::sync::CancellationToken;

use crate::{installation::Installation, report::Figure, servers::Servers, statistics::Spread};

/// Photos of about a megabyte.
const PHOTOS: u32 = 300;
/// The length of the one video.
const VIDEO_BYTES: u64 = 200_000_000;
/// As many as `picup import` has by itself.
const UPLOADS_AT_ONCE: usize = 8;
const MEBIBYTE: f64 = 1024.0 * 1024.0;

/// Imports once and reads the peak before and after.
pub async fn measure(servers: &Servers) -> anyhow::Result<Vec<Figure>> {
    eprintln!("memory: making {PHOTOS} photos and a video");
    let folder = tempfile::tempdir()?;
    let originals = folder.path().to_owned();
    let target = originals.clone();
    let make = move || originals::make(&target, PHOTOS, VIDEO_BYTES);
    let bytes = tokio::task::spawn_blocking(make).await??;

    let installation = Installation::start(servers, "bench_memory").await?;
    let started = installation.peak_memory()?;
    eprintln!("memory: importing {} MB", bytes / 1_000_000);
    let start = Instant::now();
    import_all(&installation.url, originals).await?;
    let peak = installation.peak_memory()?;
    eprintln!("memory: imported in {:.1} s", start.elapsed().as_secs_f64());
    installation.stop().await?;

    let before = figure(
        "memory at start",
        "peak of `picup up` once it is ready",
        started,
    );
    let during = figure(
        "memory",
        "peak of `picup up`, its S3 included, while it takes 300 photos of 1 MB and a video of 200 MB",
        peak,
    );
    let reached = during.ours.max <= 100.0;
    Ok(vec![before, during.with_goal("≤ 100 MiB", reached)])
}

/// Imports everything and waits until the read models have counted it.
async fn import_all(url: &str, originals: PathBuf) -> anyhow::Result<()> {
    let client = Client::new(url, Session::in_memory())?;
    client
        .open_account("mina@example.org", "Mina", "correct horse battery")
        .await?;
    let options = ImportOptions {
        paths: vec![originals],
        album: "Jeju".to_owned(),
        parallel: UPLOADS_AT_ONCE,
        keep_duplicates: false,
        state: None,
        cancel: CancellationToken::new(),
    };
    let summary = import(&client, options, &Silent).await?;
    summary.verdict()?;
    let usage = client.usage().await?;
    anyhow::ensure!(
        (usage.photos, usage.videos) == (PHOTOS.into(), 1),
        "{} photos and {} videos are counted",
        usage.photos,
        usage.videos
    );
    Ok(())
}

fn figure(name: &'static str, measured: &'static str, bytes: u64) -> Figure {
    // Whole kibibytes, far below what a u32 holds.
    let kibibytes = u32::try_from(bytes / 1024).unwrap_or(u32::MAX);
    Figure {
        name,
        measured,
        unit: "MiB",
        ours: Spread::of(&[f64::from(kibibytes) * 1024.0 / MEBIBYTE]),
        bare: None,
        ratio: None,
        goal: None,
    }
}
