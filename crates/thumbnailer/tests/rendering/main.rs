//! Renditions of files that the tests make themselves: what they look like, and what they tell.

#![expect(clippy::unwrap_used, reason = "a test ends where it fails")]

mod details;
mod fuzzed;
mod heif;
mod nasty;
mod orientation;
mod photos;
mod pictures;
mod playable;
mod refusals;
mod studio;
mod tiff;
mod videos;
