//! A renderer with a scratch folder.

use std::path::PathBuf;

use image::RgbImage;
use picup_local_stack::{FFMPEG, HEIF_CONVERT, install_missing};
use picup_thumbnailer::{Bytes, Failure, Limits, Programs, Rendered, Renderer, Rendition};
use tempfile::TempDir;

pub struct Studio {
    renderer: Renderer,
    pub folder: TempDir,
}

impl Studio {
    /// One with the usual limits and with all programs.
    pub fn new() -> Self {
        Self::with(Limits::default())
    }

    pub fn with(limits: Limits) -> Self {
        install_missing(&[FFMPEG, HEIF_CONVERT], &|line| eprintln!("{line}")).unwrap();
        let programs = Programs::on_path(&std::env::var_os("PATH").unwrap());
        Self::with_programs(limits, programs)
    }

    pub fn with_programs(limits: Limits, programs: Programs) -> Self {
        Self {
            renderer: Renderer::new(limits, programs),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub async fn try_render(&self, bytes: &[u8], content_type: &str) -> Result<Rendered, Failure> {
        let original = self.path("original");
        std::fs::write(&original, bytes).unwrap();
        let folder = self.path("scratch");
        std::fs::create_dir_all(&folder).unwrap();
        self.renderer.render(&original, content_type, &folder).await
    }

    pub async fn render(&self, bytes: &[u8], content_type: &str) -> Rendered {
        self.try_render(bytes, content_type).await.unwrap()
    }

    /// The code of the reason why it cannot be rendered.
    pub async fn refusal(&self, bytes: &[u8], content_type: &str) -> &'static str {
        match self.try_render(bytes, content_type).await {
            Err(Failure::Unrenderable(reason)) => reason.code(),
            Err(Failure::Trouble(trouble)) => panic!("{trouble}"),
            Ok(rendered) => panic!("{:?}", rendered.details),
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// The rendition of that name.
pub fn named<'a>(rendered: &'a Rendered, name: &str) -> &'a Rendition {
    let mut renditions = rendered.renditions.iter();
    renditions.find(|rendition| rendition.name == name).unwrap()
}

pub fn names(rendered: &Rendered) -> Vec<&'static str> {
    let renditions = rendered.renditions.iter();
    renditions.map(|rendition| rendition.name).collect()
}

/// The bytes of a rendition, wherever they are.
pub fn bytes(rendition: &Rendition) -> Vec<u8> {
    match &rendition.bytes {
        Bytes::InMemory(bytes) => bytes.clone(),
        Bytes::InFile(file) => std::fs::read(file).unwrap(),
    }
}

/// The pixels of a rendition, decoded by another decoder than ours; as large as it says.
pub fn pixels(rendered: &Rendered, name: &str) -> RgbImage {
    let rendition = named(rendered, name);
    assert_eq!(rendition.content_type, "image/jpeg");
    let format = image::ImageFormat::Jpeg;
    let picture = image::load_from_memory_with_format(&bytes(rendition), format).unwrap();
    assert_eq!(
        (picture.width(), picture.height()),
        (rendition.width, rendition.height)
    );
    picture.into_rgb8()
}
