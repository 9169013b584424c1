//! Telling an account's devices what has changed.

use std::{collections::HashMap, pin::Pin, sync::Arc, time::Duration};

use futures::Stream;
use picup_proto::queries::v1::WatchChangesResponse;
use picup_service::errors::{ErrorCode, Fault};
use tokio::{
    sync::mpsc::{Sender, channel},
    time::{Instant, sleep},
};
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;
use uuid::Uuid;

use super::Shared;
use crate::{
    albums::{Touched, now, touched_since},
    gate::unavailable,
};

/// Who may watch at once; others ask from time to time.
pub const WATCHERS: usize = 512;
/// A stream ends after this, well before the deadlines on its way, and is asked for again.
const SPAN: Duration = Duration::from_secs(20);
/// The pause between two looks.
const LOOK: Duration = Duration::from_secs(1);
/// Changes are found by when they were made, but seen only once they are committed: so far back is looked again.
const COMMITTED_WITHIN_MICROS: i64 = 10_000_000;
/// Albums that are read at a time.
const ALBUMS: u32 = 500;

/// The answers.
pub type Changes =
    Pin<Box<dyn Stream<Item = Result<WatchChangesResponse, Status>> + Send + 'static>>;

/// Tells what has changed since a position, for one span.
pub fn watch(shared: Arc<Shared>, account: Uuid, position: &str) -> Result<Changes, Fault> {
    let since = if position.is_empty() {
        None
    } else {
        let position = position.parse();
        Some(position.map_err(|_| Fault::invalid("position", "that of an answer, or nothing"))?)
    };
    let place = shared.watchers.clone().try_acquire_owned();
    let place = place.map_err(|_| {
        let message = "too many are watching: ask from time to time instead";
        Fault::new(ErrorCode::TooManyRequests, message).with_reason("TOO_MANY_WATCHERS")
    })?;
    let (tell, told) = channel(1);
    tokio::spawn(async move {
        let _place = place;
        let watch = Watch {
            shared,
            account,
            told: HashMap::new(),
        };
        if let Err(fault) = watch.run(since, &tell).await {
            let _ = tell.send(Err(fault.into())).await;
        }
    });
    Ok(Box::pin(ReceiverStream::new(told)))
}

struct Watch {
    shared: Arc<Shared>,
    account: Uuid,
    /// What has been told already of what is looked at again.
    told: HashMap<Uuid, i64>,
}

impl Watch {
    async fn run(
        mut self,
        since: Option<i64>,
        tell: &Sender<Result<WatchChangesResponse, Status>>,
    ) -> Result<(), Fault> {
        let end = Instant::now() + SPAN;
        let stopping = self.shared.lifecycle.stopping();
        let albums = self.shared.albums(None).await?;
        let mut position = match since {
            Some(position) => position,
            None => now(albums.pool()).await.map_err(unavailable)?,
        };
        let mut first = true;
        loop {
            let touched = self.look(position).await?;
            position = touched
                .iter()
                .map(|touched| touched.at_micros)
                .fold(position, i64::max);
            if first || !touched.is_empty() || Instant::now() >= end {
                let answer = WatchChangesResponse {
                    position: position.to_string(),
                    album_ids: touched.iter().map(|t| t.album.to_string()).collect(),
                };
                if tell.send(Ok(answer)).await.is_err() || Instant::now() >= end {
                    return Ok(());
                }
            }
            first = false;
            tokio::select! {
                () = sleep(LOOK) => {}
                () = stopping.cancelled() => return Ok(()),
                () = tell.closed() => return Ok(()),
            }
        }
    }

    /// What has changed since a position, or may have, and has not been told.
    async fn look(&mut self, position: i64) -> Result<Vec<Touched>, Fault> {
        let albums = self.shared.albums(None).await?;
        let mut since = position.saturating_sub(COMMITTED_WITHIN_MICROS);
        let mut news = Vec::new();
        loop {
            let touched = touched_since(albums.pool(), self.account, since, ALBUMS).await;
            let touched = touched.map_err(unavailable)?;
            news.extend(touched.iter().filter(|touched| {
                let known = self.told.insert(touched.album, touched.at_micros);
                known != Some(touched.at_micros)
            }));
            match touched.last() {
                Some(last) if touched.len() == ALBUMS as usize && last.at_micros > since => {
                    since = last.at_micros;
                }
                _ => return Ok(news),
            }
        }
    }
}
