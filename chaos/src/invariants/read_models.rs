use std::collections::{BTreeMap, BTreeSet};

use picup_domain::Phase;
use picup_event_types::{Category, StreamId};
use sqlx::{MySqlPool, Row as _};
use uuid::Uuid;

use super::{
    Violation,
    log::History,
    sums::{Card, Sums, Usage},
};
use crate::faults::Site;

/// A projection: its database's suffix, and the streams that it follows.
pub const PROJECTIONS: [(&str, &[Category]); 2] = [
    (
        "_album_listings_g1",
        &[Category::Account, Category::Album, Category::Media],
    ),
    (
        "_storage_usage_g1",
        &[Category::Account, Category::Ledger, Category::Media],
    ),
];

/// Gates stand where the log stands, and rows are what the log adds up to.
pub async fn check(site: &Site, history: &History) -> anyhow::Result<Vec<Violation>> {
    let mut violations = Vec::new();
    for (suffix, categories) in PROJECTIONS {
        let pool = site.installation.database(suffix).await?;
        violations.extend(gates(&pool, suffix, &history.newest(categories)).await?);
        pool.close().await;
    }
    let sums = Sums::of(history)?;
    let usage = site.installation.database("_storage_usage_g1").await?;
    violations.extend(accounts(&usage, &sums).await?);
    let albums = site.installation.database("_album_listings_g1").await?;
    violations.extend(cards(&albums, &sums).await?);
    violations.extend(items(&albums, &sums).await?);
    Ok(violations)
}

/// The streams that a read model has not applied to their ends, with how far it got; blocked ones are left out
/// and answered beside.
pub async fn unapplied(
    pool: &MySqlPool,
    newest: &BTreeMap<StreamId, u64>,
) -> anyhow::Result<(BTreeMap<StreamId, u64>, BTreeSet<Uuid>)> {
    let rows = sqlx::query("SELECT stream_id, version FROM gate")
        .fetch_all(pool)
        .await?;
    let gate = rows
        .iter()
        .map(|row| Ok((row.try_get("stream_id")?, row.try_get("version")?)));
    let gate = gate.collect::<Result<BTreeMap<Uuid, u64>, sqlx::Error>>()?;
    let rows = sqlx::query("SELECT stream_id FROM blocked")
        .fetch_all(pool)
        .await?;
    let blocked = rows.iter().map(|row| row.try_get("stream_id"));
    let blocked = blocked.collect::<Result<BTreeSet<Uuid>, sqlx::Error>>()?;
    let reached = |stream: &StreamId| gate.get(&stream.id).copied().unwrap_or(0);
    let behind = newest
        .iter()
        .filter(|(stream, version)| reached(stream) != **version && !blocked.contains(&stream.id));
    let behind = behind
        .map(|(stream, _)| (*stream, reached(stream)))
        .collect();
    Ok((behind, blocked))
}

async fn gates(
    pool: &MySqlPool,
    suffix: &str,
    newest: &BTreeMap<StreamId, u64>,
) -> anyhow::Result<Vec<Violation>> {
    let (behind, blocked) = unapplied(pool, newest).await?;
    let name = suffix.trim_start_matches('_');
    let mut violations: Vec<_> = behind
        .into_iter()
        .map(|(stream, reached)| {
            let detail = format!("{name} stands at version {reached} of {}", newest[&stream]);
            Violation::new("every event applied", stream, detail)
        })
        .collect();
    // Nothing that the load does can block a stream.
    violations.extend(blocked.iter().map(|stream| {
        Violation::new(
            "no stream blocked",
            stream,
            format!("{name} has blocked it"),
        )
    }));
    Ok(violations)
}

async fn accounts(pool: &MySqlPool, sums: &Sums) -> anyhow::Result<Vec<Violation>> {
    let rows = sqlx::query(
        "SELECT account_id, quota_bytes, reserved_bytes, stored_bytes, trash_bytes, photos, videos FROM accounts",
    )
    .fetch_all(pool)
    .await?;
    let mut found = BTreeMap::new();
    for row in &rows {
        let usage = Usage {
            quota: row.try_get("quota_bytes")?,
            reserved: row.try_get("reserved_bytes")?,
            stored: row.try_get("stored_bytes")?,
            trash: row.try_get("trash_bytes")?,
            photos: row.try_get("photos")?,
            videos: row.try_get("videos")?,
        };
        found.insert(row.try_get::<Uuid, _>("account_id")?, usage);
    }
    Ok(differences(
        "usage = fold of the log",
        "account",
        &sums.accounts,
        &found,
    ))
}

async fn cards(pool: &MySqlPool, sums: &Sums) -> anyhow::Result<Vec<Violation>> {
    let rows =
        sqlx::query("SELECT album_id, title_sealed, deleted, photos, videos, bytes FROM albums")
            .fetch_all(pool)
            .await?;
    let mut found = BTreeMap::new();
    for row in &rows {
        let card = Card {
            title_sealed: row.try_get("title_sealed")?,
            deleted: row.try_get("deleted")?,
            photos: row.try_get("photos")?,
            videos: row.try_get("videos")?,
            bytes: row.try_get("bytes")?,
        };
        found.insert(row.try_get::<Uuid, _>("album_id")?, card);
    }
    Ok(differences(
        "albums = fold of the log",
        "album",
        &sums.albums,
        &found,
    ))
}

/// States of rows: 0 uploading, 1 stored, 2 in the trash.
async fn items(pool: &MySqlPool, sums: &Sums) -> anyhow::Result<Vec<Violation>> {
    let rows = sqlx::query("SELECT media_id, state, bytes FROM media")
        .fetch_all(pool)
        .await?;
    let mut found = BTreeMap::new();
    for row in &rows {
        let item = (
            row.try_get::<i8, _>("state")?,
            row.try_get::<i64, _>("bytes")?,
        );
        found.insert(row.try_get::<Uuid, _>("media_id")?, item);
    }
    let expected = sums.media.iter().filter_map(|(id, item)| {
        let state = match item.phase {
            Phase::Uploading => 0,
            Phase::Stored => 1,
            Phase::Trashed => 2,
            Phase::Absent | Phase::Abandoned | Phase::Deleted | Phase::Purged => return None,
        };
        Some((*id, (state, item.bytes)))
    });
    Ok(differences(
        "media = fold of the log",
        "media",
        &expected.collect(),
        &found,
    ))
}

fn differences<T: PartialEq + std::fmt::Debug>(
    invariant: &'static str,
    category: &str,
    expected: &BTreeMap<Uuid, T>,
    found: &BTreeMap<Uuid, T>,
) -> Vec<Violation> {
    let ids: BTreeSet<&Uuid> = expected.keys().chain(found.keys()).collect();
    let different = ids
        .into_iter()
        .filter(|id| expected.get(id) != found.get(id));
    different
        .map(|id| {
            let detail = format!(
                "{:?} in the read model, {:?} by the log",
                found.get(id),
                expected.get(id)
            );
            Violation::new(invariant, format!("{category}/{id}"), detail)
        })
        .collect()
}
