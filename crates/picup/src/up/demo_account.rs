use std::{fs, path::Path};

use tokio_util::sync::CancellationToken;

use super::secrets::keep_password;
use crate::{
    client::Client,
    demo,
    import::{ImportOptions, Silent, import},
    session::Session,
};

const EMAIL: &str = "demo@picup.example";
const ALBUM: &str = "A walk in the hills";

/// Opens the demo account and fills its album through the real path, once; answers how to sign in.
pub async fn offer(url: &str, folder: &Path) -> anyhow::Result<String> {
    let password_file = folder.join("demo-password");
    let done = folder.join("demo-done");
    let offer = format!(
        "— demo account {EMAIL}, password in {} ",
        password_file.display()
    );
    if done.exists() {
        return Ok(offer);
    }
    eprintln!("Filling the demo account");
    let password = keep_password(&password_file)?;
    let client = Client::new(url, Session::in_memory())?;
    // An earlier start may have been interrupted after the account was opened.
    if client.sign_in(EMAIL, &password).await.is_err() {
        client.open_account(EMAIL, "Demo", &password).await?;
    }
    let pictures = folder.join("demo-pictures");
    let target = pictures.clone();
    tokio::task::spawn_blocking(move || demo::generate(&target)).await??;
    let options = ImportOptions {
        paths: vec![pictures.clone()],
        album: ALBUM.to_owned(),
        parallel: 2,
        keep_duplicates: false,
        state: None,
        cancel: CancellationToken::new(),
    };
    import(&client, options, &Silent).await?.verdict()?;
    fs::remove_dir_all(&pictures)?;
    fs::write(&done, "")?;
    Ok(offer)
}
