//! From start to stop: one soft signal, one hard one, and a deadline between them.

use std::{sync::Arc, time::Duration};

use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::Instrument as _;

/// The life of a process. Cheap to clone.
#[derive(Clone, Default)]
pub struct Lifecycle {
    stopping: CancellationToken,
    killing: CancellationToken,
    tasks: TaskTracker,
    failed: Arc<std::sync::atomic::AtomicBool>,
}

impl Lifecycle {
    /// A process that has just begun.
    pub fn new() -> Self {
        Self::default()
    }

    /// Cancelled when no more work is to be taken; what is under way is finished.
    pub fn stopping(&self) -> CancellationToken {
        self.stopping.clone()
    }

    /// Cancelled when everything is to be dropped where it stands.
    pub fn killing(&self) -> CancellationToken {
        self.killing.clone()
    }

    /// Runs a task of the process. When it panics the process stops: half of a service is worse than none,
    /// because nobody restarts it.
    pub fn spawn(&self, name: &'static str, future: impl Future<Output = ()> + Send + 'static) {
        let lifecycle = self.clone();
        self.tasks.spawn(
            async move {
                let killing = lifecycle.killing.clone();
                let task = tokio::spawn(future.in_current_span());
                let abort = task.abort_handle();
                let ended = tokio::select! {
                    ended = task => ended,
                    () = killing.cancelled() => return abort.abort(),
                };
                if ended.is_err_and(|error| error.is_panic()) {
                    tracing::error!(name, "a task panicked: stopping");
                    lifecycle
                        .failed
                        .store(true, std::sync::atomic::Ordering::Relaxed);
                    lifecycle.request_stop();
                }
            }
            .instrument(tracing::info_span!("task", name)),
        );
    }

    /// Asks everything to stop.
    pub fn request_stop(&self) {
        self.stopping.cancel();
    }

    /// Whether a task panicked.
    pub fn has_failed(&self) -> bool {
        self.failed.load(std::sync::atomic::Ordering::Relaxed)
    }

    /// Waits until all tasks have ended, or drops those that have not when the deadline has passed or the
    /// process is being killed. Answers whether all ended by themselves.
    pub async fn drain(&self, deadline: Duration) -> bool {
        self.request_stop();
        self.tasks.close();
        let drained = tokio::select! {
            () = self.tasks.wait() => true,
            () = tokio::time::sleep(deadline) => false,
            () = self.killing.cancelled() => false,
        };
        if !drained {
            self.killing.cancel();
            self.tasks.wait().await;
        }
        drained
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn tasks_that_stop_are_waited_for() {
        let lifecycle = Lifecycle::new();
        let stopping = lifecycle.stopping();
        lifecycle.spawn("polite", async move { stopping.cancelled().await });
        assert!(lifecycle.drain(Duration::from_secs(10)).await);
    }

    #[tokio::test]
    async fn tasks_that_do_not_stop_are_dropped_at_the_deadline() {
        let lifecycle = Lifecycle::new();
        lifecycle.spawn("stubborn", std::future::pending());
        assert!(!lifecycle.drain(Duration::from_millis(50)).await);
    }

    #[tokio::test]
    async fn a_task_that_panics_stops_the_process() {
        let lifecycle = Lifecycle::new();
        lifecycle.spawn("broken", async { panic!("on purpose") });
        lifecycle.stopping().cancelled().await;
        assert!(lifecycle.has_failed());
    }
}
