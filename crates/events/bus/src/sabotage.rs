//! A mistake made on purpose, so that the chaos rig can show that it would be caught. It is not there in release
//! builds.

use lapin::message::Delivery;

use crate::{BusError, subscription::Subscription};

/// Acks a batch before it is handled, where that was asked for. Whether it did.
#[cfg(debug_assertions)]
pub(crate) async fn ack_early(
    subscription: &Subscription,
    batch: &[Delivery],
) -> Result<bool, BusError> {
    static ACKS_EARLY: std::sync::OnceLock<bool> = std::sync::OnceLock::new();
    let asked = ACKS_EARLY
        .get_or_init(|| std::env::var("PICUP_SABOTAGE").is_ok_and(|value| value == "ack-early"));
    match batch.last() {
        Some(last) if *asked => subscription.ack_up_to(last).await.map(|()| true),
        _ => Ok(false),
    }
}

/// Never does.
#[cfg(not(debug_assertions))]
#[expect(clippy::unused_async, reason = "the other one waits")]
pub(crate) async fn ack_early(_: &Subscription, _: &[Delivery]) -> Result<bool, BusError> {
    Ok(false)
}
