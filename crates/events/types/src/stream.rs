use std::{fmt, str::FromStr};

use uuid::Uuid;

/// Namespace of the ids of ledgers: a ledger's id follows from its account's, but differs from it,
/// because the log keys streams by id alone.
const LEDGER_NAMESPACE: Uuid = Uuid::from_u128(0x7d1c_9f56_0e1b_4b1e_9a63_2c5a_6f0d_3b11);

/// The kind of aggregate that a stream belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Category {
    /// A person's account.
    Account,
    /// An album.
    Album,
    /// One photo or video.
    Media,
    /// The bytes of an account.
    Ledger,
}

impl Category {
    /// The name as it stands in routing keys and stream names.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Album => "album",
            Self::Media => "media",
            Self::Ledger => "ledger",
        }
    }
}

impl FromStr for Category {
    type Err = MalformedStream;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "account" => Ok(Self::Account),
            "album" => Ok(Self::Album),
            "media" => Ok(Self::Media),
            "ledger" => Ok(Self::Ledger),
            _ => Err(MalformedStream),
        }
    }
}

/// Names one stream: the ordered events of one aggregate. Written `<category>/<uuid>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StreamId {
    /// The kind of aggregate.
    pub category: Category,
    /// Unique over all categories.
    pub id: Uuid,
}

impl StreamId {
    /// The stream of an account.
    pub fn account(id: Uuid) -> Self {
        Self {
            category: Category::Account,
            id,
        }
    }

    /// The stream of an album.
    pub fn album(id: Uuid) -> Self {
        Self {
            category: Category::Album,
            id,
        }
    }

    /// The stream of a media item.
    pub fn media(id: Uuid) -> Self {
        Self {
            category: Category::Media,
            id,
        }
    }

    /// The ledger of an account.
    pub fn ledger_of(account: Uuid) -> Self {
        let id = Uuid::new_v5(&LEDGER_NAMESPACE, account.as_bytes());
        Self {
            category: Category::Ledger,
            id,
        }
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.category.as_str(), self.id)
    }
}

impl FromStr for StreamId {
    type Err = MalformedStream;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (category, id) = text.split_once('/').ok_or(MalformedStream)?;
        let id = Uuid::try_parse(id).map_err(|_| MalformedStream)?;
        Ok(Self {
            category: category.parse()?,
            id,
        })
    }
}

/// The text is not `<category>/<uuid>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a stream is written <category>/<uuid>, with category account, album, media or ledger")]
pub struct MalformedStream;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_reads_back_as_it_was_written() {
        let id = Uuid::from_u128(7);
        for stream in [
            StreamId::account(id),
            StreamId::album(id),
            StreamId::media(id),
            StreamId::ledger_of(id),
        ] {
            assert_eq!(stream.to_string().parse(), Ok(stream));
        }
        for malformed in [
            "",
            "album",
            "album/",
            "album/x",
            "pet/00000000-0000-0000-0000-000000000007",
        ] {
            assert_eq!(malformed.parse::<StreamId>(), Err(MalformedStream));
        }
    }

    #[test]
    fn the_ledger_of_an_account_has_an_id_of_its_own_and_always_the_same() {
        let account = Uuid::from_u128(7);
        assert_ne!(StreamId::ledger_of(account).id, account);
        // Written down, because changing it would orphan every ledger ever written.
        assert_eq!(
            StreamId::ledger_of(account).to_string(),
            "ledger/685c1541-2bd6-5d2a-a393-8fbb2b83f79a"
        );
    }
}
