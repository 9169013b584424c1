//! What is wrong with one object, by the events of its item.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime},
};

use picup_domain::{Claim, Media};
use picup_objects::{ListedObject, parse_key};
use uuid::Uuid;

use super::{FindingKind, ObjectFinding, finding};

/// What is wrong with an object; `None` where nothing is.
pub(super) fn judge(object: &ListedObject, items: &BTreeMap<Uuid, Media>) -> Option<ObjectFinding> {
    let key = object.key.as_str();
    let unexplained = |why| finding(FindingKind::Unexplained, key, (0, object.bytes), why);
    let Some(name) = parse_key(key) else {
        return Some(unexplained(
            "it is not where the objects of media items are",
        ));
    };
    let nobody = Media::default();
    let item = items.get(&name.media).unwrap_or(&nobody);
    let age = object.modified_at.map_or(Duration::MAX, |at| {
        SystemTime::now().duration_since(at).unwrap_or_default()
    });
    if let Some(why) = item.why_unexplained(name.account, name.name, age) {
        return Some(unexplained(why));
    }
    match item.claim(name.name) {
        Claim::Held { bytes } if bytes != object.bytes => {
            let what = "its length is not what the log says";
            let lengths = (bytes, object.bytes);
            Some(finding(FindingKind::WrongLength, key, lengths, what))
        }
        Claim::Held { .. } | Claim::Open | Claim::Unrecorded | Claim::Nothing => None,
    }
}

/// Why nothing explains an open upload in parts; `None` where something does.
pub(super) fn why_unexplained_upload(
    key: &str,
    items: &BTreeMap<Uuid, Media>,
) -> Option<&'static str> {
    let Some(name) = parse_key(key) else {
        return Some("it is not where the objects of media items are");
    };
    let nobody = Media::default();
    let item = items.get(&name.media).unwrap_or(&nobody);
    item.why_unexplained_upload(name.account, name.name)
}
