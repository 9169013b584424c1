use std::time::Duration;

use uuid::Uuid;

const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(5);

/// How long to wait before the next try: doubled with every failure up to a limit, and between a
/// half and the whole of that, so that those who failed together do not come back together.
#[derive(Debug, Default)]
pub(crate) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// Counts a failure and says how long to wait because of it.
    pub(crate) fn failed(&mut self) -> Duration {
        let longest = FIRST
            .saturating_mul(1 << self.failures.min(16))
            .min(LONGEST);
        self.failures = self.failures.saturating_add(1);
        let [random, ..] = *Uuid::new_v4().as_bytes();
        longest.mul_f64(0.5 + f64::from(random) / 512.0)
    }

    /// Forgets the failures: it works again.
    pub(crate) fn reset(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_starts_short_grows_to_its_limit_and_starts_over_after_success() {
        let mut backoff = Backoff::default();
        let first = backoff.failed();
        assert!(first >= FIRST / 2 && first <= FIRST, "{first:?}");
        for _ in 0..100 {
            assert!(backoff.failed() <= LONGEST);
        }
        assert!(backoff.failed() >= LONGEST / 2);
        backoff.reset();
        assert!(backoff.failed() <= FIRST);
    }
}
