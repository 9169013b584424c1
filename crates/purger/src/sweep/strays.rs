//! Along the whole bucket, in search of what no event explains. It only writes down what it finds.

use picup_event_log::Unexplained;
use picup_objects::{FetchError, ListedObject, OpenMultipart};

use super::{Found, Run, Sweep, SweepError, known::Known};

/// Objects listed at once.
const PAGE: u32 = 1000;

impl Sweep {
    /// Puts objects into quarantine.
    pub(super) async fn stray_objects(&self, run: &mut Run) -> Result<(), SweepError> {
        let mut after = String::new();
        while run.goes_on() {
            let page = self.objects.list_after("", &after, PAGE).await?;
            let Some(last) = page.last() else {
                break;
            };
            after.clone_from(&last.key);
            let keys = page.iter().map(|object| object.key.as_str());
            // After the listing: an upload's event is in the log before anything of it is in S3.
            let known = Known::read(&self.log, keys).await?;
            let counts = run.tally.counts();
            counts.objects += page.len() as u64;
            counts.object_bytes += page.iter().map(|object| object.bytes).sum::<u64>();
            tracing::info!(objects = counts.objects, after, "looking at objects");
            for object in &page {
                let held = match known.why_unexplained(&object.key, object.modified_at) {
                    Ok(Some(reason)) => self.hold_object(run, object, reason).await,
                    Ok(None) => Ok(()),
                    Err(error) => Err(error),
                };
                if let Err(error) = held {
                    run.tally.failed(&object.key, &error);
                }
            }
        }
        Ok(())
    }

    /// Puts open uploads in parts into quarantine.
    pub(super) async fn stray_uploads(&self, run: &mut Run) -> Result<(), SweepError> {
        let mut after: Option<OpenMultipart> = None;
        while run.goes_on() {
            let page = self.objects.list_multiparts("", after.as_ref()).await?;
            let Some(last) = page.last() else {
                break;
            };
            after = Some(last.clone());
            let keys = page.iter().map(|upload| upload.key.as_str());
            let known = Known::read(&self.log, keys).await?;
            run.tally.counts().uploads_in_parts += page.len() as u64;
            for upload in &page {
                let held = match known.why_unexplained_upload(&upload.key) {
                    Ok(Some(reason)) => self.hold_upload(run, upload, reason).await,
                    Ok(None) => Ok(()),
                    Err(error) => Err(error),
                };
                if let Err(error) = held {
                    run.tally.failed(&upload.key, &error);
                }
            }
        }
        Ok(())
    }

    async fn hold_object(
        &self,
        run: &mut Run,
        object: &ListedObject,
        reason: &str,
    ) -> Result<(), SweepError> {
        let described = match self.objects.describe(&object.key).await {
            Ok(described) => described,
            // It was purged while the page was looked at.
            Err(FetchError::Missing) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        let unexplained = Unexplained {
            key: object.key.clone(),
            upload_id: String::new(),
            e_tag: described.e_tag.unwrap_or_default(),
            bytes: described.bytes,
            reason: reason.to_owned(),
        };
        self.hold(run, unexplained).await
    }

    async fn hold_upload(
        &self,
        run: &mut Run,
        upload: &OpenMultipart,
        reason: &str,
    ) -> Result<(), SweepError> {
        let unexplained = Unexplained {
            key: upload.key.clone(),
            upload_id: upload.upload_id.clone(),
            e_tag: String::new(),
            bytes: 0,
            reason: reason.to_owned(),
        };
        self.hold(run, unexplained).await
    }

    /// Puts something into quarantine, unless it lies there.
    pub(super) async fn hold(
        &self,
        run: &mut Run,
        unexplained: Unexplained,
    ) -> Result<(), SweepError> {
        let held = self.quarantine.holds(&unexplained).await;
        if held.map_err(SweepError::log)? {
            return Ok(());
        }
        if !run.dry {
            let held = self.quarantine.hold(&unexplained).await;
            held.map_err(SweepError::log)?;
        }
        run.tally.counts().quarantined += 1;
        run.tally.did(Found {
            what: "quarantined",
            of: unexplained.key,
            bytes: unexplained.bytes,
            reason: unexplained.reason,
        });
        Ok(())
    }
}
