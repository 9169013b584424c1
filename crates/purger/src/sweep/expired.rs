//! Uploads that nobody completes any more, and what has been in the trash for long enough. The read model proposes
//! them; command-svc asks the log before it removes one. Their objects go by the ordinary purge that follows.

use std::time::Duration;

use futures::{StreamExt as _, stream};
use picup_proto::internal::v1::{LeftoverKind, RemovalCause};
use time::OffsetDateTime;
use tonic::Status;

use super::{Found, Run, Sweep, SweepError};

/// Ids asked for at once.
const PAGE: u32 = 500;
/// Commands at once.
const AT_ONCE: usize = 16;

/// What has expired.
#[derive(Clone, Copy)]
struct Expired {
    what: &'static str,
    reason: &'static str,
    kind: LeftoverKind,
    cause: RemovalCause,
    keeps: Duration,
}

impl Sweep {
    pub(super) async fn expired_uploads(&self, run: &mut Run) -> Result<(), SweepError> {
        let expired = Expired {
            what: "expired-upload",
            reason: "it was never completed",
            kind: LeftoverKind::UploadExpired,
            cause: RemovalCause::UploadExpired,
            keeps: self.settings.uploads_keep,
        };
        let count = self.remove_expired(run, expired).await;
        run.tally.counts().expired_uploads = count?;
        Ok(())
    }

    pub(super) async fn expired_trash(&self, run: &mut Run) -> Result<(), SweepError> {
        let expired = Expired {
            what: "expired-trash",
            reason: "it has been in the trash for as long as that keeps",
            kind: LeftoverKind::TrashExpired,
            cause: RemovalCause::TrashExpired,
            keeps: self.settings.trash_keeps,
        };
        let count = self.remove_expired(run, expired).await;
        run.tally.counts().expired_trash = count?;
        Ok(())
    }

    /// Says how many were removed, or would be.
    async fn remove_expired(&self, run: &mut Run, expired: Expired) -> Result<u64, SweepError> {
        let before = (OffsetDateTime::now_utc() - expired.keeps).unix_timestamp_nanos() / 1000;
        let before = i64::try_from(before).unwrap_or(0);
        let (mut count, mut after) = (0, String::new());
        while run.goes_on() {
            let page = self.leftovers.list(expired.kind, before, &after, PAGE);
            let page = page.await?;
            let Some(last) = page.last() else {
                break;
            };
            after.clone_from(last);
            let removals: Vec<_> = page
                .into_iter()
                .map(|id| self.remove_one(run.dry, id, expired.cause))
                .collect();
            let removed: Vec<_> = stream::iter(removals)
                .buffer_unordered(AT_ONCE)
                .collect()
                .await;
            for (id, removed) in removed {
                match removed {
                    Ok(true) => {
                        count += 1;
                        run.tally.did(Found {
                            what: expired.what,
                            of: id,
                            bytes: 0,
                            reason: expired.reason.to_owned(),
                        });
                    }
                    // The log knows better than the read model.
                    Ok(false) => {}
                    Err(status) => run.tally.failed(&id, &status),
                }
            }
        }
        Ok(count)
    }

    async fn remove_one(
        &self,
        dry: bool,
        id: String,
        cause: RemovalCause,
    ) -> (String, Result<bool, Status>) {
        let removed = if dry {
            Ok(true)
        } else {
            self.commands.remove_media(id.clone(), cause).await
        };
        (id, removed)
    }
}
