use std::{
    collections::HashMap,
    io::SeekFrom,
    sync::atomic::{AtomicU64, Ordering},
};

use futures::{TryStreamExt as _, stream};
use picup_domain::{Part, PartPlan};
use picup_proto::commands::v1::{ListPartsResponse, UploadState};
use tokio::{fs::File, io::AsyncSeekExt as _};

use super::{
    Importer, Progress,
    examine::Hashed,
    put::{PutFailure, unreadable},
};
use crate::Result;

/// Parts of one file that are under way at once; all files together have no more PUTs than `--parallel` says.
const PARTS_AT_ONCE: usize = 8;

impl Importer<'_> {
    /// Puts the parts that S3 does not hold yet. They are read from the file as they go out.
    pub(super) async fn put_parts(
        &self,
        file: &Hashed,
        media_id: &str,
        counted: &AtomicU64,
    ) -> Result<(), PutFailure> {
        let bytes = file.candidate.stamp.bytes;
        let stranger =
            || PutFailure::Never("the server wants other parts than this picup".to_owned());
        let plan = PartPlan::of(bytes).ok_or_else(stranger)?;
        if file.fingerprint.parts.len() != plan.count() as usize {
            return Err(stranger());
        }
        let Some(held) = self.held_parts(media_id, plan).await? else {
            // All has arrived and was put together before.
            self.count_to(counted, bytes);
            return Ok(());
        };
        let is_there = |part: &Part| held.get(&part.number) == sha256_of_part(file, part);
        let (there, missing): (Vec<Part>, Vec<Part>) = plan.parts().partition(is_there);
        self.count_to(counted, there.iter().map(|part| part.bytes).sum());
        stream::iter(missing.into_iter().map(Ok))
            .try_for_each_concurrent(PARTS_AT_ONCE, |part| async move {
                self.put_part(file, media_id, part).await?;
                // Looked at again, it is one that S3 holds.
                counted.fetch_add(part.bytes, Ordering::Relaxed);
                Ok(())
            })
            .await
    }

    /// Counts bytes that did not have to move, once, however often the parts are looked at.
    fn count_to(&self, counted: &AtomicU64, bytes: u64) {
        let before = counted.swap(bytes, Ordering::Relaxed);
        if bytes > before {
            self.reporter.report(Progress::Moved(bytes - before));
        } else {
            self.reporter.report(Progress::TakenBack(before - bytes));
        }
    }

    /// The checksums of the parts that S3 holds; `None` where it holds the whole already.
    async fn held_parts(
        &self,
        media_id: &str,
        plan: PartPlan,
    ) -> Result<Option<HashMap<u32, [u8; 32]>>, PutFailure> {
        let mut held = HashMap::new();
        let mut after = 0;
        loop {
            let page = self.client.list_parts(media_id, after).await;
            let page: ListPartsResponse = page.map_err(PutFailure::Rpc)?;
            match page.state() {
                UploadState::Started => {}
                // Whoever completes it next finds out what it is.
                _ => return Ok(None),
            }
            let fits = |number, bytes| plan.part(number).is_some_and(|part| part.bytes == bytes);
            for part in page.parts {
                if fits(part.number, part.bytes)
                    && let Ok(sha256) = part.sha256.try_into()
                {
                    held.insert(part.number, sha256);
                }
            }
            if page.next_after <= after {
                return Ok(Some(held));
            }
            after = page.next_after;
        }
    }

    /// Puts one part, by a URL that was signed just for this.
    async fn put_part(&self, file: &Hashed, media_id: &str, part: Part) -> Result<(), PutFailure> {
        let sha256 = sha256_of_part(file, &part).copied().unwrap_or_default();
        let mut attempt = 0;
        loop {
            let _place = self.place().await?;
            let signed = self.client.sign_part(media_id, part.number, sha256).await;
            let signed = signed.map_err(PutFailure::Rpc)?;
            let mut opened = File::open(&file.candidate.path).await.map_err(unreadable)?;
            let start = SeekFrom::Start(part.offset);
            opened.seek(start).await.map_err(unreadable)?;
            let failure = match self.put_bytes(file, &signed, opened, part.bytes).await {
                Ok(()) => return Ok(()),
                Err(failure) => failure,
            };
            let PutFailure::Again(error) = failure else {
                return Err(failure);
            };
            let Some(pause) = self.client.patience().pause(attempt, None) else {
                return Err(PutFailure::Again(error));
            };
            attempt += 1;
            self.rest(pause).await;
        }
    }
}

fn sha256_of_part<'a>(file: &'a Hashed, part: &Part) -> Option<&'a [u8; 32]> {
    file.fingerprint.parts.get(part.number as usize - 1)
}
