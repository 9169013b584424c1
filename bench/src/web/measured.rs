//! What the script tells. Each is explained in `web/scripts/measure/`.

use serde::Deserialize;

/// All of it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Measured {
    pub first_load: FirstLoad,
    pub scrolling: Scrolling,
    pub inputs: Vec<Input>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FirstLoad {
    pub script_bytes: f64,
    pub script_bytes_uncompressed: f64,
    pub jumps: f64,
    pub rounds: Vec<Round>,
}

/// Milliseconds until the first picture, and until a program without a browser has the same.
#[derive(Debug, Deserialize)]
pub struct Round {
    pub ours: f64,
    pub bare: f64,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Scrolling {
    pub stroll: Scrolled,
    pub wheel: Scrolled,
    pub scrubber: Scrolled,
    pub jumps: f64,
    pub memory: Places,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Scrolled {
    pub seconds: f64,
    pub frames: Frames,
    pub long_tasks: Vec<Task>,
}

#[derive(Debug, Deserialize)]
pub struct Frames {
    pub whole: f64,
    pub partly: f64,
    pub dropped: f64,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Task {
    pub milliseconds: f64,
    pub processor_milliseconds: f64,
}

/// Where in the album the page's memory was looked at.
#[derive(Debug, Deserialize)]
pub struct Places {
    pub top: Memory,
    pub middle: Memory,
    pub end: Memory,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Memory {
    pub heap_bytes: f64,
    pub nodes: f64,
    pub process_bytes: f64,
}

#[derive(Debug, Deserialize)]
pub struct Input {
    pub what: String,
    pub milliseconds: f64,
}
