//! One account's objects: along the listing of `u/<account>/`, beside the events of the items that the keys name.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime},
};

use picup_domain::{Claim, Phase};
use picup_event_log::Head;
use picup_objects::{ListedObject, account_prefix, parse_key};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    AuditError, Difference, Findings, InFlight, Progress, Source, UsageAudit,
    findings::signed,
    life::{self, Life, Points},
    patience,
};

/// Objects in one step.
const PAGE: u32 = 300;

/// Originals and their bytes, and how many renditions there are beside them. Only originals count towards the quota.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    objects: u64,
    bytes: u64,
    renditions: u64,
}

impl Held {
    /// One original more, with so many renditions.
    pub fn add(&mut self, bytes: u64, renditions: u64) {
        self.objects += 1;
        self.bytes += bytes;
        self.renditions += renditions;
    }

    /// One object more that was found.
    fn find(&mut self, object: &ListedObject, is_original: bool) {
        if is_original {
            self.add(object.bytes, 0);
        } else {
            self.renditions += 1;
        }
    }
}

/// The walk along one account's objects.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ObjectsWalk {
    pub(super) account: Uuid,
    pub(super) in_flight: InFlight,
    pub(super) head_version: u64,
    head_position: u64,
    after: String,
    /// What the log says is stored since before the walk along the ledger began.
    expected: Held,
    /// Those of them that were found. They are a part of the expected ones, so that none can stand in for
    /// another that is missing.
    found: Held,
}

/// What an object is.
enum Standing {
    /// As it must be.
    Explained(Counts),
    /// Not as it must be.
    Suspect(Suspicion),
}

/// As what an object counts that was stored before the walk began.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Counts {
    Nothing,
    Original,
    Rendition,
}

/// What is wrong with an object.
struct Suspicion {
    expected: u64,
    what: &'static str,
}

impl ObjectsWalk {
    /// Begins after the walk along the ledger.
    pub fn new(account: Uuid, head: Head, expected: Held, in_flight: InFlight) -> Self {
        Self {
            account,
            in_flight,
            head_version: head.version,
            head_position: head.position,
            after: String::new(),
            expected,
            found: Held::default(),
        }
    }

    /// Whether every expected object was found.
    pub fn is_complete(&self) -> bool {
        self.found == self.expected
    }

    /// Up to where items are folded when their objects are looked at.
    pub(super) fn points(&self) -> Points {
        Points {
            ledger: Head {
                version: self.head_version,
                position: self.head_position,
            },
            usage: 0,
            listings: 0,
        }
    }

    /// Looks at a page. Says whether it was the last.
    pub async fn step(
        &mut self,
        audit: &UsageAudit,
        progress: &mut Progress,
        findings: &mut Findings,
    ) -> Result<bool, AuditError> {
        let prefix = account_prefix(self.account);
        let page = audit.objects.list_after(&prefix, &self.after, PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(true);
        };
        self.after.clone_from(&last.key);
        progress.objects += page.len() as u64;
        progress.object_bytes += page.iter().map(|object| object.bytes).sum::<u64>();
        let mut suspects = Vec::new();
        let lives = self.lives(audit, &page).await?;
        for object in page {
            match self.standing(&object, &lives) {
                Standing::Explained(Counts::Nothing) => {}
                Standing::Explained(counts) => {
                    self.found.find(&object, counts == Counts::Original);
                }
                Standing::Suspect(_) => suspects.push(object),
            }
        }
        self.look_again(audit, suspects, findings).await?;
        Ok(false)
    }

    /// A listing and the log are read one after the other, so what looks wrong may only have changed in
    /// between: what is still wrong after a while is.
    async fn look_again(
        &self,
        audit: &UsageAudit,
        mut suspects: Vec<ListedObject>,
        findings: &mut Findings,
    ) -> Result<(), AuditError> {
        let mut look = 0;
        while !suspects.is_empty() && patience::again(look).await {
            look += 1;
            let mut still = Vec::new();
            for suspect in suspects {
                let found = audit.objects.list_after(&suspect.key, "", 1).await?;
                still.extend(found.into_iter().filter(|object| object.key == suspect.key));
            }
            let lives = self.lives(audit, &still).await?;
            suspects = still;
            suspects.retain(|object| matches!(self.standing(object, &lives), Standing::Suspect(_)));
        }
        let lives = self.lives(audit, &suspects).await?;
        for object in &suspects {
            if let Standing::Suspect(suspicion) = self.standing(object, &lives) {
                findings
                    .differences
                    .push(self.difference(object, &suspicion));
            }
        }
        Ok(())
    }

    async fn lives(
        &self,
        audit: &UsageAudit,
        page: &[ListedObject],
    ) -> Result<BTreeMap<Uuid, Life>, AuditError> {
        let names = page.iter().filter_map(|object| parse_key(&object.key));
        let media: BTreeMap<Uuid, Points> = names.map(|name| (name.media, self.points())).collect();
        let items: Vec<_> = media.into_iter().collect();
        life::read_all(&audit.log, &items).await
    }

    fn standing(&self, object: &ListedObject, lives: &BTreeMap<Uuid, Life>) -> Standing {
        let suspect = |expected, what| Standing::Suspect(Suspicion { expected, what });
        let name = parse_key(&object.key);
        let life = name.and_then(|name| lives.get(&name.media));
        let (Some(name), Some(life)) = (name, life) else {
            return suspect(0, "the object is not where those of media items are");
        };
        let age = object.modified_at.map_or(Duration::MAX, |at| {
            SystemTime::now().duration_since(at).unwrap_or_default()
        });
        if let Some(what) = life.now.why_unexplained(self.account, name.name, age) {
            return suspect(0, what);
        }
        match life.now.claim(name.name) {
            Claim::Held { bytes } if bytes != object.bytes => {
                suspect(bytes, "the object's length is not what the log says")
            }
            Claim::Held { .. } => Standing::Explained(counts(life, name.name)),
            Claim::Open | Claim::Unrecorded | Claim::Nothing => {
                Standing::Explained(Counts::Nothing)
            }
        }
    }

    fn difference(&self, object: &ListedObject, suspicion: &Suspicion) -> Difference {
        let difference = Difference {
            account: Some(self.account),
            figure: "object_bytes",
            expected: (Source::MediaEvents, signed(suspicion.expected)),
            found: (Source::Objects, signed(object.bytes)),
            what: suspicion.what.to_owned(),
            media: Vec::new(),
            keys: vec![object.key.clone()],
        };
        match parse_key(&object.key) {
            Some(name) => difference.of_media(name.media),
            None => difference,
        }
    }
}

/// As what an object counts that is as it must be.
fn counts(life: &Life, name: &str) -> Counts {
    if !matches!(life.at_ledger, Phase::Stored | Phase::Trashed) {
        Counts::Nothing
    } else if name == "original" {
        Counts::Original
    } else if life.renditions_at_ledger.iter().any(|known| known == name) {
        Counts::Rendition
    } else {
        Counts::Nothing
    }
}
