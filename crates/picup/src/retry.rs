//! How often and how long to try again.

use std::time::Duration;

use aws_lc_rs::rand;

/// How often and how long to try again. Pauses double, with jitter, up to a longest one.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    attempts: u32,
    first: Duration,
    longest: Duration,
}

impl Patience {
    /// For somebody who waits at the keyboard: over in about two seconds.
    pub const SHORT: Self = Self {
        attempts: 4,
        first: Duration::from_millis(250),
        longest: Duration::from_secs(5),
    };

    /// For work of many items, which should outlive the restart of a server: about 45 seconds.
    pub const LONG: Self = Self {
        attempts: 8,
        first: Duration::from_millis(500),
        longest: Duration::from_secs(15),
    };

    /// The pause after a failed attempt (the first one is 0), or `None` when it is time to give up.
    /// What the server asked for counts, unless it is longer than this patience.
    pub fn pause(&self, attempt: u32, asked: Option<Duration>) -> Option<Duration> {
        if attempt + 1 >= self.attempts {
            return None;
        }
        let pause = self
            .first
            .saturating_mul(1 << attempt.min(16))
            .min(self.longest);
        match asked {
            Some(asked) if asked > self.longest => None,
            asked => Some(
                pause
                    .mul_f64(0.5 + random_fraction() / 2.0)
                    .max(asked.unwrap_or_default()),
            ),
        }
    }
}

/// Keeps clients that failed together from coming back together.
fn random_fraction() -> f64 {
    let mut bytes = [0; 4];
    // Without randomness there is no jitter, and retrying still works.
    let _ = rand::fill(&mut bytes);
    f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_end() {
        let pauses: Vec<Duration> = (0..20)
            .map_while(|attempt| Patience::LONG.pause(attempt, None))
            .collect();
        assert_eq!(pauses.len(), 7);
        assert!(pauses[0] <= Duration::from_millis(500));
        assert!(pauses[6] >= Duration::from_millis(7500) && pauses[6] <= Duration::from_secs(15));
    }

    #[test]
    fn the_servers_wish_is_honoured_within_reason() {
        let wish = Some(Duration::from_secs(4));
        assert!(Patience::SHORT.pause(0, wish) >= wish);
        assert_eq!(Patience::SHORT.pause(0, Some(Duration::from_mins(1))), None);
    }
}
