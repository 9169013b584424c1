//! A frozen selection, and how far the work on it is.

use picup_proto::operations::v1::SelectionProgress;
use serde_json::{Value, json};
use sqlx::{MySqlPool, Row as _};
use uuid::Uuid;

/// A selection that is being worked on. Cheap to clone.
#[derive(Clone)]
pub struct Selection {
    pub pool: MySqlPool,
    pub id: Uuid,
    /// How many letters are in it.
    pub letters: u64,
    /// What was asked for, as JSON.
    pub criteria: String,
    /// The number of the action in the operators' log that worked on it last.
    pub action: Option<u64>,
}

impl Selection {
    /// Finds a selection that has been made.
    pub async fn find(pool: &MySqlPool, id: Uuid) -> Result<Option<Self>, sqlx::Error> {
        let row = sqlx::query("SELECT letters, criteria, action FROM selections WHERE id = ?")
            .bind(id)
            .fetch_optional(pool)
            .await?;
        row.map(|row| {
            Ok(Self {
                pool: pool.clone(),
                id,
                letters: row.try_get("letters")?,
                criteria: row.try_get("criteria")?,
                action: row.try_get("action")?,
            })
        })
        .transpose()
    }

    /// Notes which action works on it now.
    pub async fn set_action(&mut self, action: u64) -> Result<(), sqlx::Error> {
        sqlx::query("UPDATE selections SET action = ? WHERE id = ?")
            .bind(action)
            .bind(self.id)
            .execute(&self.pool)
            .await?;
        self.action = Some(action);
        Ok(())
    }

    /// What an action on it is told, for the operators' log.
    pub fn arguments(&self, more: Value) -> Value {
        let criteria: Value = serde_json::from_str(&self.criteria).unwrap_or(Value::Null);
        let mut arguments = json!({ "selection": self.id.to_string(), "criteria": criteria });
        if let (Value::Object(arguments), Value::Object(more)) = (&mut arguments, more) {
            arguments.extend(more);
        }
        arguments
    }

    /// How far it is.
    pub async fn progress(&self) -> Result<SelectionProgress, sqlx::Error> {
        let row = sqlx::query(
            "SELECT CAST(COALESCE(SUM(s.state IN ('replayed', 'discarded')), 0) AS UNSIGNED) AS done, \
             CAST(COALESCE(SUM(s.state = 'skipped'), 0) AS UNSIGNED) AS skipped, \
             CAST(COALESCE(SUM(s.state = 'pending'), 0) AS UNSIGNED) AS pending, \
             CAST(COALESCE(SUM(s.state = 'replayed' AND d.failures > s.failures), 0) AS UNSIGNED) \
             AS came_back FROM selection_letters s STRAIGHT_JOIN dead_letters d ON d.id = s.letter_id \
             WHERE s.selection_id = ?",
        )
        .bind(self.id)
        .fetch_one(&self.pool)
        .await?;
        let pending: u64 = row.try_get("pending")?;
        Ok(SelectionProgress {
            letters: self.letters,
            done: row.try_get("done")?,
            skipped: row.try_get("skipped")?,
            came_back: row.try_get("came_back")?,
            finished: pending == 0,
            stopped: String::new(),
        })
    }

    /// How many of its letters could be replayed now, for a dry run.
    pub async fn replayable(&self) -> Result<u64, sqlx::Error> {
        sqlx::query_scalar(
            "SELECT CAST(COUNT(*) AS UNSIGNED) FROM selection_letters s \
             STRAIGHT_JOIN dead_letters d ON d.id = s.letter_id WHERE s.selection_id = ? \
             AND s.state = 'pending' AND d.failures = s.failures \
             AND d.state = 'open' AND COALESCE(d.claimed_until <= UTC_TIMESTAMP(6), 1)",
        )
        .bind(self.id)
        .fetch_one(&self.pool)
        .await
    }
}
