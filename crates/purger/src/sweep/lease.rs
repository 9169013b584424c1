//! The right to sweep, renewed for as long as it takes.

use std::time::Duration;

use picup_event_log::{HeldLease, Leases, Taking};
use tokio::task::AbortHandle;
use tokio_util::sync::CancellationToken;

use super::SweepError;

/// The lease's name.
pub(super) const NAME: &str = "sweep";
/// How long a sweep that says nothing keeps others out, in seconds.
const SECONDS: u32 = 60;
/// How often it says something.
const RENEW: Duration = Duration::from_secs(15);

/// Held while a sweep runs. When it is dropped it is no longer renewed, and ends by itself.
pub(super) struct Lease {
    leases: Leases,
    held: HeldLease,
    /// Cancelled when the process stops, and when the lease is lost.
    ending: CancellationToken,
    renewing: AbortHandle,
}

impl Lease {
    /// Takes it, unless somebody else has it.
    pub(super) async fn take(
        leases: &Leases,
        owner: &str,
        stopping: &CancellationToken,
    ) -> Result<Self, SweepError> {
        let held = match leases.take(NAME, owner, SECONDS).await {
            Ok(Taking::Taken(held)) => held,
            Ok(Taking::Held {
                owner,
                taken_at,
                until,
            }) => {
                return Err(SweepError::UnderWay {
                    owner,
                    since: taken_at,
                    until,
                });
            }
            Err(error) => return Err(SweepError::log(error)),
        };
        let ending = stopping.child_token();
        let renewing = tokio::spawn(renew(leases.clone(), held.clone(), ending.clone()));
        Ok(Self {
            leases: leases.clone(),
            held,
            ending,
            renewing: renewing.abort_handle(),
        })
    }

    /// Cancelled when the sweep must end.
    pub(super) fn ending(&self) -> &CancellationToken {
        &self.ending
    }

    /// Gives it back, noting whether the sweep came to its end.
    pub(super) async fn give_back(self, done: bool) -> Result<(), SweepError> {
        let given = self.leases.give_back(&self.held, done).await;
        given.map_err(SweepError::log)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.renewing.abort();
    }
}

/// Says again and again that the sweep goes on. When the database has not heard that for too long, or somebody else has
/// taken over, the sweep ends.
async fn renew(leases: Leases, held: HeldLease, ending: CancellationToken) {
    let mut heard = tokio::time::Instant::now();
    loop {
        tokio::time::sleep(RENEW).await;
        let asked = tokio::time::Instant::now();
        match leases.renew(&held, SECONDS).await {
            Ok(true) => heard = asked,
            Ok(false) => break,
            Err(error) => tracing::warn!(%error, "the lease of the sweep is not renewed"),
        }
        if heard.elapsed() + RENEW > Duration::from_secs(SECONDS.into()) {
            break;
        }
    }
    tracing::error!("the sweep has lost its lease and ends");
    ending.cancel();
}
