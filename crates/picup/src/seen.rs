//! What this person's commands have changed, for queries to wait for.

use picup_proto::types::v1::{ConsistencyToken, StreamVersion};
use serde::{Deserialize, Serialize};

/// As many as the server takes in one token.
const MOST: usize = 16;

/// The streams that this person's commands changed last, newest at the end.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SeenStreams(Vec<(String, u64)>);

impl SeenStreams {
    /// Adds what a command answered. A version never goes back; the oldest streams are forgotten.
    pub fn merge(&mut self, token: &ConsistencyToken) {
        for StreamVersion { stream, version } in &token.streams {
            let known = self.0.iter().position(|(known, _)| known == stream);
            let before = known.map_or(0, |index| self.0.remove(index).1);
            self.0.push((stream.clone(), before.max(*version)));
        }
        let surplus = self.0.len().saturating_sub(MOST);
        self.0.drain(..surplus);
    }

    /// As queries carry it.
    pub fn token(&self) -> ConsistencyToken {
        let stream = |(stream, version): &(String, u64)| StreamVersion {
            stream: stream.clone(),
            version: *version,
        };
        ConsistencyToken {
            streams: self.0.iter().map(stream).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(streams: &[(&str, u64)]) -> ConsistencyToken {
        let stream = |&(stream, version): &(&str, u64)| StreamVersion {
            stream: stream.into(),
            version,
        };
        ConsistencyToken {
            streams: streams.iter().map(stream).collect(),
        }
    }

    #[test]
    fn a_version_never_goes_back() {
        let mut seen = SeenStreams::default();
        seen.merge(&token(&[("album/1", 5)]));
        seen.merge(&token(&[("album/1", 3), ("album/2", 1)]));
        assert_eq!(seen.token(), token(&[("album/1", 5), ("album/2", 1)]));
    }

    #[test]
    fn only_the_newest_sixteen_streams_are_kept() {
        let mut seen = SeenStreams::default();
        for number in 0..100 {
            seen.merge(&token(&[
                (&format!("media/{number}"), 1),
                ("ledger/1", number),
            ]));
        }
        let streams = seen.token().streams;
        assert_eq!(streams.len(), 16);
        assert_eq!(
            streams[15],
            StreamVersion {
                stream: "ledger/1".to_owned(),
                version: 99
            }
        );
        assert_eq!(streams[0].stream, "media/85");
    }
}
