//! Removing whole media items, many at once: the keys of all of them share requests of up to 1000.

use std::collections::BTreeMap;

use aws_sdk_s3::types::{Delete, ObjectIdentifier};
use futures::{StreamExt as _, stream};
use uuid::Uuid;

use crate::{ListedObject, Objects, ObjectsError, media_prefix};

/// The most keys that S3 lists or deletes at once.
const KEYS: u32 = 1000;
/// Rounds of listing and deleting before giving up for now: something keeps putting objects there.
const ROUNDS: u32 = 10;
/// Items listed at once.
const AT_ONCE: usize = 16;

/// An object that was removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemovedObject {
    /// Its key.
    pub key: String,
    /// Its length.
    pub bytes: u64,
}

/// An item on its way out.
struct Removal {
    prefix: String,
    removed: Vec<RemovedObject>,
    /// Whether nothing is left of it, or why that cannot be reached.
    ended: Option<Result<(), ObjectsError>>,
}

impl Removal {
    fn goes_on(&self) -> bool {
        self.ended.is_none()
    }
}

impl Objects {
    /// Removes every object of a media item, and every upload in parts, and answers which objects were removed,
    /// once listings have shown that nothing is left. Removing again removes nothing.
    pub async fn remove(
        &self,
        account: Uuid,
        media: Uuid,
    ) -> Result<Vec<RemovedObject>, ObjectsError> {
        let removed = self.remove_all(&[(account, media)]).await;
        removed.into_iter().next().unwrap_or(Ok(Vec::new()))
    }

    /// Removes several media items, named by account and item, as [`Self::remove`] does. Answers in their order; an
    /// item that cannot be removed keeps none of the others.
    pub async fn remove_all(
        &self,
        items: &[(Uuid, Uuid)],
    ) -> Vec<Result<Vec<RemovedObject>, ObjectsError>> {
        // First, so that no upload is put together after the objects have been listed.
        let begun = items
            .iter()
            .map(|(account, media)| self.begin(*account, *media));
        let begun: Vec<_> = begun.collect();
        let mut removals: Vec<Removal> = stream::iter(begun).buffered(AT_ONCE).collect().await;
        for _ in 0..ROUNDS {
            let found = self.look(&mut removals).await;
            if found.is_empty() {
                break;
            }
            self.delete(&mut removals, found).await;
        }
        let ended = removals.into_iter().map(|removal| {
            let endless = || Err(ObjectsError::endless("remove a media item"));
            let ended = removal.ended.unwrap_or_else(endless);
            ended.map(|()| removal.removed)
        });
        ended.collect()
    }

    async fn begin(&self, account: Uuid, media: Uuid) -> Removal {
        let aborted = self.abort_multiparts(account, media).await;
        Removal {
            prefix: media_prefix(account, media),
            removed: Vec::new(),
            ended: aborted.err().map(Err),
        }
    }

    /// Lists what is left of every item that goes on, and ends those of which nothing is. Answers the objects with
    /// the places of their items.
    async fn look(&self, removals: &mut [Removal]) -> Vec<(usize, RemovedObject)> {
        let looks = removals
            .iter()
            .enumerate()
            .filter(|(_, removal)| removal.goes_on())
            .map(|(place, removal)| self.left_of(place, removal.prefix.clone()));
        let looks: Vec<_> = looks.collect();
        let looked: Vec<_> = stream::iter(looks).buffered(AT_ONCE).collect().await;
        let mut found = Vec::new();
        for (place, left) in looked {
            match left {
                Ok(left) if left.is_empty() => removals[place].ended = Some(Ok(())),
                Ok(left) => found.extend(left.into_iter().map(|object| (place, removed(object)))),
                Err(error) => removals[place].ended = Some(Err(error)),
            }
        }
        found
    }

    async fn left_of(
        &self,
        place: usize,
        prefix: String,
    ) -> (usize, Result<Vec<ListedObject>, ObjectsError>) {
        (place, self.list_after(&prefix, "", KEYS).await)
    }

    /// Deletes the objects in as few requests as there can be, whosever they are.
    async fn delete(&self, removals: &mut [Removal], found: Vec<(usize, RemovedObject)>) {
        for chunk in found.chunks(KEYS as usize) {
            let keys: Vec<&str> = chunk
                .iter()
                .map(|(_, object)| object.key.as_str())
                .collect();
            let refused = self.delete_keys(&keys).await;
            for (place, object) in chunk {
                let failed = match &refused {
                    Ok(refused) => refused.get(&object.key).cloned(),
                    Err(error) => Some(error.clone()),
                };
                match failed {
                    Some(error) => removals[*place].ended = Some(Err(error)),
                    None => removals[*place].removed.push(object.clone()),
                }
            }
        }
    }

    /// Deletes up to 1000 objects with one request. Answers those that S3 did not delete, and why.
    pub async fn delete_keys(
        &self,
        keys: &[&str],
    ) -> Result<BTreeMap<String, ObjectsError>, ObjectsError> {
        let identifiers = keys
            .iter()
            .map(|key| ObjectIdentifier::builder().key(*key).build())
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| ObjectsError::mistaken("name objects", &error))?;
        let delete = Delete::builder()
            .set_objects(Some(identifiers))
            .quiet(true)
            .build()
            .map_err(|error| ObjectsError::mistaken("name objects", &error))?;
        let answer = self
            .client
            .delete_objects()
            .bucket(&self.bucket)
            .delete(delete)
            .send()
            .await
            .map_err(|error| ObjectsError::answered("delete objects", &error))?;
        let refused = answer.errors().iter().map(|error| {
            let why = error.message().unwrap_or("it gives no reason").to_owned();
            // S3 may be too busy for one key and take the others.
            let outage = matches!(error.code(), Some("InternalError" | "SlowDown"));
            let key = error.key().unwrap_or_default().to_owned();
            (key, ObjectsError::of_key("delete objects", why, outage))
        });
        Ok(refused.collect())
    }
}

fn removed(object: ListedObject) -> RemovedObject {
    RemovedObject {
        key: object.key,
        bytes: object.bytes,
    }
}
