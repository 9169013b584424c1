//! Compares two generations of a read model row by row, while both go on following the log. A row that
//! differs is looked at again a few times, because one of the two may just have been ahead: rows are only
//! told apart when they stay different.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    time::Duration,
};

use picup_event_log::{ComparisonState, Generations};
use serde::{Deserialize, Serialize};
use sqlx::{AssertSqlSafe, MySqlPool, Row as _};
use uuid::Uuid;

use crate::apply::Table;

/// Rows read at once from each side.
const PAGE: usize = 2000;
/// How often rows that differ are looked at again, and the pause before each look.
const LOOKS: u32 = 20;
const PAUSE: Duration = Duration::from_millis(250);
/// Rows that are looked at again together; where there are more, the generations simply differ.
const SUSPECTS: usize = 10_000;
/// Differences that are named.
const NAMED: usize = 20;

/// One row that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    pub table: String,
    /// The primary key, in hexadecimal digits.
    pub key: String,
    pub what: String,
}

/// What was found so far.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    pub rows_compared: u64,
    pub differences: u64,
    /// The first of them.
    pub named: Vec<Difference>,
}

/// Where a comparison is recorded.
pub struct Record {
    pub registry: Generations,
    pub id: Uuid,
}

impl Record {
    /// Notes how far it is.
    pub async fn note(
        &self,
        state: ComparisonState,
        findings: &Findings,
        details: &str,
    ) -> Result<(), sqlx::Error> {
        let (rows, differences) = (findings.rows_compared, findings.differences);
        self.registry
            .note_comparison(self.id, state, rows, differences, details)
            .await
    }
}

/// The two sides of a comparison.
pub struct Sides<'a> {
    pub live: &'a MySqlPool,
    pub next: &'a MySqlPool,
}

/// The columns of a table that both sides have.
struct Columns(Vec<String>);

/// The digest of each row, by key.
type Rows = BTreeMap<Vec<u8>, String>;

impl Sides<'_> {
    /// Compares one table, and notes every page.
    pub async fn compare(
        &self,
        table: Table,
        findings: &mut Findings,
        record: &Record,
    ) -> Result<(), sqlx::Error> {
        let columns = self.columns(table, findings).await?;
        let mut suspects = BTreeSet::new();
        let mut after = Vec::new();
        loop {
            let (live, next) = tokio::try_join!(
                page(self.live, table, &columns, &after),
                page(self.next, table, &columns, &after)
            )?;
            // Beyond the end of a full page the other side may know rows that this one has not shown yet.
            let ends = [&live, &next].map(|rows| {
                let last = rows.last_key_value().map(|(key, _)| key.clone());
                last.filter(|_| rows.len() == PAGE)
            });
            let end = ends.iter().flatten().min().cloned();
            let within = |key: &&Vec<u8>| end.as_ref().is_none_or(|end| *key <= end);
            let keys: BTreeSet<&Vec<u8>> = live.keys().chain(next.keys()).filter(within).collect();
            findings.rows_compared += keys.len() as u64;
            let differing = keys.iter().filter(|key| live.get(**key) != next.get(**key));
            suspects.extend(differing.map(|key| (*key).clone()));
            record.note(ComparisonState::Running, findings, "").await?;
            match end {
                Some(end) if suspects.len() <= SUSPECTS => after = end,
                _ => break,
            }
        }
        self.look_again(table, &columns, suspects, findings).await
    }

    /// Keeps those that stay different through all looks, and names the first ones.
    async fn look_again(
        &self,
        table: Table,
        columns: &Columns,
        mut suspects: BTreeSet<Vec<u8>>,
        findings: &mut Findings,
    ) -> Result<(), sqlx::Error> {
        for _ in 0..LOOKS {
            if suspects.is_empty() {
                return Ok(());
            }
            tokio::time::sleep(PAUSE).await;
            let (live, next) = tokio::try_join!(
                rows(self.live, table, columns, &suspects),
                rows(self.next, table, columns, &suspects)
            )?;
            suspects.retain(|key| live.get(key) != next.get(key));
        }
        findings.differences += suspects.len() as u64;
        for key in suspects {
            if findings.named.len() >= NAMED {
                break;
            }
            if let Some(difference) = self.name(table, columns, &key).await? {
                findings.named.push(difference);
            }
        }
        Ok(())
    }

    /// Says how a row differs, without what stands in it: that may be personal.
    async fn name(
        &self,
        table: Table,
        columns: &Columns,
        key: &[u8],
    ) -> Result<Option<Difference>, sqlx::Error> {
        let (live, next) = tokio::try_join!(
            values(self.live, table, columns, key),
            values(self.next, table, columns, key)
        )?;
        let what = match (live, next) {
            (Some(_), None) => "only in the live generation".to_owned(),
            (None, Some(_)) => "not in the live generation".to_owned(),
            (Some(live), Some(next)) => {
                let pairs = live.iter().zip(&next).zip(&columns.0);
                let names = pairs
                    .filter_map(|((live, next), name)| (live != next).then_some(name.as_str()));
                format!("differs in {}", names.collect::<Vec<_>>().join(", "))
            }
            (None, None) => return Ok(None),
        };
        Ok(Some(Difference {
            table: table.name.to_owned(),
            key: hexadecimal(key),
            what,
        }))
    }

    /// The columns that both sides have. One that only one side has counts as one difference.
    async fn columns(&self, table: Table, findings: &mut Findings) -> Result<Columns, sqlx::Error> {
        let (live, next) = tokio::try_join!(names(self.live, table), names(self.next, table))?;
        for name in live.symmetric_difference(&next) {
            findings.differences += 1;
            findings.named.push(Difference {
                table: table.name.to_owned(),
                key: String::new(),
                what: format!("only one generation has the column {name}"),
            });
        }
        Ok(Columns(live.intersection(&next).cloned().collect()))
    }
}

impl Columns {
    /// All of them as hexadecimal digits, so that nothing depends on a type or a character set.
    fn texts(&self) -> String {
        let texts = self
            .0
            .iter()
            .map(|name| format!("COALESCE(HEX(t.`{name}`), '-')"));
        texts.collect::<Vec<_>>().join(", ")
    }
}

async fn names(pool: &MySqlPool, table: Table) -> Result<BTreeSet<String>, sqlx::Error> {
    let names: Vec<String> = sqlx::query_scalar(
        "SELECT CAST(column_name AS CHAR) FROM information_schema.columns \
         WHERE table_schema = DATABASE() AND table_name = ?",
    )
    .bind(table.name)
    .fetch_all(pool)
    .await?;
    Ok(names.into_iter().collect())
}

async fn page(
    pool: &MySqlPool,
    table: Table,
    columns: &Columns,
    after: &[u8],
) -> Result<Rows, sqlx::Error> {
    let (Table { name, key }, texts) = (table, columns.texts());
    let select = format!(
        "SELECT t.{key} AS k, SHA2(CONCAT_WS(',', {texts}), 256) AS digest FROM {name} t \
         WHERE t.{key} > ? ORDER BY t.{key} LIMIT {PAGE}"
    );
    let rows = sqlx::query(AssertSqlSafe(select))
        .bind(after)
        .fetch_all(pool)
        .await?;
    rows.iter().map(digest).collect()
}

async fn rows(
    pool: &MySqlPool,
    table: Table,
    columns: &Columns,
    keys: &BTreeSet<Vec<u8>>,
) -> Result<Rows, sqlx::Error> {
    let (Table { name, key }, texts) = (table, columns.texts());
    let select = format!(
        "SELECT t.{key} AS k, SHA2(CONCAT_WS(',', {texts}), 256) AS digest \
         FROM JSON_TABLE(?, '$[*]' COLUMNS (id VARCHAR(128) PATH '$')) s \
         STRAIGHT_JOIN {name} t FORCE INDEX (PRIMARY) ON t.{key} = UNHEX(s.id)"
    );
    let digits: Vec<String> = keys.iter().map(|key| hexadecimal(key)).collect();
    let list = serde_json::json!(digits).to_string();
    let rows = sqlx::query(AssertSqlSafe(select))
        .bind(list)
        .fetch_all(pool)
        .await?;
    rows.iter().map(digest).collect()
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut digits, byte| {
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}

fn digest(row: &sqlx::mysql::MySqlRow) -> Result<(Vec<u8>, String), sqlx::Error> {
    Ok((row.try_get("k")?, row.try_get("digest")?))
}

/// The columns of one row, as hexadecimal digits.
async fn values(
    pool: &MySqlPool,
    table: Table,
    columns: &Columns,
    key: &[u8],
) -> Result<Option<Vec<String>>, sqlx::Error> {
    let (Table { name, key: column }, texts) = (table, columns.texts());
    let select = format!("SELECT CONCAT_WS(',', {texts}) FROM {name} t WHERE t.{column} = ?");
    let row: Option<String> = sqlx::query_scalar(AssertSqlSafe(select))
        .bind(key)
        .fetch_optional(pool)
        .await?;
    Ok(row.map(|row| row.split(',').map(str::to_owned).collect()))
}
