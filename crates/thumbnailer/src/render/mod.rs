//! From a file to its renditions.

mod child;
mod failure;
mod heif;
mod limits;
mod photo;
mod programs;
mod rendered;
mod video;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use picup_domain::{SNIFF_LENGTH, content_type_of};
use tokio::io::AsyncReadExt as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

pub use failure::{Failure, Trouble, Unrenderable};
pub use limits::Limits;
pub use programs::Programs;
pub use rendered::{Bytes, Details, Location, Rendered, Rendition, TakenAt};

/// The longer edge of what a page full of pictures shows, in pixels.
const GRID_EDGE: u32 = 400;
/// The longer edge of what is shown alone, in pixels.
const SCREEN_EDGE: u32 = 1600;

/// Renders originals, a few at a time.
#[derive(Clone, Debug)]
pub struct Renderer {
    limits: Arc<Limits>,
    programs: Arc<Programs>,
    photos: Arc<Semaphore>,
    videos: Arc<Semaphore>,
}

impl Renderer {
    /// One that takes as many photos at once as `limits` has cores, and one video.
    pub fn new(limits: Limits, programs: Programs) -> Self {
        Self {
            photos: Arc::new(Semaphore::new(limits.cores.get())),
            videos: Arc::new(Semaphore::new(1)),
            limits: Arc::new(limits),
            programs: Arc::new(programs),
        }
    }

    /// Renders the file `original`, which was declared as `content_type`: one of those that
    /// [`picup_domain::kind_of`] knows. `folder` is a scratch folder that nobody else uses; what is left in it
    /// afterwards is the caller's to remove.
    ///
    /// Where others are being rendered it waits for its turn. When the future is dropped, child processes are
    /// killed; a photo that is being decoded is finished in vain, and its place is taken until then.
    pub async fn render(
        &self,
        original: &Path,
        content_type: &str,
        folder: &Path,
    ) -> Result<Rendered, Failure> {
        let finding = Trouble::while_doing("finding the files");
        let original = tokio::fs::canonicalize(original).await.map_err(&finding)?;
        let folder = tokio::fs::canonicalize(folder).await.map_err(&finding)?;
        admit(&original, content_type, &self.limits).await?;
        if is_photo(content_type) {
            self.photo(original, content_type, &folder).await
        } else {
            self.video(&original, content_type, &folder).await
        }
    }

    async fn photo(
        &self,
        original: PathBuf,
        content_type: &str,
        folder: &Path,
    ) -> Result<Rendered, Failure> {
        let turn = turn(&self.photos).await?;
        let limits = self.limits.clone();
        let rendering = async {
            let is_heif = matches!(content_type, "image/heif" | "image/avif");
            let converted = if is_heif {
                Some(heif::convert(&original, folder, &self.programs, &limits).await?)
            } else {
                None
            };
            let content_type = content_type.to_owned();
            let decoding = tokio::task::spawn_blocking(move || {
                // Held until the thread is free again, however long ago somebody stopped waiting for it.
                let _turn = turn;
                match converted {
                    Some(jpeg) => photo::render_converted(&original, &jpeg, &limits),
                    None => photo::render_file(&original, &content_type, &limits),
                }
            });
            decoding.await.unwrap_or_else(|_| Err(panicked()))
        };
        within(self.limits.photo_time, rendering).await
    }

    async fn video(
        &self,
        original: &Path,
        content_type: &str,
        folder: &Path,
    ) -> Result<Rendered, Failure> {
        let _turn = turn(&self.videos).await?;
        let rendering = video::render(original, content_type, folder, &self.programs, &self.limits);
        within(self.limits.video_time, rendering).await
    }
}

/// Renders a photo out of memory with small limits, whatever it is declared as: what is fuzzed.
pub fn fuzz_photo(photo: &[u8]) -> Result<Rendered, Failure> {
    let limits = Limits {
        pixels: 1 << 24,
        photo_memory_bytes: 1 << 28,
        jpeg_scans: 20,
        ..Limits::default()
    };
    photo::render(photo, content_type_of(photo).unwrap_or_default(), &limits)
}

fn is_photo(content_type: &str) -> bool {
    content_type.starts_with("image/")
}

/// Refuses what can be refused by a look at the file's length and its first bytes.
async fn admit(original: &Path, content_type: &str, limits: &Limits) -> Result<(), Failure> {
    let trouble = Trouble::while_doing("reading the original");
    let file = tokio::fs::File::open(original).await.map_err(&trouble)?;
    let length = file.metadata().await.map_err(&trouble)?.len();
    if length == 0 {
        return Err(Unrenderable::Empty.into());
    }
    let mut first = Vec::new();
    let mut file = file.take(SNIFF_LENGTH);
    file.read_to_end(&mut first).await.map_err(&trouble)?;
    let found = content_type_of(&first);
    if found != Some(content_type) {
        let declared = failure::printable(content_type, 100);
        return Err(Unrenderable::WrongContent { declared, found }.into());
    }
    if is_photo(content_type) && length > limits.photo_bytes {
        let most = limits.photo_bytes;
        let what = "the photo";
        return Err(Unrenderable::TooManyBytes { what, most }.into());
    }
    Ok(())
}

async fn turn(turns: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, Failure> {
    let turn = turns.clone().acquire_owned().await;
    turn.map_err(|closed| Trouble::saying("waiting for a turn", &closed.to_string()))
}

async fn within(
    time: Duration,
    rendering: impl Future<Output = Result<Rendered, Failure>>,
) -> Result<Rendered, Failure> {
    let rendered = tokio::time::timeout(time, rendering).await;
    let seconds = time.as_secs();
    rendered.unwrap_or_else(|_| Err(Unrenderable::OutOfTime { seconds }.into()))
}

/// A decoder that gave up in the middle has met something that its author did not think of.
fn panicked() -> Failure {
    Unrenderable::malformed("its decoder gave up").into()
}
