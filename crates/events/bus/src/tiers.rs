use std::time::Duration;

use uuid::Uuid;

/// How long a message waits before another attempt, 20 % more or less, so that those that failed together
/// do not come back together.
///
/// Each message has a time of its own within these bounds, and the queue the longest of them. A quorum
/// queue lets messages expire only at its head, so a neighbour may hold one up, but never beyond that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryTier {
    /// How it is called in the queue's name.
    pub name: &'static str,
    /// How long a message waits.
    pub delay: Duration,
}

/// The part of a tier's time by which a message's own may differ from it.
const JITTER: f64 = 0.2;

impl RetryTier {
    /// The longest that a message may wait.
    pub(crate) fn longest(self) -> Duration {
        self.delay.mul_f64(1.0 + JITTER)
    }

    /// How long one message waits.
    pub(crate) fn jittered(self) -> Duration {
        let [random, ..] = *Uuid::new_v4().as_bytes();
        let part = f64::from(random) / f64::from(u8::MAX);
        self.delay.mul_f64(1.0 - JITTER + 2.0 * JITTER * part)
    }
}

/// The tiers in the order in which a message goes through them.
pub const RETRY_TIERS: [RetryTier; 4] = [
    RetryTier {
        name: "about-1s",
        delay: Duration::from_secs(1),
    },
    RetryTier {
        name: "about-10s",
        delay: Duration::from_secs(10),
    },
    RetryTier {
        name: "about-1m",
        delay: Duration::from_mins(1),
    },
    RetryTier {
        name: "about-10m",
        delay: Duration::from_mins(10),
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_that_failed_together_wait_for_different_times_within_a_fifth() {
        for tier in RETRY_TIERS {
            let times: Vec<Duration> = (0..200).map(|_| tier.jittered()).collect();
            let (least, most) = (times.iter().min().unwrap(), times.iter().max().unwrap());
            assert!(*least >= tier.delay.mul_f64(0.799), "{least:?}");
            assert!(*most <= tier.longest(), "{most:?}");
            assert!(
                *most > *least + tier.delay.mul_f64(0.2),
                "{least:?} to {most:?}"
            );
        }
    }
}
