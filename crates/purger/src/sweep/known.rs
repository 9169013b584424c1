//! What the log says of the items that keys name.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, SystemTime},
};

use picup_domain::Media;
use picup_event_log::LogReader;
use picup_objects::parse_key;
use uuid::Uuid;

use super::SweepError;

/// Why a key that names no item is unexplained.
const ELSEWHERE: &str = "it is not where the objects of media items are";
/// Items read with one statement.
const PAGE: usize = 250;

/// Items as the log has them at one moment.
#[derive(Default)]
pub(super) struct Known {
    items: BTreeMap<Uuid, Media>,
    /// What an item that no event names is.
    nothing: Media,
    /// Those with an event that cannot be read, and why. It may explain anything.
    unreadable: BTreeMap<Uuid, String>,
}

impl Known {
    /// Reads the items that these keys name.
    pub(super) async fn read<'a>(
        log: &LogReader,
        keys: impl Iterator<Item = &'a str>,
    ) -> Result<Self, SweepError> {
        let named: BTreeSet<Uuid> = keys.filter_map(parse_key).map(|name| name.media).collect();
        let named: Vec<Uuid> = named.into_iter().collect();
        let mut known = Self::default();
        for page in named.chunks(PAGE) {
            let read = log.for_each_event(page, |recorded| {
                let media = recorded.stream.id;
                match recorded.event() {
                    Ok(event) => known.items.entry(media).or_default().apply(&event),
                    Err(error) => drop(known.unreadable.insert(media, error.to_string())),
                }
            });
            read.await.map_err(SweepError::log)?;
        }
        Ok(known)
    }

    /// What the item that a key names is; fails where the log cannot tell, as that may explain anything.
    fn item(&self, media: Uuid) -> Result<&Media, SweepError> {
        if let Some(error) = self.unreadable.get(&media) {
            return Err(SweepError::Log(format!("media-{media}: {error}")));
        }
        Ok(self.items.get(&media).unwrap_or(&self.nothing))
    }

    /// Why nothing explains an object; `None` where something does. Fails where an event of its item cannot be read.
    pub(super) fn why_unexplained(
        &self,
        key: &str,
        modified_at: Option<SystemTime>,
    ) -> Result<Option<&'static str>, SweepError> {
        let age = modified_at.and_then(|at| SystemTime::now().duration_since(at).ok());
        // What was stored in the future, by our clock, has just been stored.
        let age = if modified_at.is_none() {
            Duration::MAX
        } else {
            age.unwrap_or_default()
        };
        let Some(name) = parse_key(key) else {
            return Ok(Some(ELSEWHERE));
        };
        let item = self.item(name.media)?;
        Ok(item.why_unexplained(name.account, name.name, age))
    }

    /// The same of an open upload in parts.
    pub(super) fn why_unexplained_upload(
        &self,
        key: &str,
    ) -> Result<Option<&'static str>, SweepError> {
        let Some(name) = parse_key(key) else {
            return Ok(Some(ELSEWHERE));
        };
        let item = self.item(name.media)?;
        Ok(item.why_unexplained_upload(name.account, name.name))
    }
}
