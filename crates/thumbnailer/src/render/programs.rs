use std::path::{Path, PathBuf};

use super::Unrenderable;

/// The programs that decode what no crate of ours does. Those that are missing cost the kinds of files that
/// need them, and no others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Programs {
    /// Decodes and encodes videos.
    pub ffmpeg: Option<PathBuf>,
    /// Tells what is in a video.
    pub ffprobe: Option<PathBuf>,
    /// Decodes HEIC and AVIF.
    pub heif_convert: Option<PathBuf>,
    /// Bounds what the others may take.
    pub prlimit: Option<PathBuf>,
}

impl Programs {
    /// Those that are on `path`, a list of folders such as the environment's `PATH`.
    pub fn on_path(path: &std::ffi::OsStr) -> Self {
        let find = |name: &str| {
            std::env::split_paths(path)
                .filter(|folder| folder.is_absolute())
                .map(|folder| folder.join(name))
                .find(|candidate| candidate.is_file())
        };
        Self {
            ffmpeg: find("ffmpeg"),
            ffprobe: find("ffprobe"),
            heif_convert: find("heif-convert"),
            prlimit: find("prlimit"),
        }
    }

    pub(super) fn ffmpeg(&self) -> Result<&Path, Unrenderable> {
        installed(self.ffmpeg.as_deref(), "ffmpeg", "ffmpeg")
    }

    pub(super) fn ffprobe(&self) -> Result<&Path, Unrenderable> {
        installed(self.ffprobe.as_deref(), "ffprobe", "ffmpeg")
    }

    pub(super) fn heif_convert(&self) -> Result<&Path, Unrenderable> {
        installed(
            self.heif_convert.as_deref(),
            "heif-convert",
            "libheif-examples",
        )
    }

    pub(super) fn prlimit(&self) -> Result<&Path, Unrenderable> {
        installed(self.prlimit.as_deref(), "prlimit", "util-linux")
    }
}

fn installed<'a>(
    found: Option<&'a Path>,
    program: &'static str,
    package: &'static str,
) -> Result<&'a Path, Unrenderable> {
    found.ok_or(Unrenderable::DecoderMissing { program, package })
}
