//! `picup usage`: the quota and what uses it.

use picup_proto::queries::v1::GetUsageResponse;
use serde::Serialize;

use crate::{
    Context, Result,
    output::{card, size},
};

const BAR_WIDTH: u64 = 40;

#[derive(Debug, Serialize)]
struct UsageView {
    quota_bytes: u64,
    used_bytes: u64,
    reserved_bytes: u64,
    trash_bytes: u64,
    free_bytes: u64,
    photos: u64,
    videos: u64,
}

/// Runs `picup usage`.
pub async fn run(context: &Context) -> Result<()> {
    let usage = context.client()?.usage().await?;
    let view = UsageView::from(usage);
    context.output.data(&view, || {
        card(&[
            ("quota", size(view.quota_bytes)),
            (
                "used",
                format!(
                    "{}  {}",
                    size(view.used_bytes),
                    bar(view.used_bytes, view.quota_bytes)
                ),
            ),
            (
                "in trash",
                format!("{} of what is used", size(view.trash_bytes)),
            ),
            (
                "reserved",
                format!(
                    "{} for uploads that are under way",
                    size(view.reserved_bytes)
                ),
            ),
            ("free", size(view.free_bytes)),
            ("photos", view.photos.to_string()),
            ("videos", view.videos.to_string()),
        ])
    })
}

impl From<GetUsageResponse> for UsageView {
    fn from(usage: GetUsageResponse) -> Self {
        let taken = usage.stored_bytes.saturating_add(usage.reserved_bytes);
        Self {
            quota_bytes: usage.quota_bytes,
            used_bytes: usage.stored_bytes,
            reserved_bytes: usage.reserved_bytes,
            trash_bytes: usage.trash_bytes,
            free_bytes: usage.quota_bytes.saturating_sub(taken),
            photos: usage.photos,
            videos: usage.videos,
        }
    }
}

/// `[####----] 50 %`. Anything used shows at least one mark, and only a full quota shows all.
fn bar(used: u64, quota: u64) -> String {
    let share = |of: u64| {
        let share = u128::from(used) * u128::from(of) / u128::from(quota.max(1));
        u64::try_from(share).unwrap_or(u64::MAX)
    };
    let marks = share(BAR_WIDTH).clamp(u64::from(used > 0), BAR_WIDTH);
    let drawn: String = (0..BAR_WIDTH)
        .map(|place| if place < marks { '#' } else { '-' })
        .collect();
    format!("[{drawn}] {} %", share(100))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(used: u64, quota: u64) -> usize {
        bar(used, quota).matches('#').count()
    }

    #[test]
    fn the_bar_is_full_only_when_the_quota_is() {
        assert_eq!(marks(0, 1000), 0);
        assert_eq!(marks(1, 1_000_000), 1);
        assert_eq!(marks(500, 1000), 20);
        assert_eq!(marks(999, 1000), 39);
        assert_eq!(marks(1000, 1000), 40);
        assert_eq!(marks(u64::MAX, 1), 40);
        assert_eq!(marks(5, 0), 40);
    }

    #[test]
    fn free_is_what_is_neither_used_nor_reserved() {
        let usage = GetUsageResponse {
            quota_bytes: 100,
            stored_bytes: 60,
            reserved_bytes: 50,
            ..GetUsageResponse::default()
        };
        assert_eq!(UsageView::from(usage).free_bytes, 0);
    }
}
