//! Photos: decoded once at about the size of the larger rendition, from which everything else is made.

mod colours;
mod encode;
mod exif;
mod jpeg;
mod jpeg_structure;
mod raster;
mod scale;

use std::fs::File;
use std::io::{BufRead, BufReader, Cursor, Read as _, Seek};
use std::path::Path;

use image::metadata::Orientation;
use image::{DynamicImage, RgbImage};

pub(super) use encode::{rendition, thumbhash};
pub(super) use exif::camera;
pub(super) use scale::{fit, reduced_rgb};

use self::exif::Told;
use self::jpeg_structure::Structure;
use super::{Details, Failure, GRID_EDGE, Limits, Rendered, SCREEN_EDGE, Trouble, Unrenderable};

const JPEG: &str = "image/jpeg";

/// A picture at about the size that was asked for, and the size that it had.
struct Decoded {
    picture: RgbImage,
    width: u32,
    height: u32,
    /// The ICC profile that the file names.
    profile: Option<Vec<u8>>,
}

/// Renders a photo that a file holds. It blocks, for seconds where the photo is large.
pub(super) fn render_file(
    original: &Path,
    content_type: &str,
    limits: &Limits,
) -> Result<Rendered, Failure> {
    if content_type == JPEG {
        return Ok(render_jpeg(read(original, limits)?, limits)?);
    }
    let file = File::open(original).map_err(Trouble::while_doing("opening the original"))?;
    render_raster(BufReader::new(file), content_type, limits)
}

/// Renders a photo out of memory.
pub(super) fn render(
    photo: &[u8],
    content_type: &str,
    limits: &Limits,
) -> Result<Rendered, Failure> {
    if content_type == JPEG {
        return Ok(render_jpeg(photo.to_vec(), limits)?);
    }
    render_raster(Cursor::new(photo), content_type, limits)
}

fn render_jpeg(jpeg: Vec<u8>, limits: &Limits) -> Result<Rendered, Unrenderable> {
    let structure = Structure::of(&jpeg)?;
    let exif = structure.exif.clone();
    let told = exif.map(|range| Told::of_bytes(&jpeg[range]));
    jpeg::admit(&structure, jpeg.len() as u64, limits)?;
    let decoded = jpeg::decode(&structure, jpeg, SCREEN_EDGE, limits)?;
    rendered(decoded, told.unwrap_or_default())
}

fn render_raster(
    mut photo: impl BufRead + Seek,
    content_type: &str,
    limits: &Limits,
) -> Result<Rendered, Failure> {
    // First, and done with before the pixels are there: all of a TIFF is read for it.
    let told = Told::of_photo(&mut photo);
    photo
        .rewind()
        .map_err(Trouble::while_doing("reading the original"))?;
    let decoded = raster::decode(photo, content_type, SCREEN_EDGE, limits)?;
    Ok(rendered(decoded, told)?)
}

/// Renders a HEIF or AVIF that `jpeg` was made of: the pixels are the JPEG's, the rest is told by the original.
pub(super) fn render_converted(
    original: &Path,
    jpeg: &Path,
    limits: &Limits,
) -> Result<Rendered, Failure> {
    let jpeg = read(jpeg, limits)?;
    let structure = Structure::of(&jpeg)?;
    jpeg::admit(&structure, jpeg.len() as u64, limits)?;
    let decoded = jpeg::decode(&structure, jpeg, SCREEN_EDGE, limits)?;
    let original = File::open(original).map_err(Trouble::while_doing("opening the original"))?;
    let told = Told {
        // In these files it is the container that tells how to hold the picture, and the decoder has done so;
        // EXIF repeats it and must not be followed (ISO/IEC 23008-12, 6.5.10 and annex A).
        orientation: Orientation::NoTransforms,
        ..Told::of_photo(&mut BufReader::new(original))
    };
    Ok(rendered(decoded, told)?)
}

fn rendered(decoded: Decoded, told: Told) -> Result<Rendered, Unrenderable> {
    let mut screen = scale::reduced_rgb(decoded.picture, SCREEN_EDGE)?;
    if let Some(profile) = decoded.profile {
        screen = colours::in_srgb(screen, &profile);
    }
    let mut screen = DynamicImage::from(screen);
    screen.apply_orientation(told.orientation);
    let screen = screen.into_rgb8();
    let grid = scale::reduced_rgb(screen.clone(), GRID_EDGE)?;
    let (width, height) = if lies_down(told.orientation) {
        (decoded.height, decoded.width)
    } else {
        (decoded.width, decoded.height)
    };
    Ok(Rendered {
        details: Details {
            width,
            height,
            thumbhash: thumbhash(&grid)?,
            taken_at: told.taken_at,
            camera: told.camera,
            location: told.location,
            duration_millis: None,
        },
        renditions: vec![
            rendition("grid.jpg", &grid)?,
            rendition("screen.jpg", &screen)?,
        ],
    })
}

/// Whether width and height change places.
fn lies_down(orientation: Orientation) -> bool {
    use Orientation::{Rotate90, Rotate90FlipH, Rotate270, Rotate270FlipH};
    matches!(
        orientation,
        Rotate90 | Rotate270 | Rotate90FlipH | Rotate270FlipH
    )
}

/// All of a file, whose length was admitted before: what grew since then is not read.
fn read(file: &Path, limits: &Limits) -> Result<Vec<u8>, Failure> {
    let trouble = Trouble::while_doing("reading the original");
    let file = File::open(file).map_err(&trouble)?;
    let length = file.metadata().map_err(&trouble)?.len();
    let length = usize::try_from(length.min(limits.photo_bytes)).unwrap_or_default();
    let mut bytes = Vec::with_capacity(length);
    file.take(limits.photo_bytes)
        .read_to_end(&mut bytes)
        .map_err(&trouble)?;
    Ok(bytes)
}
