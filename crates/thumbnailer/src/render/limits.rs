use std::num::NonZeroUsize;
use std::thread::available_parallelism;
use std::time::Duration;

use super::Unrenderable;

const MIB: u64 = 1024 * 1024;
const GIB: u64 = 1024 * MIB;

/// How much one file may cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Pixels of a photo, or of one frame of a video.
    pub pixels: u64,
    /// Length of a photo's file in bytes: it is held in memory.
    pub photo_bytes: u64,
    /// Memory that decoding one photo takes beside its file, in bytes.
    pub photo_memory_bytes: u64,
    /// How long rendering one photo may take.
    pub photo_time: Duration,
    /// Scans of one JPEG. Each goes over all of its pixels, and a file of some kilobytes can have thousands.
    pub jpeg_scans: u32,
    /// How long a video may play.
    pub video_duration: Duration,
    /// Length of the playable copy of a video in bytes.
    pub video_bytes: u64,
    /// How long rendering one video may take, however long it plays.
    pub video_time: Duration,
    /// Address space of a child process, in bytes: programs, libraries and stacks count too.
    pub child_memory_bytes: u64,
    /// Photos that are rendered at once, and threads of a video's decoder. Of videos it is one at a time.
    pub cores: NonZeroUsize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            pixels: 200_000_000,
            photo_bytes: 512 * MIB,
            photo_memory_bytes: GIB,
            photo_time: Duration::from_mins(1),
            jpeg_scans: 100,
            video_duration: Duration::from_hours(4),
            video_bytes: 8 * GIB,
            video_time: Duration::from_hours(4),
            child_memory_bytes: 3 * GIB,
            cores: available_parallelism().unwrap_or(NonZeroUsize::MIN),
        }
    }
}

impl Limits {
    /// Refuses what a header declares before anything is allocated for it.
    pub(super) fn admit_pixels(&self, width: u64, height: u64) -> Result<(), Unrenderable> {
        if width == 0 || height == 0 {
            return Err(Unrenderable::malformed("it has no pixels"));
        }
        if width.saturating_mul(height) > self.pixels {
            return Err(Unrenderable::TooManyPixels {
                width,
                height,
                most: self.pixels,
            });
        }
        Ok(())
    }

    /// Refuses a photo whose buffers would take more memory than is allowed.
    pub(super) fn admit_memory(&self, bytes: u64) -> Result<(), Unrenderable> {
        if bytes > self.photo_memory_bytes {
            return Err(self.out_of_photo_memory());
        }
        Ok(())
    }

    pub(super) fn out_of_photo_memory(&self) -> Unrenderable {
        Unrenderable::OutOfMemory {
            most: self.photo_memory_bytes,
        }
    }
}
