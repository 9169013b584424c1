//! What lies in quarantine: it is let go where something explains it by now, and deleted where nothing does after a
//! long time.

use picup_event_log::Quarantined;
use picup_objects::{Described, FetchError, OpenMultipart};

use super::{Found, Run, Sweep, SweepError, known::Known};

/// Rows read at once.
const PAGE: u32 = 200;

/// What S3 and the log say of something in quarantine.
enum Standing {
    /// It is not there any more.
    Gone,
    /// Another object lies under its key.
    Another(Described),
    /// An event explains it.
    Explained,
    /// Nothing explains it.
    Unexplained,
}

impl Sweep {
    /// Goes along all that lies there.
    pub(super) async fn settle_quarantine(&self, run: &mut Run) -> Result<(), SweepError> {
        let mut after = 0;
        while run.goes_on() {
            let page = self.quarantine.list(after, PAGE).await;
            let page = page.map_err(SweepError::log)?;
            let Some(last) = page.last() else {
                break;
            };
            after = last.id;
            for row in &page {
                if !run.goes_on() {
                    break;
                }
                if let Err(error) = self.settle(run, row).await {
                    run.tally.failed(&row.unexplained.key, &error);
                }
            }
        }
        Ok(())
    }

    async fn settle(&self, run: &mut Run, row: &Quarantined) -> Result<(), SweepError> {
        let is_due = row.seconds >= self.settings.quarantine_keeps.as_secs();
        match self.standing(row).await? {
            // It was we who deleted it: the sweep that did was killed before it could say so.
            Standing::Gone if row.deleting => self.deleted(run, row).await,
            Standing::Gone => self.release(run, row, "it is gone").await,
            Standing::Explained => self.release(run, row, "an event explains it now").await,
            Standing::Another(described) => {
                let mut unexplained = row.unexplained.clone();
                unexplained.e_tag = described.e_tag.unwrap_or_default();
                unexplained.bytes = described.bytes;
                run.tally.counts().in_quarantine += 1;
                self.hold(run, unexplained).await
            }
            Standing::Unexplained if is_due => self.delete(run, row).await,
            Standing::Unexplained => {
                run.tally.counts().in_quarantine += 1;
                Ok(())
            }
        }
    }

    /// Asks S3, and after that the log.
    async fn standing(&self, row: &Quarantined) -> Result<Standing, SweepError> {
        let unexplained = &row.unexplained;
        let key = unexplained.key.as_str();
        if !unexplained.upload_id.is_empty() {
            if !self.is_open(row).await? {
                return Ok(Standing::Gone);
            }
            let known = Known::read(&self.log, [key].into_iter()).await?;
            let why = known.why_unexplained_upload(key)?;
            return Ok(why.map_or(Standing::Explained, |_| Standing::Unexplained));
        }
        let described = match self.objects.describe(key).await {
            Ok(described) => described,
            Err(FetchError::Missing) => return Ok(Standing::Gone),
            Err(error) => return Err(error.into()),
        };
        let known = Known::read(&self.log, [key].into_iter()).await?;
        let same = described.e_tag.as_deref().unwrap_or_default() == unexplained.e_tag;
        let why = known.why_unexplained(key, described.modified_at)?;
        Ok(match why {
            None => Standing::Explained,
            Some(_) if !same => Standing::Another(described),
            Some(_) => Standing::Unexplained,
        })
    }

    async fn is_open(&self, row: &Quarantined) -> Result<bool, SweepError> {
        let key = &row.unexplained.key;
        let open = self.objects.list_multiparts(key, None).await?;
        let upload_id = &row.unexplained.upload_id;
        Ok(open
            .iter()
            .any(|open| open.key == *key && open.upload_id == *upload_id))
    }

    /// Deletes it; what S3 and the log say of it was asked a moment ago. What is about to be done is written down
    /// first, so that every deletion is recorded whoever is killed in between.
    async fn delete(&self, run: &mut Run, row: &Quarantined) -> Result<(), SweepError> {
        if run.dry {
            return self.deleted(run, row).await;
        }
        let begun = self.quarantine.begin_deletion(row.id).await;
        begun.map_err(SweepError::log)?;
        let unexplained = &row.unexplained;
        if unexplained.upload_id.is_empty() {
            let key = unexplained.key.as_str();
            let mut refused = self.objects.delete_keys(&[key]).await?;
            if let Some(error) = refused.remove(key) {
                return Err(error.into());
            }
        } else {
            let open = OpenMultipart {
                key: unexplained.key.clone(),
                upload_id: unexplained.upload_id.clone(),
                initiated_at: 0,
            };
            self.objects.abort_multipart(&open).await?;
        }
        match self.standing(row).await? {
            Standing::Gone => self.deleted(run, row).await,
            Standing::Another(_) | Standing::Explained | Standing::Unexplained => {
                Err(SweepError::StillThere)
            }
        }
    }

    async fn deleted(&self, run: &mut Run, row: &Quarantined) -> Result<(), SweepError> {
        if !run.dry {
            let ended = self.quarantine.end_deletion(row.id).await;
            ended.map_err(SweepError::log)?;
        }
        let counts = run.tally.counts();
        counts.deleted += 1;
        counts.deleted_bytes += row.unexplained.bytes;
        metrics::counter!("picup_swept_objects_total").increment(1);
        run.tally.did(Found {
            what: "deleted",
            of: row.unexplained.key.clone(),
            bytes: row.unexplained.bytes,
            reason: row.unexplained.reason.clone(),
        });
        Ok(())
    }

    async fn release(
        &self,
        run: &mut Run,
        row: &Quarantined,
        reason: &str,
    ) -> Result<(), SweepError> {
        if !run.dry {
            let released = self.quarantine.release(row.id).await;
            released.map_err(SweepError::log)?;
        }
        run.tally.counts().released += 1;
        run.tally.did(Found {
            what: "released",
            of: row.unexplained.key.clone(),
            bytes: row.unexplained.bytes,
            reason: reason.to_owned(),
        });
        Ok(())
    }
}
