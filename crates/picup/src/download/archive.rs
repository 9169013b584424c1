use std::path::Path;

use picup_delivery::names::partial;
use tokio::{
    fs::{self, File},
    io::{self, AsyncWriteExt as _},
};

use crate::{Error, ErrorKind, Result, client::Client, interrupt, transfer::TransferError};

/// Downloads an album as one ZIP file and answers its length. The file gets its name when all of it is there.
pub async fn download_archive(client: &Client, album_id: &str, zip: &Path) -> Result<u64> {
    let unwritable = |error: io::Error| {
        let message = format!("cannot write {}: {error}", zip.display());
        Error::new(ErrorKind::Failed, message)
    };
    if fs::symlink_metadata(zip).await.is_ok() {
        let message = format!("{} is there already: choose another name", zip.display());
        return Err(Error::new(ErrorKind::Usage, message));
    }
    let name = zip.file_name().unwrap_or_default().to_string_lossy();
    let part = zip.with_file_name(partial(&name));
    // Left by a run that was killed; never written into, as it may be a link.
    let _ = fs::remove_file(&part).await;
    let mut file = File::create_new(&part).await.map_err(unwritable)?;
    let stop = interrupt::watch();
    let received = tokio::select! {
        received = receive(client, album_id, &mut file, &unwritable) => received,
        () = stop.cancelled() => Err(Error::new(ErrorKind::Interrupted, "interrupted")),
    };
    let whole = match received {
        Ok(bytes) => fs::rename(&part, zip)
            .await
            .map(|()| bytes)
            .map_err(unwritable),
        Err(error) => Err(error),
    };
    if whole.is_err() {
        // Half an archive is of no use; if it cannot be removed either, the next run replaces it.
        let _ = fs::remove_file(&part).await;
    }
    whole
}

async fn receive(
    client: &Client,
    album_id: &str,
    file: &mut File,
    unwritable: &(impl Fn(io::Error) -> Error + Sync),
) -> Result<u64> {
    let (url, token) = client.archive(album_id).await?;
    let started = client.transfer().get_with_token(&url, &token).await;
    let mut download = started.map_err(refused)?;
    let told = download.length();
    let mut length = 0;
    while let Some(bytes) = download.chunk().await.map_err(refused)? {
        length += bytes.len() as u64;
        file.write_all(&bytes).await.map_err(unwritable)?;
    }
    if told != Some(length) {
        let message = "the archive broke off: run the same command again";
        return Err(Error::new(ErrorKind::Failed, message));
    }
    file.sync_data().await.map_err(unwritable)?;
    Ok(length)
}

fn refused(error: TransferError) -> Error {
    let kind = match error {
        TransferError::Transient(_) => ErrorKind::Unreachable,
        _ => ErrorKind::Failed,
    };
    Error::new(kind, format!("the archive cannot be downloaded: {error}"))
}
