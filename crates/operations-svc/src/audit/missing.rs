//! Fewer objects were found than the log says are stored: which ones are missing. Only then is every item asked for by
//! its own prefix.

use std::collections::BTreeSet;

use futures::{StreamExt as _, TryStreamExt as _, stream};
use picup_event_log::Head;
use picup_event_types::StreamId;
use picup_objects::media_prefix;
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

/// An object that S3 must hold and does not.
struct Missing {
    media: Uuid,
    name: String,
    bytes: u64,
}

impl MissingWalk {
    /// Begins along the ledger of an account, up to its head.
    pub fn of(account: Uuid, head_version: u64) -> Self {
        Self {
            account,
            in_flight: InFlight::default(),
            head_version,
            walked: 0,
        }
    }

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
            let media: BTreeSet<Uuid> = missing.iter().map(|missing| missing.media).collect();
            missing = self.missing(audit, media.into_iter().collect()).await?;
        }
        let differences = missing.iter().map(|missing| self.difference(missing));
        findings.differences.extend(differences);
        Ok(false)
    }

    /// What the items must hold and S3 does not. The log is read first: an item that is deleted meanwhile must hold
    /// nothing at the next look.
    async fn missing(
        &self,
        audit: &UsageAudit,
        media: Vec<Uuid>,
    ) -> Result<Vec<Missing>, AuditError> {
        let items: Vec<_> = media.into_iter().map(|media| (media, ANY)).collect();
        let lives = life::read_all(&audit.log, &items).await?;
        let stored = lives.into_iter().filter(|(_, life)| life.is_stored());
        let searches: Vec<_> = stored
            .map(|(media, life)| absent(audit, media_prefix(self.account, media), media, life))
            .collect();
        let absent: Vec<Vec<Missing>> = stream::iter(searches)
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await?;
        Ok(absent.into_iter().flatten().collect())
    }

    fn difference(&self, missing: &Missing) -> Difference {
        let what = if missing.name == "original" {
            "the original is not there"
        } else {
            "a recorded rendition is not there"
        };
        let difference = Difference {
            account: Some(self.account),
            figure: "object_bytes",
            expected: (Source::MediaEvents, signed(missing.bytes)),
            found: (Source::Objects, 0),
            what: what.to_owned(),
            media: Vec::new(),
            keys: Vec::new(),
        };
        let key = media_prefix(self.account, missing.media) + &missing.name;
        difference.of_media(missing.media).of_key(key)
    }
}

/// What an item must hold and S3 does not.
async fn absent(
    audit: &UsageAudit,
    prefix: String,
    media: Uuid,
    life: Life,
) -> Result<Vec<Missing>, AuditError> {
    let found = audit.objects.list_after(&prefix, "", 1000).await?;
    let there = |name: &str| {
        found
            .iter()
            .any(|object| object.key[prefix.len()..] == *name)
    };
    let missing = life.now.held().filter(|(name, _)| !there(name));
    let missing = missing.map(|(name, bytes)| Missing {
        media,
        name: name.to_owned(),
        bytes,
    });
    Ok(missing.collect())
}
