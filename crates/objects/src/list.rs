use std::time::SystemTime;

use crate::{Objects, ObjectsError};

/// The most keys that S3 lists at once.
const KEYS: u32 = 1000;

/// An object as a listing shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedObject {
    /// Its key.
    pub key: String,
    /// Its length.
    pub bytes: u64,
    /// When it was stored, where S3 says so.
    pub modified_at: Option<SystemTime>,
}

impl Objects {
    /// The objects below a prefix whose keys come after one (or after none, where it is empty), in the
    /// order of their keys' bytes, at most `limit` and at most 1000.
    pub async fn list_after(
        &self,
        prefix: &str,
        after: &str,
        limit: u32,
    ) -> Result<Vec<ListedObject>, ObjectsError> {
        let most = i32::try_from(limit.clamp(1, KEYS)).unwrap_or(1);
        let page = self
            .client
            .list_objects_v2()
            .bucket(&self.bucket)
            .prefix(prefix)
            .set_start_after(Some(after.to_owned()).filter(|after| !after.is_empty()))
            .max_keys(most)
            .send()
            .await
            .map_err(|error| ObjectsError::answered("list objects", &error))?;
        let objects = page.contents().iter().filter_map(|object| {
            let size = object.size().and_then(|size| u64::try_from(size).ok());
            Some(ListedObject {
                key: object.key()?.to_owned(),
                bytes: size.unwrap_or(0),
                modified_at: object
                    .last_modified()
                    .and_then(|time| SystemTime::try_from(*time).ok()),
            })
        });
        Ok(objects.collect())
    }
}
