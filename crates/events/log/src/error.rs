//! What a database error means: only here are error numbers and messages looked at.

use sqlx::{Error, mysql::MySqlDatabaseError};

const DUPLICATE_ENTRY: u16 = 1062;
const LOCK_WAIT_TIMEOUT: u16 = 1205;
const DEADLOCK: u16 = 1213;

/// The unique key that an insert ran into, without its table: `events_command`.
///
/// MySQL writes `… for key 'events.events_command'`, MariaDB `… for key 'events_command'`.
pub fn duplicate_key(error: &Error) -> Option<&str> {
    let error = mysql_error(error)?;
    if error.number() != DUPLICATE_ENTRY {
        return None;
    }
    let key = error.message().trim_end_matches('\'').rsplit('\'').next()?;
    Some(key.rsplit('.').next().unwrap_or(key))
}

/// Whether the transaction lost against another one and may simply be run again.
pub fn is_contention(error: &Error) -> bool {
    mysql_error(error).is_some_and(|error| matches!(error.number(), DEADLOCK | LOCK_WAIT_TIMEOUT))
}

/// Whether the database could not be reached or went away, so that trying later may help.
pub fn is_outage(error: &Error) -> bool {
    match error {
        Error::Io(_)
        | Error::Tls(_)
        | Error::PoolTimedOut
        | Error::PoolClosed
        | Error::WorkerCrashed
        | Error::Protocol(_) => true,
        // 1040 too many connections, 1053 shutting down, 1290 read-only, 1836 read-only, 1927 killed
        Error::Database(_) => mysql_error(error)
            .is_some_and(|error| matches!(error.number(), 1040 | 1053 | 1290 | 1836 | 1927)),
        _ => false,
    }
}

fn mysql_error(error: &Error) -> Option<&MySqlDatabaseError> {
    error
        .as_database_error()?
        .try_downcast_ref::<MySqlDatabaseError>()
}
