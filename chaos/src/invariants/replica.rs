use std::time::{Duration, Instant};

use sqlx::{AssertSqlSafe, MySqlPool, Row as _};
use tokio::time::sleep;

use super::{Violation, read_models::PROJECTIONS};
use crate::faults::Site;

/// How long the replica may take to become what the primary is.
const PATIENCE: Duration = Duration::from_mins(1);
/// What queries read.
const TABLES: [&str; 2] = ["albums, media, gate", "accounts, media, gate"];

/// The replica holds what the primary holds.
pub async fn check(site: &Site) -> anyhow::Result<Vec<Violation>> {
    let mut violations = Vec::new();
    for ((suffix, _), tables) in PROJECTIONS.into_iter().zip(TABLES) {
        let primary = site.installation.database(suffix).await?;
        let replica = site.installation.replica(suffix)?;
        let start = Instant::now();
        let mut differs = differs(&primary, &replica, tables).await;
        while differs.is_some() && start.elapsed() < PATIENCE {
            sleep(Duration::from_millis(500)).await;
            differs = self::differs(&primary, &replica, tables).await;
        }
        violations.extend(differs.map(|what| Violation::new("replica = primary", suffix, what)));
        primary.close().await;
        replica.close().await;
    }
    Ok(violations)
}

async fn differs(primary: &MySqlPool, replica: &MySqlPool, tables: &str) -> Option<String> {
    match (
        checksums(primary, tables).await,
        checksums(replica, tables).await,
    ) {
        (Ok(ours), Ok(theirs)) if ours == theirs => None,
        (Ok(ours), Ok(theirs)) => Some(format!("{tables}: {ours:?} and on the replica {theirs:?}")),
        (Err(error), _) | (_, Err(error)) => Some(format!("it cannot be seen: {error}")),
    }
}

async fn checksums(pool: &MySqlPool, tables: &str) -> Result<Vec<Option<i64>>, sqlx::Error> {
    let statement = format!("CHECKSUM TABLE {tables}");
    let rows = sqlx::raw_sql(AssertSqlSafe(statement))
        .fetch_all(pool)
        .await?;
    rows.iter().map(|row| row.try_get("Checksum")).collect()
}
