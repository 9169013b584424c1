use picup_event_types::{
    Event, StreamId,
    messages::{
        AccountOpened, AlbumCreated, BytesReserved, BytesStored, QuotaChanged, UploadCompleted,
    },
};
use sqlx::MySqlPool;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    history::{self, Row},
    sample,
};

/// Media of an account, in one album.
const MEDIA: u32 = 100;
/// Events of an account.
const EVENTS: u32 = 3 + 4 * MEDIA;

/// Fills the log with accounts that have imported an album each. Answers how many events there are, the next full
/// account above what was asked for.
pub async fn fill(pool: &MySqlPool, events: u32) -> anyhow::Result<u64> {
    let accounts = events.div_ceil(EVENTS);
    history::write(pool, (0..accounts).flat_map(|_| account())).await?;
    Ok(u64::from(accounts) * u64::from(EVENTS))
}

/// Everything that has happened to one account.
fn account() -> Vec<Row> {
    let (account, album) = (Uuid::new_v4(), Uuid::new_v4());
    let (account_id, ledger) = (account.as_bytes().to_vec(), StreamId::ledger_of(account));
    let recorded_at = OffsetDateTime::now_utc();
    let row = |stream, version, event| Row {
        stream,
        version,
        event,
        recorded_at,
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
