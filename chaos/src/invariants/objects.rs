use std::collections::{BTreeMap, BTreeSet};

use picup_domain::Phase;
use picup_objects::{Objects, media_prefix, original_key};
use uuid::Uuid;

use super::{
    Violation,
    log::History,
    sums::{Item, Sums},
};
use crate::faults::Site;

/// S3 lists so many at once.
const PAGE: u32 = 1000;

/// The bucket holds what the log explains: the original of everything that is stored or in the trash, nothing
/// of what was deleted, and nothing else.
pub async fn check(site: &Site, history: &History) -> anyhow::Result<Vec<Violation>> {
    let sums = Sums::of(history)?;
    let mut by_account: BTreeMap<Uuid, Vec<(Uuid, &Item)>> = BTreeMap::new();
    for account in sums.accounts.keys() {
        by_account.insert(*account, Vec::new());
    }
    for (media, item) in &sums.media {
        by_account
            .entry(item.account)
            .or_default()
            .push((*media, item));
    }
    let mut violations = Vec::new();
    for (account, items) in &by_account {
        let found = list(&site.installation.objects, *account, items).await?;
        violations.extend(account_objects(*account, items, &found));
    }
    Ok(violations)
}

/// Key and length of all objects of an account.
async fn list(
    objects: &Objects,
    account: Uuid,
    items: &[(Uuid, &Item)],
) -> anyhow::Result<BTreeMap<String, i64>> {
    let mut found = objects
        .list_after(&format!("u/{account}/"), "", PAGE)
        .await?;
    if found.len() >= PAGE as usize {
        found.clear();
        for (media, _) in items {
            let prefix = media_prefix(account, *media);
            found.extend(objects.list_after(&prefix, "", PAGE).await?);
        }
    }
    let pairs = found
        .into_iter()
        .map(|object| (object.key, i64::try_from(object.bytes).unwrap_or(i64::MAX)));
    Ok(pairs.collect())
}

fn account_objects(
    account: Uuid,
    items: &[(Uuid, &Item)],
    found: &BTreeMap<String, i64>,
) -> Vec<Violation> {
    const INVARIANT: &str = "objects = what the log explains";
    let mut violations = Vec::new();
    let mut explained = BTreeSet::new();
    for (media, item) in items {
        let key = original_key(account, *media);
        let bytes = found.get(&key).copied();
        let kept = matches!(item.phase, Phase::Stored | Phase::Trashed);
        if kept && bytes != Some(item.bytes) {
            let detail = format!("S3 holds {bytes:?} bytes of it instead of {}", item.bytes);
            violations.push(Violation::new(INVARIANT, format!("media/{media}"), detail));
        }
        // What is being uploaded may be there already.
        if kept || item.phase == Phase::Uploading {
            explained.insert(media_prefix(account, *media));
        }
    }
    for key in found.keys() {
        if !explained.iter().any(|prefix| key.starts_with(prefix)) {
            violations.push(Violation::new(
                INVARIANT,
                key,
                "nothing in the log explains it",
            ));
        }
    }
    violations
}
