use std::{collections::HashMap, sync::atomic::Ordering};

use picup_domain::PartPlan;
use picup_proto::queries::v1::{Media, MediaState};

use super::{
    Importer,
    plan::Candidate,
    summary::{SkippedFile, Why},
    upload::Outcome,
};
use crate::{
    Error, Result,
    hash::{Fingerprint, fingerprint_of},
};

/// A file whose checksum is known.
#[derive(Debug)]
pub(super) struct Hashed {
    pub(super) candidate: Candidate,
    pub(super) fingerprint: Fingerprint,
}

/// A file that has been looked at: it is to be uploaded, or there is nothing more to do.
#[derive(Debug)]
pub(super) enum Examined {
    New(Hashed),
    Done(Candidate, Outcome),
}

impl Importer<'_> {
    /// Finds out a file's checksums: from the state, if it has not changed since, or by reading it, on a
    /// thread where that may block.
    pub(super) async fn hash(&self, candidate: Candidate) -> Examined {
        if let Some(fingerprint) = self.state.fingerprint(&candidate.path, &candidate.stamp) {
            return Examined::New(Hashed {
                candidate,
                fingerprint,
            });
        }
        let (path, stop) = (candidate.path.clone(), self.stop.clone());
        let plan = PartPlan::of(candidate.stamp.bytes);
        let part_bytes = plan.map_or(u64::MAX, |plan| plan.part_bytes());
        let hashed = move || fingerprint_of(&path, part_bytes, &stop);
        let outcome = match tokio::task::spawn_blocking(hashed).await {
            Ok(Ok(Some((fingerprint, stamp)))) if stamp == candidate.stamp => {
                self.hashed.fetch_add(1, Ordering::Relaxed);
                self.state.remember(&candidate.path, &stamp, &fingerprint);
                return Examined::New(Hashed {
                    candidate,
                    fingerprint,
                });
            }
            Ok(Ok(Some(_))) => Outcome::Failed("it changed while it was being read".to_owned()),
            Ok(Ok(None)) => Outcome::Left,
            Ok(Err(error)) => Outcome::Refused(format!("it cannot be read: {error}")),
            Err(error) => Outcome::Failed(format!("reading it failed: {error}")),
        };
        Examined::Done(candidate, outcome)
    }

    /// Takes out of a batch what this import has met already and what the account already stores.
    pub(super) async fn sort_out(&self, batch: Vec<Examined>) -> Vec<Examined> {
        if self.keep_duplicates {
            return batch;
        }
        let batch: Vec<Examined> = batch
            .into_iter()
            .map(|file| self.unless_met(file))
            .collect();
        let checksums: Vec<Vec<u8>> = batch
            .iter()
            .filter_map(|file| match file {
                Examined::New(hashed) => Some(hashed.fingerprint.sha256.to_vec()),
                Examined::Done(..) => None,
            })
            .collect();
        if checksums.is_empty() || self.stop.is_cancelled() {
            return batch;
        }
        let known = match self.already_stored(checksums).await {
            Ok(known) => known,
            Err(error) if error.stops_everything() => {
                self.stop_because(error);
                return batch;
            }
            Err(error) => {
                let fail =
                    |candidate| Examined::Done(candidate, Outcome::Failed(error.to_string()));
                return batch
                    .into_iter()
                    .map(|file| each_new(file, |new| fail(new.candidate)))
                    .collect();
            }
        };
        let sorted = batch.into_iter().map(|file| {
            each_new(file, |new| {
                match known.get(new.fingerprint.sha256.as_slice()) {
                    Some((media_id, reason)) => {
                        let path = &new.candidate.path;
                        let skipped = SkippedFile {
                            media_id: Some(media_id.clone()),
                            ..SkippedFile::new(path, Why::AlreadyStored, reason)
                        };
                        Examined::Done(new.candidate, Outcome::Skipped(skipped))
                    }
                    None => Examined::New(new),
                }
            })
        });
        sorted.collect()
    }

    fn unless_met(&self, file: Examined) -> Examined {
        each_new(file, |new| {
            match self.meet(new.fingerprint.sha256, &new.candidate.path) {
                None => Examined::New(new),
                Some(first) => {
                    let reason = format!("it is the same as {}", first.display());
                    let skipped = SkippedFile::new(&new.candidate.path, Why::SameFileTwice, reason);
                    Examined::Done(new.candidate, Outcome::Skipped(skipped))
                }
            }
        })
    }

    /// By checksum: the item that the account already has, and where.
    async fn already_stored(
        &self,
        checksums: Vec<Vec<u8>>,
    ) -> Result<HashMap<Vec<u8>, (String, String)>> {
        let mut known: HashMap<Vec<u8>, (String, String)> = HashMap::new();
        let mut found = self.client.find_media(checksums).await?;
        // Of several, the one in this album is named, and one in the trash last.
        found.sort_by_key(|media| (in_trash(media), media.album_id != self.album_id.to_string()));
        for media in found {
            if known.contains_key(&media.sha256) {
                continue;
            }
            let reason = if in_trash(&media) {
                let id = &media.media_id;
                format!("it is in the trash; `picup media restore {id}` brings it back")
            } else if media.album_id == self.album_id.to_string() {
                "it is in this album already".to_owned()
            } else {
                format!(
                    "it is in the album {} already",
                    self.title_of(&media.album_id).await
                )
            };
            known.insert(media.sha256, (media.media_id, reason));
        }
        Ok(known)
    }

    async fn title_of(&self, album_id: &str) -> String {
        let titles = self.titles.get_or_try_init(|| async {
            let albums = self.client.albums().await?;
            let titles = albums
                .into_iter()
                .map(|album| (album.album_id, album.title));
            Ok::<HashMap<String, String>, Error>(titles.collect())
        });
        match titles.await {
            Ok(titles) if titles.contains_key(album_id) => format!("\"{}\"", titles[album_id]),
            _ => album_id.to_owned(),
        }
    }
}

fn in_trash(media: &Media) -> bool {
    media.state() == MediaState::Trashed
}

fn each_new(file: Examined, then: impl FnOnce(Hashed) -> Examined) -> Examined {
    match file {
        Examined::New(new) => then(new),
        done @ Examined::Done(..) => done,
    }
}
