use aws_sdk_s3::types::{Delete, ObjectIdentifier};
use uuid::Uuid;

use crate::{Objects, ObjectsError, media_prefix};

/// The most keys that S3 lists or deletes at once.
const KEYS: i32 = 1000;
/// Rounds of listing and deleting before giving up for now: something keeps putting objects there.
const ROUNDS: u32 = 10;

/// An object that was removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemovedObject {
    /// Its key.
    pub key: String,
    /// Its length.
    pub bytes: u64,
}

impl Objects {
    /// Removes every object of a media item and answers what was removed, once a listing has shown that
    /// none is left. Removing again removes nothing.
    pub async fn remove(
        &self,
        account: Uuid,
        media: Uuid,
    ) -> Result<Vec<RemovedObject>, ObjectsError> {
        let prefix = media_prefix(account, media);
        let mut removed = Vec::new();
        for _ in 0..ROUNDS {
            let found = self.list(&prefix).await?;
            if found.is_empty() {
                return Ok(removed);
            }
            self.delete(&found).await?;
            removed.extend(found);
        }
        Err(ObjectsError {
            what: "remove a media item",
            why: "new objects keep appearing".to_owned(),
            outage: false,
        })
    }

    /// The first objects below a prefix.
    pub async fn list(&self, prefix: &str) -> Result<Vec<RemovedObject>, ObjectsError> {
        let page = self
            .client
            .list_objects_v2()
            .bucket(&self.bucket)
            .prefix(prefix)
            .max_keys(KEYS)
            .send()
            .await
            .map_err(|error| ObjectsError::answered("list objects", &error))?;
        let objects = page.contents().iter().filter_map(|object| {
            let bytes = object
                .size()
                .and_then(|size| u64::try_from(size).ok())
                .unwrap_or(0);
            Some(RemovedObject {
                key: object.key()?.to_owned(),
                bytes,
            })
        });
        Ok(objects.collect())
    }

    async fn delete(&self, objects: &[RemovedObject]) -> Result<(), ObjectsError> {
        let identifiers = objects
            .iter()
            .map(|object| ObjectIdentifier::builder().key(&object.key).build())
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
        match answer.errors().first() {
            None => Ok(()),
            Some(error) => Err(ObjectsError {
                what: "delete objects",
                why: error.message().unwrap_or("it gives no reason").to_owned(),
                outage: false,
            }),
        }
    }
}
