use picup_event_types::{Category, StreamId};
use tokio::sync::{Mutex, MutexGuard};

/// Ledgers share these; two accounts that meet in one only wait a little for each other.
const TURNS: usize = 256;

/// Lets the commands of one account, within this process, go one after the other.
pub struct Turns([Mutex<()>; TURNS]);

impl Default for Turns {
    fn default() -> Self {
        Self(std::array::from_fn(|_| Mutex::new(())))
    }
}

impl Turns {
    /// Waits until no other command of this process is under way on the same ledger. Commands that touch
    /// no ledger do not wait. The wait is bounded by the request's own deadline.
    pub async fn wait_for(&self, streams: &[StreamId]) -> Option<MutexGuard<'_, ()>> {
        let ledger = streams
            .iter()
            .find(|stream| stream.category == Category::Ledger)?;
        let index = ledger.id.as_u128() % TURNS as u128;
        Some(self.0[usize::try_from(index).unwrap_or(0)].lock().await)
    }
}
