//! What the tests of the whole system stand on: private servers that all tests share, an installation of
//! Pic-up for each test with data of its own, and people who use it.
//!
//! Nothing here stands in for a real part: the services are those that run in production, the servers are
//! real ones. Start reading at [`System`].

mod endings;
mod files;
mod letters;
mod person;
mod proxy;
mod raw;
mod servers;
mod sharing;
mod system;

pub use files::{film, jpeg, mp4_of, png, put_behind, put_signed};
pub use letters::{Bus, Letters};
pub use person::{PASSWORD, Person, reason};
pub use proxy::SlowLine;
pub use raw::{Answer, send};
pub use servers::{own_servers, own_servers_with_replica, shared_servers};
pub use sharing::{in_micros, link_to, open_share};
pub use system::{Service, System};

use std::time::{Duration, Instant};

/// Asks again and again until the answer is the expected one, and fails with the last answer when it is
/// not after `patience`.
pub async fn eventually<T, F>(patience: Duration, expected: &T, mut ask: impl FnMut() -> F)
where
    T: PartialEq + std::fmt::Debug,
    F: Future<Output = T>,
{
    let start = Instant::now();
    loop {
        let answer = ask().await;
        if answer == *expected {
            return;
        }
        assert!(
            start.elapsed() < patience,
            "after {patience:?}: {answer:?}, not {expected:?}"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
