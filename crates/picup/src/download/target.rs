use std::{
    fs, io,
    path::{Path, PathBuf},
};

use picup_delivery::names::{Taken, numbered, safe};
use picup_proto::queries::v1::Media;
use tokio_util::sync::CancellationToken;

use crate::hash::sha256_of;

/// Where an original goes.
#[derive(Debug, PartialEq, Eq)]
pub enum Target {
    /// It is there already, byte for byte.
    There(PathBuf),
    /// Nothing is there yet.
    Free(PathBuf),
}

/// Finds the place of an original in a folder: the first name that is free or holds just this. Blocks.
pub fn target(
    folder: &Path,
    media: &Media,
    taken: &mut Taken,
    cancel: &CancellationToken,
) -> io::Result<Target> {
    let name = safe(&media.file_name);
    let mut number = 1;
    loop {
        let name = numbered(&name, number);
        number += 1;
        let path = folder.join(&name);
        // The link itself is asked, not what it points to: writing through one could go anywhere.
        let there = match fs::symlink_metadata(&path) {
            Ok(metadata) => Some(metadata),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        match there {
            None if taken.take(&name) => return Ok(Target::Free(path)),
            Some(metadata)
                if metadata.is_file()
                    && metadata.len() == media.bytes
                    && has_checksum(&path, &media.sha256, cancel)
                    && taken.take(&name) =>
            {
                return Ok(Target::There(path));
            }
            _ => {}
        }
    }
}

fn has_checksum(path: &Path, sha256: &[u8], cancel: &CancellationToken) -> bool {
    matches!(sha256_of(path, cancel), Ok(Some((found, _))) if found == sha256)
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::digest;

    use super::*;

    fn media(name: &str, bytes: &[u8]) -> Media {
        Media {
            file_name: name.to_owned(),
            bytes: bytes.len() as u64,
            sha256: digest::digest(&digest::SHA256, bytes).as_ref().to_vec(),
            ..Media::default()
        }
    }

    #[test]
    fn what_is_there_is_kept_and_what_differs_gets_a_number() {
        let folder = tempfile::tempdir().unwrap();
        let here = |name| folder.path().join(name);
        fs::write(here("a.jpg"), "one").unwrap();
        fs::write(here("b.jpg"), "mine").unwrap();
        std::os::unix::fs::symlink(here("b.jpg"), here("c.jpg")).unwrap();
        let (mut taken, cancel) = (Taken::default(), CancellationToken::new());
        let mut find = |media: Media| target(folder.path(), &media, &mut taken, &cancel).unwrap();
        assert_eq!(find(media("a.jpg", b"one")), Target::There(here("a.jpg")));
        assert_eq!(
            find(media("a.jpg", b"two")),
            Target::Free(here("a (2).jpg"))
        );
        assert_eq!(
            find(media("a.jpg", b"six")),
            Target::Free(here("a (3).jpg"))
        );
        assert_eq!(
            find(media("b.jpg", b"hers")),
            Target::Free(here("b (2).jpg"))
        );
        assert_eq!(
            find(media("c.jpg", b"mine")),
            Target::Free(here("c (2).jpg"))
        );
    }
}
