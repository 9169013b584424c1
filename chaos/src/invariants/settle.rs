use std::time::{Duration, Instant};

use picup_domain::Phase;
use sqlx::MySqlPool;
use tokio::time::sleep;

use super::{
    History, Violation, bus,
    read_models::{PROJECTIONS, unapplied},
    sums::Sums,
};
use crate::faults::Site;

const LOOK: Duration = Duration::from_millis(500);

/// Waits until nothing is left to do: the outbox and the queues are empty, read models stand where the log
/// stands, what is deleted is purged, and items are where their albums went. Answers how long that took, and what is
/// still left if it took too long.
pub async fn settle(
    site: &Site,
    patience: Duration,
) -> anyhow::Result<(Duration, Option<Violation>)> {
    let pool = site.installation.database("").await?;
    let start = Instant::now();
    loop {
        let left = match left_to_do(site, &pool).await {
            Ok(None) => return Ok((start.elapsed(), None)),
            Ok(Some(left)) => left,
            Err(error) => format!("it cannot be seen: {error:#}"),
        };
        if start.elapsed() > patience {
            let violation = Violation::new("comes to rest", "installation", left);
            return Ok((start.elapsed(), Some(violation)));
        }
        sleep(LOOK).await;
    }
}

async fn left_to_do(site: &Site, pool: &MySqlPool) -> anyhow::Result<Option<String>> {
    if let Some(violation) = bus::outbox(pool).await?.first() {
        return Ok(Some(format!(
            "event {} waits in the outbox",
            violation.subject
        )));
    }
    if let Some((queue, count)) = bus::waiting(site).await?.first_key_value() {
        return Ok(Some(format!("{count} messages wait in {queue}")));
    }
    let history = History::read(pool).await?;
    for (suffix, categories) in PROJECTIONS {
        let read_model = site.installation.database(suffix).await?;
        let (behind, blocked) = unapplied(&read_model, &history.newest(categories)).await?;
        read_model.close().await;
        if let Some((stream, version)) = behind.first_key_value() {
            return Ok(Some(format!(
                "{stream} stands at {version} in {suffix}, {} are behind",
                behind.len()
            )));
        }
        if let Some(stream) = blocked.first() {
            return Ok(Some(format!("{stream} is blocked in {suffix}")));
        }
    }
    let sums = Sums::of(&history)?;
    let unfinished = sums.media.iter().find(|(_, item)| {
        let album = sums.albums.get(&item.album);
        let is_deleted = album.is_some_and(|album| album.deleted);
        match item.phase {
            Phase::Deleted | Phase::Abandoned => true,
            // An item goes where its album went.
            Phase::Uploading | Phase::Stored => is_deleted,
            Phase::Trashed => item.trashed_with_album && !is_deleted,
            Phase::Absent | Phase::Purged => false,
        }
    });
    Ok(unfinished.map(|(media, item)| format!("media/{media} is still {:?}", item.phase)))
}
