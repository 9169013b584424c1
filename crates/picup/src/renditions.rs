//! How renditions, and what an original says of itself, are shown.

use picup_proto::queries::v1::{Rendition, RenditionState, Renditions};
use serde::Serialize;

use crate::output::{hexadecimal, local_time, plain};

/// As `--json` shows them.
#[derive(Debug, Serialize)]
pub(crate) struct RenditionsView {
    state: &'static str,
    reason: Option<String>,
    message: Option<String>,
    objects: Vec<RenditionView>,
    width: Option<u32>,
    height: Option<u32>,
    thumbhash: Option<String>,
    /// By the camera's own clock; with its offset from UTC where the file says so.
    taken_at: Option<String>,
    camera: Option<String>,
    duration_millis: Option<u64>,
    latitude: Option<f64>,
    longitude: Option<f64>,
}

#[derive(Debug, Serialize)]
struct RenditionView {
    name: String,
    content_type: String,
    bytes: u64,
    width: u32,
    height: u32,
}

impl RenditionsView {
    /// One line for people.
    pub fn words(&self) -> String {
        match (&self.message, self.width, self.height) {
            (Some(message), ..) => format!(
                "{}: {} ({})",
                self.state,
                plain(message),
                self.reason.as_deref().unwrap_or_default()
            ),
            (None, Some(width), Some(height)) => {
                let names: Vec<&str> = self.objects.iter().map(|made| made.name.as_str()).collect();
                let names = names.join(", ");
                format!("{} ({names}), from {width}×{height} pixels", self.state)
            }
            _ => self.state.to_owned(),
        }
    }
}

impl From<Renditions> for RenditionsView {
    fn from(renditions: Renditions) -> Self {
        let state = match renditions.state() {
            RenditionState::Processing => "processing",
            RenditionState::Ready => "ready",
            RenditionState::Failed => "failed",
            RenditionState::Unspecified => "unknown",
        };
        let is_ready = renditions.state() == RenditionState::Ready;
        let text = |text: String| Some(text).filter(|text| !text.is_empty());
        let offset = renditions.taken_at_offset_minutes;
        Self {
            state,
            reason: text(renditions.reason),
            message: text(renditions.message),
            objects: renditions.objects.into_iter().map(Into::into).collect(),
            width: is_ready.then_some(renditions.width),
            height: is_ready.then_some(renditions.height),
            thumbhash: text(hexadecimal(&renditions.thumbhash)),
            taken_at: renditions
                .taken_at_local_micros
                .map(|micros| local_time(micros, offset)),
            camera: text(renditions.camera),
            duration_millis: renditions.duration_millis,
            latitude: renditions.latitude,
            longitude: renditions.longitude,
        }
    }
}

impl From<Rendition> for RenditionView {
    fn from(made: Rendition) -> Self {
        Self {
            name: made.name,
            content_type: made.content_type,
            bytes: made.bytes,
            width: made.width,
            height: made.height,
        }
    }
}
