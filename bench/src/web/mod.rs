//! The web app in a real browser: what it loads, when the first picture of a large album is seen, how long it takes to
//! answer to hands, and what scrolling from one end to the other costs. A script of the project's own drives the browser and
//! measures (`web/scripts/measure.ts`); here its album is made and its figures are told.

mod album;
mod browser;
mod figures;
mod measured;
mod pictures;
mod read_models;

use anyhow::Context as _;
use picup::{client::Client, session::Session};
use picup_event_log::{AccountKeys, MasterKey};
use picup_event_types::StreamId;
use picup_local_stack::{Package, install_missing};
use sqlx::MySqlPool;
use tokio::task::spawn_blocking;
use uuid::Uuid;

use self::album::Album;
use crate::{
    history,
    installation::Installation,
    report::Figure,
    servers::{Servers, remove},
};

const NAME: &str = "bench_web";
const BUCKET: &str = "bench-web";
/// Seals nothing but what is made here: 32 bytes in base64.
const MASTER_KEY: &str = "YmVuY2ggYmVuY2ggYmVuY2ggYmVuY2ggYmVuY2ggISE=";
const EMAIL: &str = "mina@example.org";
const PASSWORD: &str = "correct horse battery";
const CHROMIUM: Package = Package {
    program: "chromium",
    package: "chromium",
};

/// Makes an album of so many items and has the browser look at it.
pub async fn measure(servers: &Servers, items: u32) -> anyhow::Result<Vec<Figure>> {
    let install = || install_missing(&[CHROMIUM], &|line| eprintln!("web: {line}"));
    spawn_blocking(install).await??;
    let s3 = &servers.endpoints().s3;
    let web_folder = browser::web_folder().join("dist");
    let variables = [
        ("PICUP_MASTER_KEY", MASTER_KEY),
        ("PICUP_S3_ENDPOINT", s3.url.as_str()),
        ("PICUP_S3_REGION", s3.region.as_str()),
        ("PICUP_S3_ACCESS_KEY", s3.access_key.as_str()),
        ("PICUP_S3_SECRET_KEY", s3.secret_key.as_str()),
        ("PICUP_S3_BUCKET", BUCKET),
        ("PICUP_WEB_FOLDER", web_folder.to_str().context("a path")?),
        // Each round begins with a browser that has never been here.
        ("PICUP_SIGN_INS_PER_MINUTE", "1000"),
        // Nobody has sent these events, and the trail is not to bring them while we measure.
        ("PICUP_TRAIL_SECONDS", "86400"),
    ];
    let installation = Installation::start_with(servers, NAME, &variables).await?;
    let pool = servers.new_log(NAME, 4).await?;
    let (client, album) = open_album(&installation, &pool, items).await?;
    fill(servers, &installation, &pool, &client, &album).await?;
    eprintln!("web: the browser looks at {items} items");
    let measured = browser::look(&installation.url, EMAIL, PASSWORD, album.id).await?;
    installation.stop().await?;
    remove(pool, NAME).await?;
    Ok(figures::of(&measured))
}

/// Opens an account with an empty album.
async fn open_album(
    installation: &Installation,
    pool: &MySqlPool,
    items: u32,
) -> anyhow::Result<(Client, Album)> {
    let client = Client::new(&installation.url, Session::in_memory())?;
    let account = client.open_account(EMAIL, "Mina", PASSWORD).await?;
    let account = Uuid::try_parse(&account)?;
    let album = client.create_album("Ten years").await?;
    let keys = AccountKeys::new(
        pool.clone(),
        MasterKey::from_base64(&MASTER_KEY.to_owned().into())?,
    );
    let ledger = StreamId::ledger_of(account);
    let ledger_version = sqlx::query_scalar("SELECT MAX(version) FROM events WHERE stream_id = ?")
        .bind(ledger.id)
        .fetch_one(pool)
        .await?;
    let album = Album {
        account,
        key: keys.get(account).await?,
        id: Uuid::try_parse(&album)?,
        ledger_version,
        items,
    };
    Ok((client, album))
}

/// Writes what has happened to the album's items, has the read models tell it, and puts the items' pictures into S3.
async fn fill(
    servers: &Servers,
    installation: &Installation,
    pool: &MySqlPool,
    client: &Client,
    album: &Album,
) -> anyhow::Result<()> {
    eprintln!("web: making pictures");
    let pictures = pictures::make().await?;
    let media: Vec<Uuid> = (0..album.items).map(|_| Uuid::now_v7()).collect();
    eprintln!("web: writing the events of {} items", album.items);
    history::write(pool, album.events(&media, &pictures)?).await?;
    read_models::build(installation).await?;
    let listed = client.album(album.id).await?.photos;
    anyhow::ensure!(
        listed == u64::from(album.items),
        "{listed} items are listed"
    );
    eprintln!("web: putting their pictures into S3");
    pictures::store(servers, BUCKET, album, &media, &pictures).await
}
