use std::num::NonZeroU64;

/// Spans of time in which URLs are equal, so that browsers' caches hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    seconds: NonZeroU64,
}

impl Window {
    /// So many seconds each.
    pub fn new(seconds: NonZeroU64) -> Self {
        Self { seconds }
    }

    /// When a URL ends that is signed at `now`, in seconds since 1970: at the end of the window after this one. So
    /// all that is signed in one window is equal, and works for at least one more.
    pub fn expiry(self, now: u64) -> u64 {
        let length = self.seconds.get();
        (now / length).saturating_add(2).saturating_mul(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_of_one_window_are_equal_and_work_for_one_more() {
        let window = Window::new(NonZeroU64::new(3600).unwrap());
        assert_eq!(window.expiry(7200), 14_400);
        assert_eq!(window.expiry(10_799), 14_400);
        assert_eq!(window.expiry(10_800), 18_000);
        for now in [0, 1, 3599, 3600, 1_767_225_599] {
            let left = window.expiry(now) - now;
            assert!((3601..=7200).contains(&left), "{now}: {left}");
        }
    }
}
