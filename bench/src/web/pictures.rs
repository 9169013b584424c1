use std::{num::NonZeroUsize, path::Path, thread};

use futures::{StreamExt as _, TryStreamExt as _, stream};
use image::{DynamicImage, imageops::crop_imm};
use picup_event_types::messages::{MediaDetails, Rendition as Recorded};
use picup_objects::{Content, Objects, Settings, URL_LIFETIME};
use picup_thumbnailer::{Bytes, Limits, Programs, Rendered, Renderer, Rendition};
use time::OffsetDateTime;
use uuid::Uuid;

use super::album::Album;
use crate::servers::Servers;

/// Different pictures; the items take turns with them.
const PICTURES: u32 = 60;
/// Width and height of a picture, in turns: as phones and cameras make them, and a panorama.
const SHAPES: [(u32, u32); 7] = [
    (1440, 960),
    (1280, 960),
    (720, 960),
    (640, 960),
    (1560, 878),
    (960, 960),
    (1600, 640),
];
/// The newest items are those that are opened: only they have more than a picture for the grid.
const OPENED: usize = 200;
/// Objects put at once.
const AT_ONCE: usize = 16;

/// What the thumbnailer makes of an original.
pub struct Picture(Rendered);

/// Cuts different pictures out of the demo's landscapes and renders them.
pub async fn make() -> anyhow::Result<Vec<Picture>> {
    let folder = tempfile::tempdir()?;
    let originals = folder.path().to_owned();
    tokio::task::spawn_blocking(move || cut(&originals)).await??;
    let programs = Programs::on_path(&std::env::var_os("PATH").unwrap_or_default());
    let cores = thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let limits = Limits {
        cores,
        ..Limits::default()
    };
    let renderer = Renderer::new(limits, programs);
    let numbers = stream::iter(0..PICTURES).map(|number| {
        let (renderer, folder) = (&renderer, folder.path());
        async move {
            let original = original(folder, number);
            Ok(Picture(
                renderer.render(&original, "image/jpeg", folder).await?,
            ))
        }
    });
    numbers.buffered(cores.get()).try_collect().await
}

fn original(folder: &Path, number: u32) -> std::path::PathBuf {
    folder.join(format!("{number}.jpg"))
}

fn cut(folder: &Path) -> anyhow::Result<()> {
    let landscapes = folder.join("landscapes");
    picup::demo::generate(&landscapes)?;
    let mut files: Vec<_> = std::fs::read_dir(&landscapes)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    files.sort();
    let drawn: Vec<_> = files
        .iter()
        .map(|file| image::open(file).map(DynamicImage::into_rgb8))
        .collect::<Result<_, _>>()?;
    for (number, (landscape, (width, height))) in
        (0..PICTURES).zip(drawn.iter().cycle().zip(SHAPES.into_iter().cycle()))
    {
        // No two are cut at the same place.
        let left = number * (landscape.width() - width) / PICTURES;
        let top = number * (landscape.height() - height) / PICTURES;
        let cut = crop_imm(landscape, left, top, width, height).to_image();
        DynamicImage::from(cut).save(original(folder, number))?;
    }
    Ok(())
}

impl Picture {
    /// The picture of the item of this number.
    pub fn of(pictures: &[Self], number: u32) -> &Self {
        // As if by chance, so that no row of the grid is like the one above.
        let chance = number.wrapping_mul(0x9E37_79B1) >> 8;
        &pictures[chance as usize % pictures.len()]
    }

    /// What is recorded of its renditions.
    pub fn recorded(&self) -> Vec<Recorded> {
        let renditions = self.0.renditions.iter();
        renditions
            .map(|made| Recorded {
                name: made.name.to_owned(),
                content_type: made.content_type.to_owned(),
                bytes: bytes_of(made).len() as u64,
                width: made.width,
                height: made.height,
            })
            .collect()
    }

    /// What is recorded of an original that was taken at this time.
    pub fn details(&self, taken_at: OffsetDateTime) -> MediaDetails {
        let details = &self.0.details;
        let micros = i64::try_from(taken_at.unix_timestamp_nanos() / 1000);
        MediaDetails {
            width: details.width,
            height: details.height,
            thumbhash: details.thumbhash.clone(),
            taken_at_local_micros: micros.ok(),
            ..MediaDetails::default()
        }
    }
}

fn bytes_of(made: &Rendition) -> &[u8] {
    match &made.bytes {
        Bytes::InMemory(bytes) => bytes,
        Bytes::InFile(_) => &[],
    }
}

/// Puts the items' pictures where the gateway fetches them from.
pub async fn store(
    servers: &Servers,
    bucket: &str,
    album: &Album,
    media: &[Uuid],
    pictures: &[Picture],
) -> anyhow::Result<()> {
    let s3 = &servers.endpoints().s3;
    let settings = Settings {
        bucket: bucket.to_owned(),
        region: s3.region.clone(),
        endpoint: Some(s3.url.clone()),
        credentials: Some((s3.access_key.clone(), s3.secret_key.clone().into())),
        url_lifetime: URL_LIFETIME,
    };
    let objects = &Objects::connect(&settings).await;
    let newest = media.len().saturating_sub(OPENED);
    let puts = (0..).zip(media).flat_map(|(number, media)| {
        let all = number as usize >= newest;
        let renditions = Picture::of(pictures, number).0.renditions.iter();
        renditions
            .filter(move |made| all || made.name == "grid.jpg")
            .map(move |made| async move {
                let content = Content::InMemory(bytes_of(made).to_vec());
                let name = (made.name, made.content_type);
                objects
                    .store_rendition(album.account, *media, name, content)
                    .await
            })
    });
    stream::iter(puts)
        .buffer_unordered(AT_ONCE)
        .try_for_each(async |_| Ok(()))
        .await?;
    Ok(())
}
