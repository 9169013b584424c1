//! The projection `album-listings`: album cards, and the media of an album, newest first.

mod accounts;
mod apply;
mod audit;
mod due;
mod leftovers;
mod query;
mod shares;
mod touched;

use picup_event_types::{Category, Event, RecordedEvent};
use sqlx::{MySqlConnection, migrate::Migrator};

use crate::apply::{ApplyError, Projection, Table};

pub use apply::{FAILED, READY};
pub use audit::sums as listed_sums;
pub use leftovers::{Leftovers, leftovers};
pub use query::{AlbumCard, AlbumRows, MediaRow, RenditionRow};
pub use shares::{ShareRow, list_shares, share};
pub use touched::{Touched, now, touched_since};

static MIGRATIONS: Migrator = sqlx::migrate!("../../migrations/albums");

/// The projection.
pub struct AlbumListings;

impl Projection for AlbumListings {
    const NAME: &'static str = "album-listings";
    const FOLLOWS: &'static [Category] = &[Category::Account, Category::Album, Category::Media];
    const MIGRATIONS: &'static Migrator = &MIGRATIONS;
    const TABLES: &'static [Table] = &[
        Table::GATE,
        Table {
            name: "accounts",
            key: "account_id",
        },
        Table {
            name: "albums",
            key: "album_id",
        },
        Table {
            name: "media",
            key: "media_id",
        },
        Table {
            name: "shares",
            key: "share_id",
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
