use std::io;
use std::path::{Path, PathBuf};

use s3s::dto::{ListObjectsV2Input, ListObjectsV2Output, Object, Timestamp};
use s3s::{S3Error, S3Result, s3_error};

const MOST_KEYS: i32 = 1000;

/// Lists in the order of the keys, entering only folders that can hold what is asked for: the
/// listing of one item's objects does not depend on how many others there are.
pub(super) async fn list(root: &Path, input: ListObjectsV2Input) -> S3Result<ListObjectsV2Output> {
    let bucket = root.join(&input.bucket);
    if !tokio::fs::try_exists(&bucket)
        .await
        .map_err(S3Error::internal_error)?
    {
        return Err(s3_error!(NoSuchBucket));
    }
    let most = input.max_keys.unwrap_or(MOST_KEYS).clamp(0, MOST_KEYS);
    let limit = usize::try_from(most).unwrap_or_default();
    let after = input
        .continuation_token
        .as_ref()
        .or(input.start_after.as_ref());
    let mut walk = Walk {
        prefix: input.prefix.clone().unwrap_or_default(),
        after: after.cloned().unwrap_or_default(),
        // One more than asked for tells whether there is more.
        limit: limit + 1,
        found: Vec::new(),
    };
    let mut found =
        tokio::task::spawn_blocking(move || walk.enter(&bucket, "").map(|()| walk.found))
            .await
            .map_err(S3Error::internal_error)?
            .map_err(S3Error::internal_error)?;
    let truncated = limit > 0 && found.len() > limit;
    found.truncate(limit);
    let next = found
        .last()
        .and_then(|object| object.key.clone())
        .filter(|_| truncated);
    Ok(ListObjectsV2Output {
        key_count: i32::try_from(found.len()).ok(),
        max_keys: Some(most),
        is_truncated: Some(truncated),
        contents: (!found.is_empty()).then_some(found),
        next_continuation_token: next,
        continuation_token: input.continuation_token,
        start_after: input.start_after,
        encoding_type: input.encoding_type,
        name: Some(input.bucket),
        prefix: input.prefix,
        ..Default::default()
    })
}

struct Walk {
    prefix: String,
    after: String,
    limit: usize,
    found: Vec<Object>,
}

impl Walk {
    fn enter(&mut self, folder: &Path, key_of_folder: &str) -> io::Result<()> {
        let entries = match std::fs::read_dir(folder) {
            Ok(entries) => entries,
            // Removed while we were on our way.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        let mut wanted: Vec<(String, PathBuf, bool)> = Vec::new();
        for entry in entries {
            let entry = entry?;
            let name = entry.file_name();
            let Some(name) = name.to_str() else { continue };
            let is_folder = entry.file_type()?.is_dir();
            let slash = if is_folder { "/" } else { "" };
            let key = format!("{key_of_folder}{name}{slash}");
            if self.wants(&key, is_folder) {
                wanted.push((key, entry.path(), is_folder));
            }
        }
        wanted.sort();
        for (key, path, is_folder) in wanted {
            if self.found.len() >= self.limit {
                break;
            }
            if is_folder {
                self.enter(&path, &key)?;
            } else {
                self.found.extend(object(key, &path)?);
            }
        }
        Ok(())
    }

    fn wants(&self, key: &str, is_folder: bool) -> bool {
        if is_folder {
            (key.starts_with(&self.prefix) || self.prefix.starts_with(key))
                && (*key > *self.after || self.after.starts_with(key))
        } else {
            key.starts_with(&self.prefix) && *key > *self.after
        }
    }
}

fn object(key: String, path: &Path) -> io::Result<Option<Object>> {
    let metadata = match std::fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    Ok(Some(Object {
        key: Some(key),
        size: i64::try_from(metadata.len()).ok(),
        last_modified: Some(Timestamp::from(metadata.modified()?)),
        ..Default::default()
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: [&str; 7] = ["a.txt", "a/1", "a/2/x", "a/2/y", "a0", "b/1", "b/2"];

    fn keys(folder: &Path, prefix: &str, after: &str, limit: usize) -> io::Result<Vec<String>> {
        let (prefix, after) = (prefix.to_owned(), after.to_owned());
        let mut walk = Walk {
            prefix,
            after,
            limit,
            found: Vec::new(),
        };
        walk.enter(folder, "")?;
        Ok(walk
            .found
            .into_iter()
            .filter_map(|object| object.key)
            .collect())
    }

    #[test]
    fn keys_come_in_byte_order_from_any_prefix_and_after_any_key() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        for key in KEYS {
            let path = folder.path().join(key);
            std::fs::create_dir_all(path.parent().unwrap_or(folder.path()))?;
            std::fs::write(path, "")?;
        }
        let prefixes = ["", "a", "a/", "a/2", "a/2/", "a/2/x", "b/", "c", "a/2/xx"];
        let places = [
            "", "a", "a.txt", "a/1", "a/2", "a/2/x", "a/9", "a0", "b/1", "b/2", "z",
        ];
        for prefix in prefixes {
            for after in places {
                for limit in [1, 2, 100] {
                    let expected: Vec<&str> = KEYS
                        .into_iter()
                        .filter(|key| key.starts_with(prefix) && *key > after)
                        .take(limit)
                        .collect();
                    let listed = keys(folder.path(), prefix, after, limit)?;
                    assert_eq!(
                        listed, expected,
                        "{prefix:?} after {after:?}, {limit} at most"
                    );
                }
            }
        }
        Ok(())
    }
}
