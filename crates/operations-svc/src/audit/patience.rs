//! How often to look again before something is called a difference.

use std::time::Duration;

/// The pause before each further look: what is under way has had about four seconds.
const PAUSES: [Duration; 5] = [
    Duration::from_millis(100),
    Duration::from_millis(300),
    Duration::from_millis(600),
    Duration::from_secs(1),
    Duration::from_secs(2),
];

/// Waits before a further look, the first of which is 0. Says whether there is to be one.
pub async fn again(look: usize) -> bool {
    match PAUSES.get(look) {
        Some(pause) => {
            tokio::time::sleep(*pause).await;
            true
        }
        None => false,
    }
}
