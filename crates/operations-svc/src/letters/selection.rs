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

    /// How far it is. A letter is pending while it is what was chosen: open, and failed as often as then.
    pub async fn progress(&self) -> Result<SelectionProgress, sqlx::Error> {
        let row = sqlx::query(
            "SELECT l.done, CAST(COALESCE(SUM(o.failures = s.failures), 0) AS UNSIGNED) AS pending, \
             CAST(COALESCE(SUM(o.failures > s.failures), 0) AS UNSIGNED) AS failed_again \
             FROM selections l LEFT JOIN selection_letters s ON s.selection_id = l.id \
             LEFT JOIN open_letters o ON o.letter_id = s.letter_id WHERE l.id = ? GROUP BY l.id",
        )
        .bind(self.id)
        .fetch_one(&self.pool)
        .await?;
        let (done, pending): (u64, u64) = (row.try_get("done")?, row.try_get("pending")?);
        let failed_again: u64 = row.try_get("failed_again")?;
        Ok(SelectionProgress {
            letters: self.letters,
            done,
            skipped: self.letters.saturating_sub(done + pending),
            // Some may have failed again before it was their turn: those are skipped.
            came_back: failed_again.min(done),
            finished: pending == 0,
            stopped: String::new(),
        })
    }
}
