use prost::Message as _;

use crate::{Category, messages};

/// Declares every event once: its name, its category, and with these how it is written and read.
macro_rules! events {
    ($($(#[$comment:meta])* $name:ident in $category:ident;)*) => {
        /// A fact that happened. Matches over it have no catch-all arm, so that a new event does not
        /// compile until every aggregate and projection has answered to it.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Event {
            $($(#[$comment])* $name(messages::$name),)*
        }

        impl Event {
            /// The routing keys of all events there are, `<category>.<event>`.
            pub const ROUTING_KEYS: &'static [&'static str] = &[$(routing_key!($category, $name),)*];

            /// `<category>.<event>`: the routing key on the bus and the type in the log.
            pub fn routing_key(&self) -> &'static str {
                match self {
                    $(Self::$name(_) => routing_key!($category, $name),)*
                }
            }

            /// The kind of stream that this event belongs to.
            pub fn category(&self) -> Category {
                match self {
                    $(Self::$name(_) => Category::$category,)*
                }
            }

            /// The bytes that the log keeps.
            pub fn encode(&self) -> Vec<u8> {
                match self {
                    $(Self::$name(message) => message.encode_to_vec(),)*
                }
            }

            /// Reads an event back from its routing key and bytes.
            pub fn decode(routing_key: &str, payload: &[u8]) -> Result<Self, UnknownEvent> {
                match routing_key {
                    $(routing_key!($category, $name) => messages::$name::decode(payload)
                        .map(Self::$name)
                        .map_err(|error| UnknownEvent::Malformed(routing_key.to_owned(), error)),)*
                    _ => Err(UnknownEvent::Name(routing_key.to_owned())),
                }
            }
        }
    };
}

macro_rules! routing_key {
    (Account, $name:ident) => {
        concat!("account.", stringify!($name))
    };
    (Album, $name:ident) => {
        concat!("album.", stringify!($name))
    };
    (Media, $name:ident) => {
        concat!("media.", stringify!($name))
    };
    (Ledger, $name:ident) => {
        concat!("ledger.", stringify!($name))
    };
}

events! {
    /// A person has an account from here on.
    AccountOpened in Account;
    /// The name that others see has changed.
    DisplayNameChanged in Account;
    /// What lay in the trash is to be deleted for good.
    TrashEmptied in Account;
    /// The account takes nothing any more, and what it holds is to be deleted.
    AccountClosed in Account;
    /// Nothing of the account is left.
    AccountErased in Account;
    /// An album exists from here on.
    AlbumCreated in Album;
    /// The album's title has changed.
    AlbumRenamed in Album;
    /// Another item stands for the album.
    AlbumCoverChosen in Album;
    /// Whoever has a link sees the album.
    AlbumShared in Album;
    /// A link has ended before its time.
    AlbumShareRevoked in Album;
    /// The album is gone; what is in it goes to the trash in the background.
    AlbumDeleted in Album;
    /// The album is back.
    AlbumRestored in Album;
    /// Bytes are expected in S3.
    UploadStarted in Media;
    /// The original is in S3, whole and checked.
    UploadCompleted in Media;
    /// The upload will not be completed.
    UploadAbandoned in Media;
    /// The item lies in another album.
    MediaMoved in Media;
    /// The item lies in the trash.
    MediaTrashed in Media;
    /// The item came back from the trash.
    MediaRestored in Media;
    /// The item is deleted for good; its objects are to be removed.
    MediaDeleted in Media;
    /// The item's objects are gone, and that was checked.
    MediaPurged in Media;
    /// Smaller pictures were made from the original.
    RenditionsRecorded in Media;
    /// Nothing can be made from the original.
    RenditionsFailed in Media;
    /// The owner wants renditions made again.
    RenditionsRequested in Media;
    /// The account may hold so many bytes.
    QuotaChanged in Ledger;
    /// Bytes are promised to an upload.
    BytesReserved in Ledger;
    /// Reserved bytes are now stored.
    BytesStored in Ledger;
    /// Bytes are free again.
    BytesReleased in Ledger;
}

/// The log or the bus holds an event that this program cannot read.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum UnknownEvent {
    /// No event of that name: written by a newer version.
    #[error("no event is called {0}")]
    Name(String),
    /// The name is known, the bytes are not that message.
    #[error("the bytes of {0} are malformed: {1}")]
    Malformed(String, prost::DecodeError),
}
