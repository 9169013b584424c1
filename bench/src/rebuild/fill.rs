use picup_event_types::{
    Event, StreamId,
    messages::{
        AccountOpened, AlbumCreated, BytesReserved, BytesStored, QuotaChanged, UploadCompleted,
    },
};
use prost::Message as _;
use sqlx::{MySql, MySqlPool, QueryBuilder};
use time::{OffsetDateTime, PrimitiveDateTime};
use uuid::Uuid;

use crate::sample;

/// Media of an account, in one album.
const MEDIA: u32 = 100;
/// Rows of one statement.
const ROWS: usize = 500;

/// An event on its way into the log.
struct Row {
    stream: StreamId,
    version: u64,
    event: Event,
}

/// Fills the log with accounts that have imported an album each, as if everything had been published long
/// ago. Answers how many events there are, the next full account above what was asked for.
pub async fn fill(pool: &MySqlPool, events: u32) -> anyhow::Result<u64> {
    let mut filled = 0;
    let mut rows = Vec::new();
    while filled < u64::from(events) {
        let account = account();
        filled += account.len() as u64;
        rows.extend(account);
        while rows.len() >= ROWS {
            let rest = rows.split_off(ROWS);
            insert(pool, &rows).await?;
            rows = rest;
        }
    }
    if !rows.is_empty() {
        insert(pool, &rows).await?;
    }
    Ok(filled)
}

/// Everything that has happened to one account.
fn account() -> Vec<Row> {
    let (account, album) = (Uuid::new_v4(), Uuid::new_v4());
    let (account_id, ledger) = (account.as_bytes().to_vec(), StreamId::ledger_of(account));
    let row = |stream, version, event| Row {
        stream,
        version,
        event,
    };
    let opened = Event::AccountOpened(AccountOpened {
        email_sealed: vec![7; 60],
        display_name_sealed: vec![7; 50],
    });
    let quota = Event::QuotaChanged(QuotaChanged {
        account_id: account_id.clone(),
        quota_bytes: 15_000_000_000,
    });
    let created = Event::AlbumCreated(AlbumCreated {
        account_id: account_id.clone(),
        title_sealed: vec![7; 60],
    });
    let mut rows = vec![
        row(StreamId::account(account), 1, opened),
        row(ledger, 1, quota),
        row(StreamId::album(album), 1, created),
    ];
    for number in 0..u64::from(MEDIA) {
        let media = Uuid::new_v4();
        let (media_id, bytes) = (media.as_bytes().to_vec(), 3_500_000);
        let mut started = sample::upload_started();
        if let Event::UploadStarted(started) = &mut started {
            started.account_id.clone_from(&account_id);
            started.album_id = album.as_bytes().to_vec();
            started.sha256 = [media.as_bytes().as_slice(); 2].concat();
        }
        let reserved = Event::BytesReserved(BytesReserved {
            account_id: account_id.clone(),
            media_id: media_id.clone(),
            bytes,
        });
        let stored = Event::BytesStored(BytesStored {
            account_id: account_id.clone(),
            media_id,
            bytes,
        });
        let completed = Event::UploadCompleted(UploadCompleted {});
        rows.extend([
            row(StreamId::media(media), 1, started),
            row(ledger, 2 * number + 2, reserved),
            row(StreamId::media(media), 2, completed),
            row(ledger, 2 * number + 3, stored),
        ]);
    }
    rows
}

async fn insert(pool: &MySqlPool, rows: &[Row]) -> sqlx::Result<()> {
    let now = OffsetDateTime::now_utc();
    let now = PrimitiveDateTime::new(now.date(), now.time());
    let mut insert = QueryBuilder::<MySql>::new(
        "INSERT INTO events (stream_id, version, event_id, command_id, command_index, type, payload, metadata, \
         recorded_at) ",
    );
    insert.push_values(rows, |mut values, row| {
        let command_id = Uuid::new_v4();
        values
            .push_bind(row.stream.id)
            .push_bind(row.version)
            .push_bind(Uuid::now_v7())
            .push_bind(command_id)
            .push_bind(0_u16)
            .push_bind(row.event.routing_key())
            .push_bind(row.event.encode())
            .push_bind(sample::metadata(command_id).encode_to_vec())
            .push_bind(now);
    });
    insert.build().execute(pool).await?;
    Ok(())
}
