use sqlx::{MySqlPool, Row as _, mysql::MySqlRow};
use time::{OffsetDateTime, PrimitiveDateTime};
use uuid::Uuid;

/// The outcome of an action that has begun and of which no end is known.
const STARTED: &str = "started";
/// Characters of an outcome, at most.
const LONGEST_OUTCOME: usize = 1024;

/// What operators did. It is written before the action begins, so that one that was killed on its way is
/// listed too. Cheap to clone.
#[derive(Clone)]
pub struct OperatorLog {
    pool: MySqlPool,
}

/// One action of an operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperatorAction {
    /// Its number; later actions have higher ones.
    pub id: u64,
    /// When it began.
    pub at: OffsetDateTime,
    /// The operator's account.
    pub operator: Uuid,
    /// For example `dlq.replay`.
    pub action: String,
    /// What it was told, as a JSON object.
    pub arguments: String,
    /// How it ended; `started` where that is not known (yet).
    pub outcome: String,
    /// When it ended.
    pub ended_at: Option<OffsetDateTime>,
}

impl OperatorLog {
    /// The operators' log in the log's database.
    pub fn new(pool: MySqlPool) -> Self {
        Self { pool }
    }

    /// Records an action that begins now, and answers its number for [`OperatorLog::end`].
    pub async fn begin(
        &self,
        operator: Uuid,
        action: &str,
        arguments: &str,
    ) -> Result<u64, sqlx::Error> {
        let inserted = sqlx::query(
            "INSERT INTO operator_log (at, operator, action, arguments, outcome) \
             VALUES (UTC_TIMESTAMP(6), ?, ?, ?, ?)",
        )
        .bind(operator)
        .bind(action)
        .bind(arguments)
        .bind(STARTED)
        .execute(&self.pool)
        .await?;
        Ok(inserted.last_insert_id())
    }

    /// Records how an action ended.
    pub async fn end(&self, id: u64, outcome: &str) -> Result<(), sqlx::Error> {
        let outcome: String = outcome.chars().take(LONGEST_OUTCOME).collect();
        sqlx::query(
            "UPDATE operator_log SET outcome = ?, ended_at = UTC_TIMESTAMP(6) WHERE id = ?",
        )
        .bind(outcome)
        .bind(id)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Records an action that has ended already.
    pub async fn record(
        &self,
        operator: Uuid,
        action: &str,
        arguments: &str,
        outcome: &str,
    ) -> Result<(), sqlx::Error> {
        let id = self.begin(operator, action, arguments).await?;
        self.end(id, outcome).await
    }

    /// The latest actions before one (or before none), newest first, at most `limit`.
    pub async fn list(
        &self,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<OperatorAction>, sqlx::Error> {
        sqlx::query(
            "SELECT id, at, operator, action, arguments, outcome, ended_at FROM operator_log \
             WHERE id < ? ORDER BY id DESC LIMIT ?",
        )
        .bind(before.unwrap_or(u64::MAX))
        .bind(limit)
        .fetch_all(&self.pool)
        .await?
        .iter()
        .map(action)
        .collect()
    }
}

fn action(row: &MySqlRow) -> Result<OperatorAction, sqlx::Error> {
    let at: PrimitiveDateTime = row.try_get("at")?;
    let ended_at: Option<PrimitiveDateTime> = row.try_get("ended_at")?;
    Ok(OperatorAction {
        id: row.try_get("id")?,
        at: at.assume_utc(),
        operator: row.try_get("operator")?,
        action: row.try_get("action")?,
        arguments: row.try_get("arguments")?,
        outcome: row.try_get("outcome")?,
        ended_at: ended_at.map(PrimitiveDateTime::assume_utc),
    })
}
