//! Wall time of an import, beside `rclone copy` of the same folder to the same S3. Ours computes SHA-256 of all
//! files, records every picture, and has S3's bytes verified; rclone copies.

use std::{path::Path, process::Stdio, time::Instant};

use anyhow::Context as _;
use picup::{
    client::Client,
    import::{ImportOptions, Silent, import},
    session::Session,
};
use picup_local_stack::{Package, S3Endpoint, install_missing};
use tokio::process::Command;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    installation::Installation, memory::originals, report::Figure, servers::Servers,
    statistics::Pairs,
};

/// Photos of about a megabyte.
const PHOTOS: u32 = 300;
/// The length of the one video.
const VIDEO_BYTES: u64 = 200_000_000;
/// As many as `picup import` has by itself; rclone gets as many.
const AT_ONCE: u16 = 8;
const BUCKET: &str = "bench-import";

/// Measures both in turns.
pub async fn measure(servers: &Servers, pairs: u32) -> anyhow::Result<Vec<Figure>> {
    let rclone = [Package {
        program: "rclone",
        package: "rclone",
    }];
    let install = move || install_missing(&rclone, &|line| eprintln!("import: {line}"));
    tokio::task::spawn_blocking(install).await??;
    eprintln!("import: {pairs} pairs; making {PHOTOS} photos and a video");
    let folder = tempfile::tempdir()?;
    let originals = folder.path().to_owned();
    let target = originals.clone();
    let make = move || originals::make(&target, PHOTOS, VIDEO_BYTES);
    let bytes = tokio::task::spawn_blocking(make).await??;

    let s3 = &servers.endpoints().s3;
    let variables = [
        ("PICUP_S3_ENDPOINT", s3.url.as_str()),
        ("PICUP_S3_REGION", s3.region.as_str()),
        ("PICUP_S3_ACCESS_KEY", s3.access_key.as_str()),
        ("PICUP_S3_SECRET_KEY", s3.secret_key.as_str()),
        ("PICUP_S3_BUCKET", BUCKET),
    ];
    let installation = Installation::start_with(servers, "bench_import", &variables).await?;
    let mut measured = Pairs::default();
    for pair in 1..=pairs {
        let ours = import_all(&installation.url, &originals).await?;
        let bare = copy_all(s3, &originals, pair).await?;
        eprintln!(
            "import: pair {pair}: {ours:.2} and {bare:.2} s for {} MB",
            bytes / 1_000_000
        );
        measured.add(ours, bare);
    }
    installation.stop().await?;
    let what = "300 photos of 1 MB and a video of 200 MB into a new account; bare: `rclone copy` of the same to the \
                same S3";
    Ok(vec![Figure::of_pairs("import", what, "s", &measured)])
}

/// Imports into an account of its own, since an account stores each original once.
async fn import_all(url: &str, originals: &Path) -> anyhow::Result<f64> {
    let client = Client::new(url, Session::in_memory())?;
    let email = format!("{}@example.org", Uuid::new_v4());
    client
        .open_account(&email, "Mina", "correct horse battery")
        .await?;
    let options = ImportOptions {
        paths: vec![originals.to_owned()],
        album: "Jeju".to_owned(),
        parallel: AT_ONCE.into(),
        keep_duplicates: false,
        state: None,
        cancel: CancellationToken::new(),
    };
    let start = Instant::now();
    let summary = import(&client, options, &Silent).await?;
    let took = start.elapsed().as_secs_f64();
    summary.verdict()?;
    anyhow::ensure!(
        summary.stored.len() == PHOTOS as usize + 1,
        "{}",
        summary.text()
    );
    Ok(took)
}

async fn copy_all(s3: &S3Endpoint, originals: &Path, pair: u32) -> anyhow::Result<f64> {
    let start = Instant::now();
    let copied = Command::new("rclone")
        .arg("copy")
        .arg(originals)
        .arg(format!(":s3:{BUCKET}/rclone/{pair}"))
        .args(["--s3-provider", "Other", "--s3-endpoint", &s3.url])
        .args(["--s3-region", &s3.region, "--s3-no-check-bucket"])
        .args([
            "--transfers",
            &AT_ONCE.to_string(),
            "--config",
            "/dev/null",
            "--quiet",
        ])
        // It takes AWS' variables for itself, and fails on those that it cannot heed.
        .env_remove("AWS_CA_BUNDLE")
        .env("RCLONE_S3_ACCESS_KEY_ID", &s3.access_key)
        .env("RCLONE_S3_SECRET_ACCESS_KEY", &s3.secret_key)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .status()
        .await
        .context("rclone cannot be started")?;
    anyhow::ensure!(copied.success(), "rclone copy failed");
    Ok(start.elapsed().as_secs_f64())
}
