//! Removing media items from S3, as the purger does it batch by batch, beside DeleteObjects with 1000 keys a request
//! that are known already and never looked for again.

use std::time::Instant;

use anyhow::Context as _;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use picup::transfer::Transfer;
use picup_objects::{Objects, Original, Settings, URL_LIFETIME, original_key};
use picup_proto::commands::v1::Header;
use uuid::Uuid;

use crate::{report::Figure, servers::Servers, statistics::Pairs};

/// Items on each side of a pair, each with one object.
const ITEMS: u32 = 1000;
/// Items in a batch: what the purger takes from its queue at once.
const BATCH: usize = 32;
/// Keys in one request.
const KEYS: usize = 1000;
/// Objects put at once.
const AT_ONCE: usize = 16;

/// Measures both sides in turns.
pub async fn measure(servers: &Servers, pairs: u32) -> anyhow::Result<Vec<Figure>> {
    let objects = bucket(servers).await?;
    let mut measured = Pairs::default();
    for pair in 1..=pairs {
        let items = fill(&objects).await?;
        let ours = per_second(async {
            for batch in items.chunks(BATCH) {
                for removed in objects.remove_all(batch).await {
                    anyhow::ensure!(removed?.len() == 1, "an object was not there");
                }
            }
            Ok(())
        });
        let ours = ours.await?;
        let items = fill(&objects).await?;
        let keys: Vec<String> = items
            .iter()
            .map(|(account, media)| original_key(*account, *media))
            .collect();
        let bare = per_second(async {
            for chunk in keys.chunks(KEYS) {
                let chunk: Vec<&str> = chunk.iter().map(String::as_str).collect();
                let refused = objects.delete_keys(&chunk).await?;
                anyhow::ensure!(refused.is_empty(), "an object was not deleted");
            }
            Ok(())
        });
        let bare = bare.await?;
        measured.add(ours, bare);
        eprintln!("purge: pair {pair}: {ours:.0} and {bare:.0} objects/s");
    }
    let what = "items removed from S3 in batches of 32: parts aborted, objects listed, deleted, and their absence \
                checked; bare: DeleteObjects of 1000 known keys each";
    Ok(vec![Figure::of_pairs(
        "purge",
        what,
        "objects/s",
        &measured,
    )])
}

/// A bucket of its own.
async fn bucket(servers: &Servers) -> anyhow::Result<Objects> {
    let s3 = &servers.endpoints().s3;
    let settings = Settings {
        bucket: "bench-purge".to_owned(),
        region: s3.region.clone(),
        endpoint: Some(s3.url.clone()),
        credentials: Some((s3.access_key.clone(), s3.secret_key.clone().into())),
        url_lifetime: URL_LIFETIME,
    };
    let objects = Objects::connect(&settings).await;
    objects.ensure_bucket().await?;
    Ok(objects)
}

/// Puts new items, each with a small original.
async fn fill(objects: &Objects) -> anyhow::Result<Vec<(Uuid, Uuid)>> {
    let account = Uuid::now_v7();
    let items: Vec<_> = (0..ITEMS).map(|_| (account, Uuid::now_v7())).collect();
    let file = tempfile::NamedTempFile::new()?;
    std::fs::write(file.path(), CONTENT)?;
    let transfer = Transfer::new()?;
    let puts: Vec<_> = items
        .iter()
        .map(|(account, media)| put(objects, &transfer, file.path(), *account, *media))
        .collect();
    let () = stream::iter(puts)
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await?;
    Ok(items)
}

/// What every original holds, and its SHA-256.
const CONTENT: &[u8] = b"";
const SHA256: [u8; 32] = [
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24,
    0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
];

async fn put(
    objects: &Objects,
    transfer: &Transfer,
    file: &std::path::Path,
    account: Uuid,
    media: Uuid,
) -> anyhow::Result<()> {
    let original = Original {
        bytes: CONTENT.len() as u64,
        content_type: "image/jpeg".to_owned(),
        sha256: SHA256.to_vec(),
    };
    let signed = objects.presign_put(account, media, &original).await?;
    let headers: Vec<Header> = signed
        .headers
        .into_iter()
        .map(|(name, value)| Header { name, value })
        .collect();
    let body = tokio::fs::File::open(file).await?;
    let put = transfer.put(&signed.url, &headers, body, original.bytes, &|_| {});
    put.await.context("an original is not taken")
}

/// Objects a second.
async fn per_second(work: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<f64> {
    let start = Instant::now();
    work.await?;
    Ok(f64::from(ITEMS) / start.elapsed().as_secs_f64())
}
