use std::{path::PathBuf, process::Stdio};

use anyhow::Context as _;
use tokio::process::Command;
use uuid::Uuid;

use super::measured::Measured;

/// The web app's own folder.
pub fn web_folder() -> PathBuf {
    concat!(env!("CARGO_MANIFEST_DIR"), "/../web").into()
}

/// Has the script look at an album in a real browser.
pub async fn look(url: &str, email: &str, password: &str, album: Uuid) -> anyhow::Result<Measured> {
    let output = Command::new("npm")
        .args(["run", "--silent", "measure"])
        .current_dir(web_folder())
        .env("PICUP_URL", url)
        .env("PICUP_EMAIL", email)
        .env("PICUP_PASSWORD", password)
        .env("PICUP_ALBUM", album.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .context("npm cannot be started: it comes with Node")?
        .wait_with_output()
        .await?;
    anyhow::ensure!(output.status.success(), "web/scripts/measure.ts failed");
    serde_json::from_slice(&output.stdout).context("the script's figures")
}
