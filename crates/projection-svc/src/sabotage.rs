//! A mistake made on purpose, so that the chaos rig can show that it would be caught. It is not there in release
//! builds.

use std::collections::BTreeMap;

use picup_event_types::RecordedEvent;
#[cfg(debug_assertions)]
use picup_service::config::{Environment, Source as _};

use crate::gate::Known;

/// Whether events are applied without a look at their versions.
#[cfg(debug_assertions)]
pub fn skips_gate() -> bool {
    static SKIPS: std::sync::OnceLock<bool> = std::sync::OnceLock::new();
    *SKIPS.get_or_init(|| Environment.get("PICUP_SABOTAGE").as_deref() == Some("skip-gate"))
}

/// Never.
#[cfg(not(debug_assertions))]
pub const fn skips_gate() -> bool {
    false
}

/// What is known of a stream or, with the gate skipped, what lets all of these events in.
pub fn known(known: Known, events: &BTreeMap<u64, RecordedEvent>) -> Known {
    match events.keys().next() {
        Some(first) if skips_gate() => Known {
            version: first.saturating_sub(1),
            blocked: None,
        },
        _ => known,
    }
}
