//! The transaction that puts events and their outbox rows into the log.

use picup_event_types::{Event, StreamId};
use prost::Message as _;
use sqlx::{AssertSqlSafe, Connection as _, MySql, MySqlPool, Transaction};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{Alongside, Append, AppendError};

/// One row of `events`.
struct Row {
    stream: StreamId,
    version: u64,
    event_id: Uuid,
    command_id: Uuid,
    command_index: u16,
    routing_key: &'static str,
    payload: Vec<u8>,
    metadata: Vec<u8>,
}

/// Writes all of the appends in one transaction.
pub(crate) async fn write(
    pool: &MySqlPool,
    appends: &[&Append],
    alongside: Option<&dyn Alongside>,
) -> Result<(), AppendError> {
    let rows = rows(appends)?;
    let mut connection = pool.acquire().await?;
    let mut transaction = connection.begin().await?;
    if let Some(alongside) = alongside {
        alongside.write(&mut transaction).await?;
    }
    let first = insert_events(&mut transaction, &rows).await?;
    insert_outbox(&mut transaction, first, rows.len() as u64).await?;
    transaction.commit().await?;
    Ok(())
}

fn rows(appends: &[&Append]) -> Result<Vec<Row>, AppendError> {
    let mut rows = Vec::new();
    for append in appends {
        let metadata = append.metadata.encode_to_vec();
        let mut command_index = 0;
        for stream in &append.streams {
            for (version, event) in (stream.expected_version + 1..).zip(&stream.events) {
                rows.push(row(
                    append,
                    stream.stream,
                    version,
                    event,
                    command_index,
                    &metadata,
                ));
                command_index = command_index.checked_add(1).ok_or(AppendError::Rejected(
                    "more than 65,535 events in one command",
                ))?;
            }
        }
    }
    Ok(rows)
}

fn row(
    append: &Append,
    stream: StreamId,
    version: u64,
    event: &Event,
    command_index: u16,
    metadata: &[u8],
) -> Row {
    Row {
        stream,
        version,
        event_id: Uuid::now_v7(),
        command_id: append.command_id,
        command_index,
        routing_key: event.routing_key(),
        payload: event.encode(),
        metadata: metadata.to_vec(),
    }
}

/// Inserts all rows with one statement and answers the position of the first.
///
/// As plain text: its length differs with the group, so it cannot stay prepared, and one that is prepared
/// for a single use costs 40 ms (sqlx closes it with a packet that has no answer and does not set
/// TCP_NODELAY, so the next packet waits for the server's delayed ACK). Values are numbers, hexadecimal
/// bytes and our own routing keys, so nothing in it is anybody's input.
async fn insert_events(
    transaction: &mut Transaction<'_, MySql>,
    rows: &[Row],
) -> Result<u64, AppendError> {
    let now = OffsetDateTime::now_utc();
    let recorded_at = format!(
        ",'{} {:02}:{:02}:{:02}.{:06}')",
        now.date(),
        now.hour(),
        now.minute(),
        now.second(),
        now.microsecond()
    );
    let mut insert =
        "INSERT INTO events (stream_id, version, event_id, command_id, command_index, type, \
         payload, metadata, recorded_at) VALUES "
            .to_owned();
    for (index, row) in rows.iter().enumerate() {
        insert.push_str(if index == 0 { "(" } else { ",(" });
        push_bytes(&mut insert, row.stream.id.as_bytes());
        insert.push(',');
        insert.push_str(&row.version.to_string());
        insert.push(',');
        push_bytes(&mut insert, row.event_id.as_bytes());
        insert.push(',');
        push_bytes(&mut insert, row.command_id.as_bytes());
        insert.push(',');
        insert.push_str(&row.command_index.to_string());
        insert.push_str(",'");
        insert.push_str(row.routing_key);
        insert.push_str("',");
        push_bytes(&mut insert, &row.payload);
        insert.push(',');
        push_bytes(&mut insert, &row.metadata);
        insert.push_str(&recorded_at);
    }
    let inserted = sqlx::raw_sql(AssertSqlSafe(insert))
        .execute(&mut **transaction)
        .await?;
    Ok(inserted.last_insert_id())
}

/// Writes bytes as a hexadecimal literal.
fn push_bytes(statement: &mut String, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    statement.push_str("X'");
    for byte in bytes {
        statement.push(char::from(DIGITS[usize::from(byte >> 4)]));
        statement.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    statement.push('\'');
}

/// Inserts the outbox rows of the events just inserted.
///
/// InnoDB gives the rows of one plain INSERT consecutive numbers ("simple inserts", in every
/// `innodb_autoinc_lock_mode`); should that ever not hold, as with an `auto_increment_increment`, the count
/// differs and nothing is committed.
async fn insert_outbox(
    transaction: &mut Transaction<'_, MySql>,
    first: u64,
    count: u64,
) -> Result<(), AppendError> {
    let inserted = sqlx::query(
        "INSERT INTO outbox (position) SELECT position FROM events WHERE position BETWEEN ? AND ?",
    )
    .bind(first)
    .bind(first + count - 1)
    .execute(&mut **transaction)
    .await?;
    if inserted.rows_affected() == count {
        Ok(())
    } else {
        Err(AppendError::Rejected("their positions are not consecutive"))
    }
}
