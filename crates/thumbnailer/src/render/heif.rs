//! HEIC and AVIF, by libheif's `heif-convert`, into a JPEG in the scratch folder. libheif is written in C++ and
//! has a history of its own, so it runs as a child process and not inside this one.

use std::path::{Path, PathBuf};

use super::child::{Bounded, Bounds};
use super::{Failure, Limits, Programs, Trouble, Unrenderable};

/// Of the JPEG in between, which is made smaller and encoded again.
const QUALITY: &str = "95";
/// Where a file holds several pictures each has a number, and the first of them is shown.
const NAMES: [&str; 2] = ["heif.jpg", "heif-1.jpg"];

/// Makes a JPEG of a HEIF or AVIF.
pub(super) async fn convert(
    original: &Path,
    folder: &Path,
    programs: &Programs,
    limits: &Limits,
) -> Result<PathBuf, Failure> {
    let converted = folder.join(NAMES[0]);
    let bounded = Bounded {
        prlimit: programs.prlimit()?,
        program: programs.heif_convert()?,
        arguments: vec![
            "-q".into(),
            QUALITY.into(),
            original.into(),
            converted.into(),
        ],
        folder,
    };
    let bounds = Bounds {
        memory_bytes: limits.child_memory_bytes,
        file_bytes: limits.photo_bytes,
        time: limits.photo_time,
        cores: limits.cores.get() as u64,
    };
    bounded.run(bounds).await?;
    for name in NAMES {
        let candidate = folder.join(name);
        let is_there = tokio::fs::try_exists(&candidate).await;
        if is_there.map_err(Trouble::while_doing("looking for what was decoded"))? {
            return Ok(candidate);
        }
    }
    Err(Unrenderable::malformed("there is no picture in it").into())
}
