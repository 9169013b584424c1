use thiserror::Error;

/// A rule says no. Asking again will not help until something else has changed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    /// There is no such thing, or it is somebody else's: the two look the same from outside.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// The id is taken.
    #[error("this {0} exists already")]
    AlreadyExists(&'static str),
    /// The bytes do not fit.
    #[error(
        "{needed} bytes do not fit: {free} of {quota} bytes are free; delete something, or ask for a larger quota"
    )]
    QuotaExceeded {
        /// Bytes that were asked for.
        needed: u64,
        /// Bytes that are free.
        free: u64,
        /// Bytes that the account may hold.
        quota: u64,
    },
    /// A value is not one that can be accepted.
    #[error("{field}: {expected}")]
    Invalid {
        /// The name of the field in the request.
        field: &'static str,
        /// What it must be.
        expected: String,
    },
    /// The upload was abandoned or its item deleted.
    #[error("this upload is over: start it again")]
    UploadOver,
    /// The upload has not completed, so there is nothing to do this with yet.
    #[error("this upload has not completed: complete or abandon it first")]
    UploadIncomplete,
    /// What was uploaded is already complete, so it cannot be abandoned.
    #[error("this upload has completed: delete the media item instead")]
    UploadComplete,
    /// Nothing was deleted, so nothing can be purged.
    #[error("this media item has not been deleted")]
    NotDeleted,
    /// It went to the trash with its album and comes back with it only.
    #[error("its album has been deleted: restore the album first")]
    AlbumDeleted,
    /// Another link would be one too many.
    #[error("an album has at most {0} links: remove one first")]
    TooManyShares(usize),
    /// The link that let a guest in has ended or was taken back, or does not let guests add anything.
    #[error("this link does not let you add anything any more")]
    ShareOver,
    /// The item is deleted: what was made from it is of no use any more.
    #[error("this media item has been deleted")]
    MediaGone,
    /// The account has not been closed, or still holds something.
    #[error("this account still holds something")]
    AccountNotEmpty,
    /// The books do not add up. It cannot happen through commands; it stops what would make it worse.
    #[error("the ledger does not add up: {0}")]
    LedgerCorrupt(&'static str),
}
