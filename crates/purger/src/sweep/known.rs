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

/// Items read with one statement.
const PAGE: usize = 250;

/// Items as the log has them at one moment.
#[derive(Default)]
pub(super) struct Known {
    items: BTreeMap<Uuid, Media>,
}

impl Known {
    /// Reads the items that these keys name.
    pub(super) async fn read<'a>(
        log: &LogReader,
        keys: impl Iterator<Item = &'a str>,
    ) -> Result<Self, SweepError> {
        let named: BTreeSet<Uuid> = keys.filter_map(parse_key).map(|name| name.media).collect();
        let named: Vec<Uuid> = named.into_iter().collect();
        let mut items: BTreeMap<Uuid, Media> = BTreeMap::new();
        let mut unreadable = None;
        for page in named.chunks(PAGE) {
            let read = log.for_each_event(page, |recorded| match recorded.event() {
                Ok(event) => items.entry(recorded.stream.id).or_default().apply(&event),
                Err(error) => unreadable = Some(SweepError::log(error)),
            });
            read.await.map_err(SweepError::log)?;
        }
        // What cannot be read may explain anything.
        match unreadable {
            Some(error) => Err(error),
            None => Ok(Self { items }),
        }
    }

    /// Why nothing explains an object; `None` where something does.
    pub(super) fn why_unexplained(
        &self,
        key: &str,
        modified_at: Option<SystemTime>,
    ) -> Option<&'static str> {
        let age = modified_at.and_then(|at| SystemTime::now().duration_since(at).ok());
        // What was stored in the future, by our clock, has just been stored.
        let age = if modified_at.is_none() {
            Duration::MAX
        } else {
            age.unwrap_or_default()
        };
        let Some(name) = parse_key(key) else {
            return Some("it is not where the objects of media items are");
        };
        let nobody = Media::default();
        let item = self.items.get(&name.media).unwrap_or(&nobody);
        item.why_unexplained(name.account, name.name, age)
    }

    /// Why nothing explains an open upload in parts; `None` where something does.
    pub(super) fn why_unexplained_upload(&self, key: &str) -> Option<&'static str> {
        let Some(name) = parse_key(key) else {
            return Some("it is not where the objects of media items are");
        };
        let nobody = Media::default();
        let item = self.items.get(&name.media).unwrap_or(&nobody);
        item.why_unexplained_upload(name.account, name.name)
    }
}
