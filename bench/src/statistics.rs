//! What is said of many measurements.

use std::time::Duration;

use serde::Serialize;

/// The middle of some values and how far they lie apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Spread {
    /// The value in the middle.
    pub median: f64,
    /// The least.
    pub min: f64,
    /// The greatest.
    pub max: f64,
}

impl Spread {
    /// Of values in any order; zeros where there are none.
    pub fn of(values: &[f64]) -> Self {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let (Some(min), Some(max)) = (sorted.first(), sorted.last()) else {
            return Self::default();
        };
        let upper = sorted[sorted.len() / 2];
        let lower = sorted[(sorted.len() - 1) / 2];
        Self {
            median: f64::midpoint(lower, upper),
            min: *min,
            max: *max,
        }
    }
}

/// Ours and the bare thing, measured in turns.
#[derive(Clone, Debug, Default)]
pub struct Pairs {
    ours: Vec<f64>,
    bare: Vec<f64>,
}

impl Pairs {
    /// Adds a pair that was measured one right after the other.
    pub fn add(&mut self, ours: f64, bare: f64) {
        self.ours.push(ours);
        self.bare.push(bare);
    }

    /// Ours alone.
    pub fn ours(&self) -> Spread {
        Spread::of(&self.ours)
    }

    /// The bare thing alone.
    pub fn bare(&self) -> Spread {
        Spread::of(&self.bare)
    }

    /// Ours divided by the bare thing, pair by pair: what disturbs the machine for a while disturbs both.
    pub fn ratio(&self) -> Spread {
        let pairs = self.ours.iter().zip(&self.bare);
        Spread::of(&pairs.map(|(ours, bare)| ours / bare).collect::<Vec<_>>())
    }
}

/// The time that so many of a hundred do not exceed, in milliseconds, by the nearest rank.
pub fn percentile(times: &[Duration], percent: usize) -> f64 {
    let mut sorted = times.to_vec();
    sorted.sort();
    let rank = (sorted.len() * percent).div_ceil(100);
    let time = sorted.get(rank.saturating_sub(1)).copied();
    time.unwrap_or_default().as_secs_f64() * 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_lies_in_the_middle_of_an_odd_and_of_an_even_number() {
        let spread = Spread::of(&[5.0, 1.0, 3.0]);
        assert_eq!((spread.median, spread.min, spread.max), (3.0, 1.0, 5.0));
        assert!((Spread::of(&[4.0, 1.0, 2.0, 3.0]).median - 2.5).abs() < f64::EPSILON);
    }

    #[test]
    fn the_ratio_is_taken_pair_by_pair() {
        let mut pairs = Pairs::default();
        // The second pair was measured on a machine half as fast.
        pairs.add(20.0, 10.0);
        pairs.add(10.0, 5.0);
        assert_eq!(pairs.ratio(), Spread::of(&[2.0, 2.0]));
    }

    #[test]
    fn a_percentile_is_one_of_the_times() {
        let times: Vec<_> = (1..=200).rev().map(Duration::from_millis).collect();
        assert!((percentile(&times, 50) - 100.0).abs() < 1e-9);
        assert!((percentile(&times, 99) - 198.0).abs() < 1e-9);
        assert!((percentile(&times[..1], 50) - 200.0).abs() < 1e-9);
    }
}
