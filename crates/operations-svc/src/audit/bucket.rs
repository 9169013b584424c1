//! What S3 holds beside what the log says it must hold: along the bucket, object by object, then along the ledgers in
//! search of what is missing, then what lies in quarantine.

mod cursor;
mod judge;

use std::collections::{BTreeMap, BTreeSet};

use picup_domain::Media;
use picup_event_log::Quarantine;
use picup_event_types::StreamId;
use picup_objects::{ListedObject, OpenMultipart, parse_key};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{AuditError, Findings, UsageAudit, booking::decoded, missing::MissingWalk, patience};
use cursor::ObjectsPlace as Place;
use judge::{judge, why_unexplained_upload};

pub use cursor::ObjectsCursor;

/// Objects in one step.
const PAGE: u32 = 300;
/// Rows of the quarantine in one step.
const ROWS: u32 = 200;

/// Compares S3 with the log.
pub struct ObjectsAudit {
    usage: UsageAudit,
    quarantine: Quarantine,
}

/// What is wrong with an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FindingKind {
    /// No event explains it.
    Unexplained,
    /// The log says that it is there, and it is not.
    Missing,
    /// It has another length than the log says.
    WrongLength,
    /// It is an open upload in parts that no event explains.
    UnexplainedUpload,
    /// It lies in quarantine.
    Quarantined,
}

/// Something that S3 and the log do not agree on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectFinding {
    /// What is wrong with it.
    pub kind: FindingKind,
    /// Its key.
    pub key: String,
    /// Its length by the log; 0 where that says nothing.
    pub expected: u64,
    /// Its length by S3; 0 where there is nothing.
    pub found: u64,
    /// What is wrong, in words.
    pub what: String,
    /// Since when it has been in quarantine.
    pub since: Option<OffsetDateTime>,
}

impl ObjectsAudit {
    /// Compares what `usage` knows, and shows the quarantine.
    pub fn new(usage: UsageAudit, quarantine: Quarantine) -> Self {
        Self { usage, quarantine }
    }

    /// Goes one step on. The cursor moves only when the step is done.
    pub async fn step(&self, cursor: &mut ObjectsCursor) -> Result<Vec<ObjectFinding>, AuditError> {
        let mut next = cursor.clone();
        let mut found = Vec::new();
        next.place = match std::mem::replace(&mut next.place, Place::Done) {
            Place::Objects { after } => self.objects(&mut next, &after, &mut found).await?,
            Place::Uploads { after } => self.uploads(&next.prefix(), after, &mut found).await?,
            Place::Accounts { after } => self.next_account(next.scope, after).await?,
            Place::Missing(walk) => self.missing(&mut next, walk, &mut found).await?,
            Place::Quarantine { after } => {
                self.quarantined(&next.prefix(), after, &mut found).await?
            }
            Place::Done => Place::Done,
        };
        *cursor = next;
        Ok(found)
    }

    async fn objects(
        &self,
        cursor: &mut ObjectsCursor,
        after: &str,
        found: &mut Vec<ObjectFinding>,
    ) -> Result<Place, AuditError> {
        if let Some(account) = cursor.scope
            && after.is_empty()
        {
            let head = self.usage.log.head_of(StreamId::account(account)).await?;
            head.ok_or(AuditError::NoAccount)?;
        }
        let objects = &self.usage.objects;
        let page = objects.list_after(&cursor.prefix(), after, PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(Place::Uploads { after: None });
        };
        let after = last.key.clone();
        cursor.progress.objects += page.len() as u64;
        cursor.progress.object_bytes += page.iter().map(|object| object.bytes).sum::<u64>();
        found.extend(self.judge_objects(page).await?);
        Ok(Place::Objects { after })
    }

    /// A listing and the log are read one after the other, so what looks wrong may only have changed in between: what
    /// is still wrong after a while is.
    async fn judge_objects(
        &self,
        mut objects: Vec<ListedObject>,
    ) -> Result<Vec<ObjectFinding>, AuditError> {
        let mut look = 0;
        loop {
            let items = self.items(objects.iter().map(|object| object.key.as_str()));
            let items = items.await?;
            let found = objects.iter().filter_map(|object| judge(object, &items));
            let found: Vec<ObjectFinding> = found.collect();
            if found.is_empty() || !patience::again(look).await {
                return Ok(found);
            }
            look += 1;
            objects.clear();
            for suspect in &found {
                let again = self.usage.objects.list_after(&suspect.key, "", 1).await?;
                objects.extend(again.into_iter().filter(|again| again.key == suspect.key));
            }
        }
    }

    async fn uploads(
        &self,
        prefix: &str,
        after: Option<(String, String)>,
        found: &mut Vec<ObjectFinding>,
    ) -> Result<Place, AuditError> {
        let after = after.map(|(key, upload_id)| OpenMultipart {
            key,
            upload_id,
            initiated_at: 0,
        });
        let objects = &self.usage.objects;
        let page = objects.list_multiparts(prefix, after.as_ref()).await?;
        let Some(last) = page.last() else {
            return Ok(Place::Accounts { after: None });
        };
        let next = Some((last.key.clone(), last.upload_id.clone()));
        found.extend(self.judge_uploads(page).await?);
        Ok(Place::Uploads { after: next })
    }

    async fn judge_uploads(
        &self,
        mut uploads: Vec<OpenMultipart>,
    ) -> Result<Vec<ObjectFinding>, AuditError> {
        let mut look = 0;
        loop {
            let items = self.items(uploads.iter().map(|upload| upload.key.as_str()));
            let items = items.await?;
            uploads.retain(|upload| why_unexplained_upload(&upload.key, &items).is_some());
            if uploads.is_empty() || !patience::again(look).await {
                let found = uploads.iter().filter_map(|upload| {
                    let why = why_unexplained_upload(&upload.key, &items)?;
                    let kind = FindingKind::UnexplainedUpload;
                    Some(finding(kind, &upload.key, (0, 0), why))
                });
                return Ok(found.collect());
            }
            look += 1;
            let mut still = Vec::new();
            for upload in &uploads {
                let open = self.usage.objects.list_multiparts(&upload.key, None);
                still.extend(open.await?.into_iter().filter(|open| open == upload));
            }
            uploads = still;
        }
    }

    async fn next_account(
        &self,
        scope: Option<Uuid>,
        after: Option<Uuid>,
    ) -> Result<Place, AuditError> {
        let account = match (scope, after) {
            (Some(_), Some(_)) => None,
            (Some(account), None) => Some(account),
            (None, after) => {
                let next = self
                    .usage
                    .log
                    .accounts(after.unwrap_or_default(), 1)
                    .await?;
                next.into_iter().next()
            }
        };
        let Some(account) = account else {
            return Ok(Place::Quarantine { after: 0 });
        };
        let head = self.usage.log.head_of(StreamId::ledger_of(account)).await?;
        let version = head.map_or(0, |head| head.version);
        Ok(Place::Missing(MissingWalk::of(account, version)))
    }

    async fn missing(
        &self,
        cursor: &mut ObjectsCursor,
        mut walk: MissingWalk,
        found: &mut Vec<ObjectFinding>,
    ) -> Result<Place, AuditError> {
        let mut findings = Findings::default();
        let is_over = walk.step(&self.usage, &mut findings).await?;
        for difference in findings.differences {
            let expected = u64::try_from(difference.expected.1).unwrap_or(0);
            found.extend(
                difference
                    .keys
                    .iter()
                    .map(|key| finding(FindingKind::Missing, key, (expected, 0), &difference.what)),
            );
        }
        if !is_over {
            return Ok(Place::Missing(walk));
        }
        cursor.progress.accounts += 1;
        Ok(Place::Accounts {
            after: Some(walk.account),
        })
    }

    async fn quarantined(
        &self,
        prefix: &str,
        after: u64,
        found: &mut Vec<ObjectFinding>,
    ) -> Result<Place, AuditError> {
        let page = self.quarantine.list(after, ROWS).await?;
        let Some(last) = page.last() else {
            return Ok(Place::Done);
        };
        let after = last.id;
        for row in page {
            let lies_there = row.unexplained;
            if lies_there.key.starts_with(prefix) {
                let lengths = (0, lies_there.bytes);
                let kind = FindingKind::Quarantined;
                found.push(ObjectFinding {
                    since: Some(row.first_seen_at),
                    ..finding(kind, &lies_there.key, lengths, &lies_there.reason)
                });
            }
        }
        Ok(Place::Quarantine { after })
    }

    /// The items that keys name, as the log has them now.
    async fn items(
        &self,
        keys: impl Iterator<Item = &str>,
    ) -> Result<BTreeMap<Uuid, Media>, AuditError> {
        let named: BTreeSet<Uuid> = keys.filter_map(parse_key).map(|name| name.media).collect();
        let named: Vec<Uuid> = named.into_iter().collect();
        let mut items: BTreeMap<Uuid, Media> = BTreeMap::new();
        let mut unreadable = Ok(());
        let read = self
            .usage
            .log
            .for_each_event(&named, |recorded| match decoded(&recorded) {
                Ok(event) => items.entry(recorded.stream.id).or_default().apply(&event),
                Err(error) => unreadable = Err(error),
            });
        read.await?;
        unreadable.map(|()| items)
    }
}

fn finding(
    kind: FindingKind,
    key: &str,
    (expected, found): (u64, u64),
    what: &str,
) -> ObjectFinding {
    ObjectFinding {
        kind,
        key: key.to_owned(),
        expected,
        found,
        what: what.to_owned(),
        since: None,
    }
}
