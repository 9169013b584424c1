//! Pictures to try Pic-up with: drawn, not shipped, so that they are nobody's but everybody's.

mod noise;
mod scene;
mod scenes;

use std::{fs::File, io::BufWriter, path::Path, thread};

use image::{DynamicImage, ImageError, RgbImage, codecs::jpeg::JpegEncoder};

use self::{scene::Scene, scenes::SCENES};
use crate::{Error, ErrorKind, Result};

const WIDTH: u32 = 1600;
const HEIGHT: u32 = 1067;
const QUALITY: u8 = 88;

/// Draws eight landscapes into a folder: six JPEG and two PNG files, the same bytes each time. Blocks.
pub fn generate(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder)
        .map_err(|error| failure(folder, &ImageError::IoError(error)))?;
    thread::scope(|scope| {
        let draw = |scene: &'static Scene| {
            scope.spawn(move || {
                let path = folder.join(scene.file);
                write(&scene.draw(WIDTH, HEIGHT), &path).map_err(|error| failure(&path, &error))
            })
        };
        let drawn: Vec<_> = SCENES.iter().map(draw).collect();
        drawn.into_iter().try_for_each(|drawing| {
            drawing.join().unwrap_or_else(|_| {
                Err(Error::new(
                    ErrorKind::Failed,
                    "drawing the demo pictures failed",
                ))
            })
        })
    })
}

fn write(picture: &RgbImage, path: &Path) -> Result<(), ImageError> {
    if path.extension().is_some_and(|extension| extension == "png") {
        return picture.save(path);
    }
    let file = BufWriter::new(File::create(path)?);
    DynamicImage::from(picture.clone())
        .write_with_encoder(JpegEncoder::new_with_quality(file, QUALITY))
}

fn failure(path: &Path, error: &ImageError) -> Error {
    Error::new(
        ErrorKind::Failed,
        format!("cannot draw {}: {error}", path.display()),
    )
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use picup_domain::content_type_of;

    use super::*;

    #[test]
    fn the_pictures_are_all_different_and_the_same_each_time() {
        let folder = tempfile::tempdir().unwrap();
        let mut seen = HashSet::new();
        for scene in SCENES {
            // Small, because drawing is slow without optimisation; the drawing is the same.
            let picture = scene.draw(80, 54);
            assert_eq!(picture, scene.draw(80, 54), "{}", scene.file);
            assert!(
                seen.insert(picture.clone().into_raw()),
                "{} is there twice",
                scene.file
            );
            let path = folder.path().join(scene.file);
            write(&picture, &path).unwrap();
            let png = scene.file.ends_with("png");
            let expected = if png { "image/png" } else { "image/jpeg" };
            assert_eq!(
                content_type_of(&std::fs::read(&path).unwrap()),
                Some(expected)
            );
        }
        assert_eq!(seen.len(), 8);
        assert_eq!(
            SCENES
                .iter()
                .filter(|scene| scene.file.ends_with("png"))
                .count(),
            2
        );
    }
}
