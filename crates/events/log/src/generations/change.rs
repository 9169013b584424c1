use std::time::Duration;

use sqlx::{MySqlConnection, Row as _};

use super::{GenerationError, GenerationState, Generations, state};

impl Generations {
    /// Stops a build, or takes it up again. What has been read stays.
    pub async fn set_stopped(
        &self,
        projection: &str,
        generation: u32,
        stopped: bool,
    ) -> Result<(), GenerationError> {
        let mut transaction = self.pool.begin().await?;
        let state = locked(&mut transaction, projection, generation).await?;
        if state != GenerationState::Building {
            return Err(GenerationError::WrongState {
                generation,
                state,
                expected: "building",
            });
        }
        sqlx::query(
            "UPDATE generations SET stopped = ?, lease_owner = NULL, lease_until = NULL \
             WHERE projection = ? AND generation = ? AND stopped <> ?",
        )
        .bind(stopped)
        .bind(projection)
        .bind(generation)
        .bind(stopped)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Notes what went wrong; empty takes the note away.
    pub async fn note_error(
        &self,
        projection: &str,
        generation: u32,
        error: &str,
    ) -> Result<(), sqlx::Error> {
        let error: String = error.chars().take(1024).collect();
        sqlx::query("UPDATE generations SET error = ? WHERE projection = ? AND generation = ? AND error <> ?")
            .bind(&error)
            .bind(projection)
            .bind(generation)
            .bind(&error)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Its queue has been worked off: it may be switched to.
    pub async fn set_ready(&self, projection: &str, generation: u32) -> Result<(), sqlx::Error> {
        sqlx::query(
            "UPDATE generations SET state = 'ready', state_since = UTC_TIMESTAMP(6), \
             updated_at = UTC_TIMESTAMP(6) WHERE projection = ? AND generation = ? AND state = 'draining'",
        )
        .bind(projection)
        .bind(generation)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Makes a generation the live one, in one transaction, and retires the one that was, for `grace`.
    /// Answers the number of the retired one, if there was another.
    ///
    /// A ready generation must have been compared with the live one and found equal, unless `unchecked`. A
    /// retired one has been live before: going back to it needs no comparison.
    pub async fn switch(
        &self,
        projection: &str,
        to: u32,
        grace: Duration,
        unchecked: bool,
    ) -> Result<Option<u32>, GenerationError> {
        let mut transaction = self.pool.begin().await?;
        let live: u32 = sqlx::query_scalar(
            "SELECT generation FROM generations WHERE projection = ? AND place = 'live' FOR UPDATE",
        )
        .bind(projection)
        .fetch_one(&mut *transaction)
        .await?;
        match locked(&mut transaction, projection, to).await? {
            GenerationState::Live => return Ok(None),
            GenerationState::Ready if unchecked => {}
            GenerationState::Ready => {
                if !found_equal(&mut transaction, projection, live, to).await? {
                    return Err(GenerationError::NotCompared { generation: to });
                }
            }
            GenerationState::Retired => {}
            state => {
                return Err(GenerationError::WrongState {
                    generation: to,
                    state,
                    expected: "ready or retired",
                });
            }
        }
        sqlx::query(
            "UPDATE generations SET state = 'retired', place = NULL, state_since = UTC_TIMESTAMP(6), \
             updated_at = UTC_TIMESTAMP(6), drop_at = UTC_TIMESTAMP(6) + INTERVAL ? SECOND, \
             lease_owner = NULL, lease_until = NULL \
             WHERE projection = ? AND generation = ?",
        )
        .bind(grace.as_secs())
        .bind(projection)
        .bind(live)
        .execute(&mut *transaction)
        .await?;
        sqlx::query(
            "UPDATE generations SET state = 'live', place = 'live', state_since = UTC_TIMESTAMP(6), \
             updated_at = UTC_TIMESTAMP(6), drop_at = NULL WHERE projection = ? AND generation = ?",
        )
        .bind(projection)
        .bind(to)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(Some(live))
    }

    /// Lets everybody let go of a generation that is not live. It is removed once they have. One that is
    /// gone or going already stays so; then the answer is `false`.
    pub async fn begin_drop(
        &self,
        projection: &str,
        generation: u32,
    ) -> Result<bool, GenerationError> {
        let mut transaction = self.pool.begin().await?;
        match locked(&mut transaction, projection, generation).await? {
            GenerationState::Dropping | GenerationState::Dropped => return Ok(false),
            state @ GenerationState::Live => {
                return Err(GenerationError::WrongState {
                    generation,
                    state,
                    expected: "retired, or a rebuild that was not switched to",
                });
            }
            _ => {}
        }
        sqlx::query(
            "UPDATE generations SET state = 'dropping', place = NULL, stopped = FALSE, error = '', \
             state_since = UTC_TIMESTAMP(6), updated_at = UTC_TIMESTAMP(6), drop_at = NULL, \
             lease_owner = NULL, lease_until = NULL WHERE projection = ? AND generation = ?",
        )
        .bind(projection)
        .bind(generation)
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(true)
    }
}

/// The state of a generation, locked until the transaction ends.
async fn locked(
    connection: &mut MySqlConnection,
    projection: &str,
    generation: u32,
) -> Result<GenerationState, GenerationError> {
    let row = sqlx::query(
        "SELECT state FROM generations WHERE projection = ? AND generation = ? FOR UPDATE",
    )
    .bind(projection)
    .bind(generation)
    .fetch_optional(connection)
    .await?;
    let row = row.ok_or_else(|| GenerationError::Unknown {
        projection: projection.to_owned(),
        generation,
    })?;
    Ok(state(&row)?)
}

/// Whether the last comparison of the two was finished and found nothing.
async fn found_equal(
    connection: &mut MySqlConnection,
    projection: &str,
    live: u32,
    next: u32,
) -> Result<bool, sqlx::Error> {
    let row = sqlx::query(
        "SELECT state, differences FROM comparisons WHERE projection = ? AND live = ? AND next = ? \
         ORDER BY started_at DESC LIMIT 1",
    )
    .bind(projection)
    .bind(live)
    .bind(next)
    .fetch_optional(connection)
    .await?;
    let Some(row) = row else { return Ok(false) };
    let (state, differences): (String, u64) = (row.try_get("state")?, row.try_get("differences")?);
    Ok(state == "done" && differences == 0)
}
