use std::time::Duration;

use tokio::time::Instant;

/// Letters in the first batch: enough to see whether they fail again.
pub const FIRST: u32 = 20;
/// Letters in a batch, at most.
const LARGEST: u32 = 2000;
/// Batches a second where there is a rate.
const BEATS: u32 = 10;

/// How many letters go at once and when: a few first, then as many as fit, and never faster than the
/// rate.
#[derive(Debug)]
pub struct Pace {
    rate: u32,
    batch: u32,
    begun: Instant,
    sent: u32,
}

impl Pace {
    /// A pace that begins now; a rate of 0 is none.
    pub fn new(rate: u32) -> Self {
        Self {
            rate,
            batch: FIRST,
            begun: Instant::now(),
            sent: 0,
        }
    }

    /// How many letters may go next.
    pub fn batch(&self) -> u32 {
        match self.rate {
            0 => self.batch,
            rate => self.batch.min((rate / BEATS).max(1)),
        }
    }

    /// Whether the next letters may be taken in hand while others are on their way.
    pub fn looks_ahead(&self) -> bool {
        self.rate == 0
    }

    /// Counts what went, and says how long to wait because of it.
    pub fn sent(&mut self, letters: usize) -> Duration {
        self.sent = self
            .sent
            .saturating_add(u32::try_from(letters).unwrap_or(u32::MAX));
        self.batch = LARGEST;
        if self.rate == 0 {
            return Duration::ZERO;
        }
        let due = Duration::from_secs_f64(f64::from(self.sent) / f64::from(self.rate));
        due.saturating_sub(self.begun.elapsed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn without_a_rate_all_but_the_first_batch_are_large_and_never_wait() {
        let mut pace = Pace::new(0);
        assert_eq!(pace.batch(), FIRST);
        for _ in 0..10 {
            assert_eq!(pace.sent(2000), Duration::ZERO);
        }
        assert_eq!(pace.batch(), LARGEST);
    }

    #[tokio::test(start_paused = true)]
    async fn a_rate_is_never_exceeded() {
        let mut pace = Pace::new(50);
        let begun = Instant::now();
        let mut sent = 0;
        while sent < 500 {
            let batch = pace.batch();
            sent += batch;
            tokio::time::sleep(pace.sent(batch as usize)).await;
        }
        assert!(begun.elapsed() >= Duration::from_millis(9900));
        assert!(begun.elapsed() <= Duration::from_millis(10_200));
        assert_eq!(Pace::new(3).batch(), 1);
    }
}
