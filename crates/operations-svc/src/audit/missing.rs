//! Fewer originals were found than the log says are stored: which ones are missing. Only then is every item asked
//! for by its own key.

use futures::{StreamExt as _, TryStreamExt as _, stream};
use picup_event_log::Head;
use picup_event_types::StreamId;
use picup_objects::original_key;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    AuditError, Difference, Findings, InFlight, Source, UsageAudit,
    booking::reserved,
    findings::signed,
    life::{self, Life, Points},
    objects::ObjectsWalk,
    patience,
};

/// Events of the ledger in one step.
const PAGE: u32 = 150;
/// Objects asked for at once.
const AT_ONCE: usize = 8;
/// Nothing here depends on when.
const ANY: Points = Points {
    ledger: Head {
        version: 0,
        position: 0,
    },
    usage: 0,
    listings: 0,
};

/// The walk along one ledger in search of what is missing.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MissingWalk {
    pub(super) account: Uuid,
    pub(super) in_flight: InFlight,
    head_version: u64,
    walked: u64,
}

impl MissingWalk {
    /// Begins after a walk along the objects.
    pub fn after(walk: &ObjectsWalk) -> Self {
        Self {
            account: walk.account,
            in_flight: walk.in_flight,
            head_version: walk.head_version,
            walked: 0,
        }
    }

    /// Searches a page. Says whether it was the last.
    pub async fn step(
        &mut self,
        audit: &UsageAudit,
        findings: &mut Findings,
    ) -> Result<bool, AuditError> {
        let ledger = StreamId::ledger_of(self.account);
        let mut page = audit.log.load(ledger, self.walked, PAGE).await?;
        page.retain(|recorded| recorded.version <= self.head_version);
        let Some(last) = page.last() else {
            return Ok(true);
        };
        self.walked = last.version;
        let mut missing = self.missing(audit, reserved(&page)?).await?;
        let mut look = 0;
        while !missing.is_empty() && patience::again(look).await {
            look += 1;
            let media = missing.into_iter().map(|(media, _)| media).collect();
            missing = self.missing(audit, media).await?;
        }
        for (media, bytes) in missing {
            let difference = Difference {
                account: Some(self.account),
                figure: "object_bytes",
                expected: (Source::MediaEvents, signed(bytes)),
                found: (Source::Objects, 0),
                what: "the original is not there".to_owned(),
                media: Vec::new(),
                keys: Vec::new(),
            };
            let key = original_key(self.account, media);
            findings
                .differences
                .push(difference.of_media(media).of_key(key));
        }
        Ok(false)
    }

    /// Those of the items that are stored and whose original is not there. The log is read first: an item
    /// that is deleted meanwhile is no longer stored at the next look.
    async fn missing(
        &self,
        audit: &UsageAudit,
        media: Vec<Uuid>,
    ) -> Result<Vec<(Uuid, u64)>, AuditError> {
        let items: Vec<_> = media.into_iter().map(|media| (media, ANY)).collect();
        let lives = life::read_all(&audit.log, &items).await?;
        let stored = lives.into_iter().filter(|(_, life)| life.is_stored());
        let searches: Vec<_> = stored
            .map(|(media, life)| absent(audit, original_key(self.account, media), media, life))
            .collect();
        stream::iter(searches)
            .buffer_unordered(AT_ONCE)
            .try_filter_map(|missing| std::future::ready(Ok(missing)))
            .try_collect()
            .await
    }
}

/// The item and its bytes, where no object has this key.
async fn absent(
    audit: &UsageAudit,
    key: String,
    media: Uuid,
    life: Life,
) -> Result<Option<(Uuid, u64)>, AuditError> {
    let found = audit.objects.list_after(&key, "", 1).await?;
    let there = found.iter().any(|object| object.key == key);
    Ok((!there).then(|| (media, life.bytes())))
}
