use picup_event_log::LogReader;
use picup_event_types::StreamId;
use picup_objects::Objects;
use uuid::Uuid;

use super::{
    AuditError, Findings, InFlight, ReadModels,
    books::{Balanced, Books},
    cursor::{UsageCursor, UsagePlace as Place},
    missing::MissingWalk,
    strays,
};

/// Proves for each account that the fold of the log, its ledger, the read models and S3 say the same.
#[derive(Clone)]
pub struct UsageAudit {
    pub(super) log: LogReader,
    pub(super) objects: Objects,
    pub(super) read_models: ReadModels,
}

impl UsageAudit {
    /// Compares these.
    pub fn new(log: LogReader, objects: Objects, read_models: ReadModels) -> Self {
        Self {
            log,
            objects,
            read_models,
        }
    }

    /// Goes one step on: a page of a stream or of a listing. The cursor moves only when the step is done.
    pub async fn step(&self, cursor: &mut UsageCursor) -> Result<Findings, AuditError> {
        let mut next = cursor.clone();
        let mut findings = Findings::default();
        next.place = match std::mem::replace(&mut next.place, Place::Done) {
            Place::Next { after } => self.next_account(next.scope, after).await?,
            Place::Books(mut books) => {
                next.progress.media += books.step(self, &mut findings).await?;
                match books.finish(self, &mut findings).await? {
                    Balanced::NotYet => Place::Books(books),
                    Balanced::LookAgain(again) => Place::Books(again),
                    Balanced::Done(objects) => Place::Objects(objects),
                }
            }
            Place::Objects(mut walk) => {
                let done = walk.step(self, &mut next.progress, &mut findings).await?;
                if !done {
                    Place::Objects(walk)
                } else if walk.is_complete() {
                    end(&mut next, walk.account, walk.in_flight, &mut findings)
                } else {
                    Place::Missing(MissingWalk::after(&walk))
                }
            }
            Place::Missing(mut walk) => {
                if walk.step(self, &mut findings).await? {
                    end(&mut next, walk.account, walk.in_flight, &mut findings)
                } else {
                    Place::Missing(walk)
                }
            }
            Place::Strays { after } => {
                match strays::step(self, &mut next.progress, &after, &mut findings).await? {
                    Some(after) => Place::Strays { after },
                    None => Place::Done,
                }
            }
            Place::Done => Place::Done,
        };
        *cursor = next;
        Ok(findings)
    }

    /// The first account after one that the log or a read model knows.
    async fn next_account(
        &self,
        scope: Option<Uuid>,
        after: Option<Uuid>,
    ) -> Result<Place, AuditError> {
        if let Some(account) = scope {
            if self
                .log
                .head_of(StreamId::account(account))
                .await?
                .is_none()
            {
                return Err(AuditError::NoAccount);
            }
            return Ok(Place::Books(Box::new(Books::begin(self, account).await?)));
        }
        let in_log = self.log.accounts(after.unwrap_or_default(), 1).await?;
        let in_read_model = self.read_models.next_usage(after).await?;
        let in_read_model = in_read_model.and_then(|usage| usage.account_id.parse().ok());
        match in_log.into_iter().chain(in_read_model).min() {
            Some(account) => Ok(Place::Books(Box::new(Books::begin(self, account).await?))),
            None => Ok(Place::Strays {
                after: String::new(),
            }),
        }
    }
}

/// An account is done with: on to the next, if all are audited.
fn end(
    cursor: &mut UsageCursor,
    account: Uuid,
    in_flight: InFlight,
    findings: &mut Findings,
) -> Place {
    cursor.progress.accounts += 1;
    if in_flight != InFlight::default() {
        findings.in_flight.push((account, in_flight));
    }
    if cursor.scope.is_some() {
        Place::Done
    } else {
        Place::Next {
            after: Some(account),
        }
    }
}
