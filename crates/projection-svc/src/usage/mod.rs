//! The projection `storage-usage`: what each account holds, and who it is.

mod apply;
mod audit;
mod query;

use picup_event_types::{Category, Event, RecordedEvent};
use sqlx::{MySqlConnection, migrate::Migrator};

use crate::apply::{ApplyError, Projection, Table};

pub use audit::sums as account_sums;
pub use query::{AccountRow, account};

static MIGRATIONS: Migrator = sqlx::migrate!("../../migrations/usage");

/// The projection.
pub struct StorageUsage;

impl Projection for StorageUsage {
    const NAME: &'static str = "storage-usage";
    const FOLLOWS: &'static [Category] = &[Category::Account, Category::Ledger, Category::Media];
    const MIGRATIONS: &'static Migrator = &MIGRATIONS;
    const TABLES: &'static [Table] = &[
        Table::GATE,
        Table {
            name: "accounts",
            key: "account_id",
        },
        Table {
            name: "media",
            key: "media_id",
        },
    ];

    async fn apply(
        connection: &mut MySqlConnection,
        recorded: &RecordedEvent,
        event: &Event,
    ) -> Result<(), ApplyError> {
        apply::apply(connection, recorded, event).await
    }
}
