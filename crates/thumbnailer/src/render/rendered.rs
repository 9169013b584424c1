use std::path::PathBuf;

/// What was made of an original, and what it tells of itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Rendered {
    /// The files that were made.
    pub renditions: Vec<Rendition>,
    /// What the original tells of itself.
    pub details: Details,
}

/// A file that was made of an original. It holds none of its metadata.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendition {
    /// `grid.jpg`, `screen.jpg`, `poster.jpg` or `video.mp4`.
    pub name: &'static str,
    /// `image/jpeg` or `video/mp4`.
    pub content_type: &'static str,
    /// In pixels, as it is shown.
    pub width: u32,
    /// In pixels, as it is shown.
    pub height: u32,
    /// The file itself.
    pub bytes: Bytes,
}

/// Where a rendition's bytes are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bytes {
    /// Here.
    InMemory(Vec<u8>),
    /// In a file in the scratch folder, which is the caller's to remove.
    InFile(PathBuf),
}

/// What an original tells of itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Details {
    /// The original's width in pixels, as it is shown: after its orientation was applied.
    pub width: u32,
    /// The original's height in pixels, as it is shown.
    pub height: u32,
    /// About 25 bytes to show a blurred picture from: ThumbHash, by Evan Wallace.
    pub thumbhash: Vec<u8>,
    /// When it was taken, by its camera's clock.
    pub taken_at: Option<TakenAt>,
    /// Maker and model, in one line of at most 100 characters.
    pub camera: Option<String>,
    /// Where it was taken.
    pub location: Option<Location>,
    /// How long a video plays, where it tells.
    pub duration_millis: Option<u64>,
}

/// A moment by a camera's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TakenAt {
    /// What the clock showed, as microseconds since 1970-01-01 00:00 of that same clock.
    pub local_micros: i64,
    /// How far that clock was ahead of UTC, in minutes, where the file tells.
    pub utc_offset_minutes: Option<i16>,
}

/// A place on earth, in degrees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Location {
    /// North is positive: −90 to 90.
    pub latitude: f64,
    /// East is positive: −180 to 180.
    pub longitude: f64,
}

impl Location {
    /// A place that exists. Devices without a fix write 0° 0′, so that is none.
    pub(super) fn new(latitude: f64, longitude: f64) -> Option<Self> {
        let exists = latitude.abs() <= 90.0 && longitude.abs() <= 180.0;
        let nowhere = latitude == 0.0 && longitude == 0.0;
        (exists && !nowhere).then_some(Self {
            latitude,
            longitude,
        })
    }
}
