use std::{net::IpAddr, time::Duration};

use moka::future::Cache;
use picup_service::errors::{ErrorCode, Fault};
use uuid::Uuid;

/// Guessers that are remembered, at most.
const REMEMBERED: u64 = 100_000;
/// How long a guesser waits, from the last guess on.
const FOR: Duration = Duration::from_mins(1);

/// Somebody who tries passwords: at which share, and from which household. Others are not held up by them.
pub type Guesser = (Uuid, Option<IpAddr>);

/// Passwords of shares that were tried. A right one counts for nothing: guests come back every quarter of an hour.
pub struct Guesses {
    tried: Cache<Guesser, u32>,
    most: u32,
}

impl Guesses {
    /// So many wrong ones a guesser.
    pub fn new(most: u32) -> Self {
        let tried = Cache::builder()
            .max_capacity(REMEMBERED)
            .time_to_live(FOR)
            .build();
        Self { tried, most }
    }

    /// Counts a guess before it is looked at, and refuses one too many.
    pub async fn begin(&self, guesser: Guesser) -> Result<(), Fault> {
        let entry = self.tried.entry(guesser);
        let counted = entry.and_upsert_with(|before| async move {
            before.map_or(1, |before| before.into_value().saturating_add(1))
        });
        if counted.await.into_value() <= self.most {
            return Ok(());
        }
        let fault = Fault::new(ErrorCode::TooManyRequests, "too many tries: wait a minute");
        Err(fault.with_reason("SHARE_THROTTLED"))
    }

    /// The guess was right.
    pub async fn was_right(&self, guesser: Guesser) {
        self.tried.invalidate(&guesser).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn wrong_guesses_count_for_their_own_household_and_right_ones_never() {
        let guesses = Guesses::new(2);
        let share = Uuid::from_u128(1);
        let (one, other) = ((share, None), (share, "192.0.2.1".parse().ok()));
        for _ in 0..5 {
            guesses.begin(one).await.unwrap();
            guesses.was_right(one).await;
        }
        guesses.begin(one).await.unwrap();
        guesses.begin(one).await.unwrap();
        assert!(guesses.begin(one).await.is_err());
        assert!(guesses.begin(other).await.is_ok());
    }
}
