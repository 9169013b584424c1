//! Renders what album pages show of an original: a small and a large JPEG of a photo, a poster of a video and,
//! where browsers could not play it, a copy that they can; beside them what the file tells of itself (when and
//! where it was taken, by which camera) and a ThumbHash to show while the rest is on its way.
//!
//! Originals come from anybody, so every file is taken for an attack: its pixels, bytes, scans, time and memory
//! are bounded before they are spent, and each ends in renditions or in a typed reason. Decoders that are not
//! memory-safe by language (ffmpeg, libheif) run as child processes under `prlimit`.
//!
//! It never changes an original and leaves nothing of the original's metadata in what it makes. Start reading at
//! [`start`] (a consumer of the bus) or [`lambda::handle`] (an AWS Lambda), then [`Work::render`], the way of one item,
//! then [`Renderer::render`].
//!
//! The path that every photo takes is also a fuzz target, `fuzz/fuzz_targets/photo.rs`, which `make fuzz` runs. The
//! same entry, [`fuzz_photo`], runs over mutated photos for a few seconds in every `make test`.

mod commands;
mod consume;
pub mod lambda;
pub mod render;
mod scratch;
mod settings;
mod start;
mod work;

pub use commands::Upload;
#[doc(hidden)]
pub use render::fuzz_photo;
pub use render::{
    Bytes, Details, Failure, Limits, Location, Programs, Rendered, Renderer, Rendition, TakenAt,
    Trouble, Unrenderable,
};
pub use settings::Settings;
pub use start::start;
pub use work::{Done, NotDone, Work};
