//! Videos, by ffmpeg as a child process: what is in it, a poster, and a copy that browsers can play where the
//! original is none.

mod playable;
mod poster;
mod probe;
mod tags;

use std::path::Path;

use image::RgbImage;

use super::{
    Details, Failure, GRID_EDGE, Limits, Programs, Rendered, Rendition, Unrenderable, photo,
};

/// Renders a video.
pub(super) async fn render(
    original: &Path,
    content_type: &str,
    folder: &Path,
    programs: &Programs,
    limits: &Limits,
) -> Result<Rendered, Failure> {
    let format = match content_type {
        "video/mp4" | "video/quicktime" => "mov",
        _ => "matroska",
    };
    programs.ffmpeg()?;
    let probed = probe::probe(original, format, folder, programs, limits).await?;
    let poster = poster::take(original, format, folder, &probed, programs, limits).await?;
    let made = tokio::task::spawn_blocking(move || pictures(poster)).await;
    let (mut renditions, thumbhash) = made.map_err(|_| super::panicked())??;
    if !playable::is_playable(content_type, &probed) {
        let copy = playable::copy(original, format, folder, &probed, programs, limits);
        renditions.push(copy.await?);
    }
    let millis = probed.duration.map(|duration| duration.as_millis());
    Ok(Rendered {
        renditions,
        details: Details {
            width: probed.pictures.width,
            height: probed.pictures.height,
            thumbhash,
            taken_at: probed.taken_at,
            camera: probed.camera,
            location: probed.location,
            duration_millis: millis.and_then(|millis| u64::try_from(millis).ok()),
        },
    })
}

fn pictures(poster: RgbImage) -> Result<(Vec<Rendition>, Vec<u8>), Unrenderable> {
    let grid = photo::reduced_rgb(poster.clone(), GRID_EDGE)?;
    let renditions = vec![
        photo::rendition("grid.jpg", &grid)?,
        photo::rendition("poster.jpg", &poster)?,
    ];
    Ok((renditions, photo::thumbhash(&grid)?))
}
