//! Finishes what a command began: items follow their album into the trash and back, emptied trash and what closed
//! accounts hold is deleted, and accounts that hold nothing any more are erased. A reconciler: it takes no input,
//! looks at what is still to be done, and can be stopped anywhere.

use std::time::Duration;

use futures::{StreamExt as _, stream};
use picup_proto::internal::v1::{LeftoverKind, RemovalCause};
use tokio_util::sync::CancellationToken;
use tonic::Status;

use crate::{commands::Commands, leftovers::Leftovers};

/// Ids asked for at once.
const PAGE: u32 = 500;
/// Commands at once.
const AT_ONCE: usize = 32;
/// How often it looks when there was nothing more to do.
const REST: Duration = Duration::from_secs(3);
/// How long it lets the read model catch up when there was.
const BREATH: Duration = Duration::from_millis(200);

/// What there is to finish, in the order in which it is looked for.
const KINDS: [LeftoverKind; 4] = [
    LeftoverKind::Album,
    LeftoverKind::TrashEmptied,
    LeftoverKind::AccountClosed,
    LeftoverKind::AccountEmpty,
];

/// Looks and finishes until it is told to stop.
pub async fn tidy(leftovers: Leftovers, commands: Commands, stopping: CancellationToken) {
    while !stopping.is_cancelled() {
        let mut done = 0;
        for kind in KINDS {
            match finish(&leftovers, &commands, kind, &stopping).await {
                Ok(count) => done += count,
                Err(status) => tracing::debug!(?kind, %status, "leftovers cannot be listed"),
            }
        }
        let pause = if done == 0 { REST } else { BREATH };
        stopping
            .run_until_cancelled(tokio::time::sleep(pause))
            .await;
    }
}

/// Goes along all leftovers of a kind. Says how many were finished.
async fn finish(
    leftovers: &Leftovers,
    commands: &Commands,
    kind: LeftoverKind,
    stopping: &CancellationToken,
) -> Result<usize, Status> {
    let (mut done, mut after) = (0, String::new());
    while !stopping.is_cancelled() {
        let page = leftovers.list(kind, 0, &after, PAGE).await?;
        let Some(last) = page.last() else {
            break;
        };
        after.clone_from(last);
        done += stream::iter(page)
            .map(|id| finish_one(commands, kind, id))
            .buffer_unordered(AT_ONCE)
            .filter(|finished| std::future::ready(*finished))
            .count()
            .await;
    }
    if done > 0 {
        tracing::info!(?kind, done, "finished leftovers");
    }
    Ok(done)
}

async fn finish_one(commands: &Commands, kind: LeftoverKind, id: String) -> bool {
    let finished = match kind {
        LeftoverKind::Album => commands.follow_album(id.clone()).await.map(|()| true),
        LeftoverKind::AccountEmpty => commands.erase_account(id.clone()).await,
        LeftoverKind::AccountClosed => {
            let cause = RemovalCause::AccountClosed;
            commands.remove_media(id.clone(), cause).await
        }
        _ => {
            let cause = RemovalCause::TrashEmptied;
            commands.remove_media(id.clone(), cause).await
        }
    };
    finished.unwrap_or_else(|status| {
        tracing::warn!(?kind, id, %status, "left for now");
        false
    })
}
