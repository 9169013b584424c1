use sqlx::{MySqlConnection, Row as _};
use uuid::Uuid;

use super::{GenerationError, GenerationState, Generations, state};
use crate::error::duplicate_key;

/// How long a builder that says nothing keeps others out, in seconds.
const LEASE_SECONDS: u32 = 10;

/// The right to build or to drop a generation, for a while; renewed with every checkpoint.
#[derive(Clone, Debug)]
pub struct Lease {
    projection: String,
    generation: u32,
    owner: Uuid,
}

impl Generations {
    /// Begins the next generation of a projection and answers its number. The same `rebuild_id` again is
    /// the same rebuild; another one is refused while there is a generation that is neither live nor past.
    pub async fn begin(&self, projection: &str, rebuild_id: Uuid) -> Result<u32, GenerationError> {
        let mut transaction = self.pool.begin().await?;
        let inserted = insert(&mut transaction, projection, rebuild_id).await;
        match inserted {
            Ok(generation) => {
                transaction.commit().await?;
                Ok(generation)
            }
            Err(error) if duplicate_key(&error).is_some() => {
                transaction.rollback().await?;
                self.under_way(projection, rebuild_id).await
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Says what is under way instead of what was to begin.
    async fn under_way(&self, projection: &str, rebuild_id: Uuid) -> Result<u32, GenerationError> {
        let row = sqlx::query(
            "SELECT generation, state, rebuild_id FROM generations WHERE projection = ? AND place = 'next'",
        )
        .bind(projection)
        .fetch_optional(&self.pool)
        .await?;
        // It was there a moment ago; whoever wants to may try again.
        let row = row.ok_or(sqlx::Error::RowNotFound)?;
        let generation = row.try_get("generation")?;
        if row.try_get::<Uuid, _>("rebuild_id")? == rebuild_id {
            return Ok(generation);
        }
        Err(GenerationError::UnderWay {
            generation,
            state: state(&row)?,
        })
    }

    /// Takes the right to build or to drop a generation in this state, where nobody else has it.
    pub async fn lease(
        &self,
        projection: &str,
        generation: u32,
        state: GenerationState,
    ) -> Result<Option<Lease>, sqlx::Error> {
        // Of this lease alone: a process whose builder was too slow may take another one beside it.
        let owner = Uuid::new_v4();
        let taken = sqlx::query(
            "UPDATE generations SET lease_owner = ?, \
             lease_until = UTC_TIMESTAMP(6) + INTERVAL ? SECOND, updated_at = UTC_TIMESTAMP(6), \
             rate_from = UTC_TIMESTAMP(6), rate_from_events = events_scanned, rate_from_position = scanned_to \
             WHERE projection = ? AND generation = ? AND state = ? AND stopped = FALSE \
             AND (lease_until IS NULL OR lease_until < UTC_TIMESTAMP(6))",
        )
        .bind(owner)
        .bind(LEASE_SECONDS)
        .bind(projection)
        .bind(generation)
        .bind(state.as_str())
        .execute(&self.pool)
        .await?;
        Ok((taken.rows_affected() == 1).then(|| Lease {
            projection: projection.to_owned(),
            generation,
            owner,
        }))
    }

    /// Notes the end of the log, once, so that there is something to measure progress by.
    pub async fn note_scan_end(&self, lease: &Lease, position: u64) -> Result<bool, sqlx::Error> {
        let noted = sqlx::query(
            "UPDATE generations SET scan_end = IF(scan_end = 0, ?, scan_end), updated_at = UTC_TIMESTAMP(6) \
             WHERE projection = ? AND generation = ? AND lease_owner = ?",
        )
        .bind(position)
        .bind(&lease.projection)
        .bind(lease.generation)
        .bind(lease.owner)
        .execute(&self.pool)
        .await?;
        Ok(noted.rows_affected() == 1)
    }

    /// Notes how far the log has been read and renews the lease. `false` when the lease is lost or the
    /// build was stopped: then somebody else decides what happens.
    pub async fn checkpoint(
        &self,
        lease: &Lease,
        position: u64,
        events: u64,
    ) -> Result<bool, sqlx::Error> {
        let noted = sqlx::query(
            "UPDATE generations SET scanned_to = GREATEST(scanned_to, ?), \
             events_scanned = events_scanned + ?, updated_at = UTC_TIMESTAMP(6), \
             lease_until = UTC_TIMESTAMP(6) + INTERVAL ? SECOND \
             WHERE projection = ? AND generation = ? AND lease_owner = ? AND stopped = FALSE",
        )
        .bind(position)
        .bind(events)
        .bind(LEASE_SECONDS)
        .bind(&lease.projection)
        .bind(lease.generation)
        .bind(lease.owner)
        .execute(&self.pool)
        .await?;
        Ok(noted.rows_affected() == 1)
    }

    /// Renews the lease while a page takes long. Whether it was lost shows at the next checkpoint.
    pub async fn renew(&self, lease: &Lease) -> Result<(), sqlx::Error> {
        sqlx::query(
            "UPDATE generations SET lease_until = UTC_TIMESTAMP(6) + INTERVAL ? SECOND \
             WHERE projection = ? AND generation = ? AND lease_owner = ?",
        )
        .bind(LEASE_SECONDS)
        .bind(&lease.projection)
        .bind(lease.generation)
        .bind(lease.owner)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Ends a lease: another builder may take it at once.
    pub async fn release(&self, lease: &Lease) -> Result<(), sqlx::Error> {
        sqlx::query(
            "UPDATE generations SET lease_owner = NULL, lease_until = NULL \
             WHERE projection = ? AND generation = ? AND lease_owner = ?",
        )
        .bind(&lease.projection)
        .bind(lease.generation)
        .bind(lease.owner)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Moves a generation whose lease is held to its next state, and ends the lease.
    pub async fn complete(
        &self,
        lease: &Lease,
        from: GenerationState,
        to: GenerationState,
    ) -> Result<bool, sqlx::Error> {
        let moved = sqlx::query(
            "UPDATE generations SET state = ?, state_since = UTC_TIMESTAMP(6), \
             updated_at = UTC_TIMESTAMP(6), lease_owner = NULL, lease_until = NULL \
             WHERE projection = ? AND generation = ? AND lease_owner = ? AND state = ?",
        )
        .bind(to.as_str())
        .bind(&lease.projection)
        .bind(lease.generation)
        .bind(lease.owner)
        .bind(from.as_str())
        .execute(&self.pool)
        .await?;
        Ok(moved.rows_affected() == 1)
    }
}

async fn insert(
    connection: &mut MySqlConnection,
    projection: &str,
    rebuild_id: Uuid,
) -> Result<u32, sqlx::Error> {
    let generation: u32 = sqlx::query_scalar(
        "SELECT CAST(COALESCE(MAX(generation), 0) + 1 AS UNSIGNED) FROM generations WHERE projection = ?",
    )
    .bind(projection)
    .fetch_one(&mut *connection)
    .await
    .and_then(|number: u64| u32::try_from(number).map_err(|error| sqlx::Error::Decode(error.into())))?;
    sqlx::query(
        "INSERT INTO generations (projection, generation, state, place, rebuild_id, started_at, state_since, \
         updated_at) VALUES (?, ?, 'building', 'next', ?, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))",
    )
    .bind(projection)
    .bind(generation)
    .bind(rebuild_id)
    .execute(connection)
    .await?;
    Ok(generation)
}
