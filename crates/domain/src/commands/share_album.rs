use std::ops::RangeInclusive;

use picup_event_types::{Event, StreamId, messages::AlbumShared};
use uuid::Uuid;

use crate::{Decide, Decision, MOST_SHARES, Refusal, View};

/// What the client's clock and ours may be apart.
const LEEWAY_MICROS: i64 = 10 * 1_000_000;
/// How long a link may work: what nobody remembers any more must end by itself.
const LASTS_MICROS: RangeInclusive<i64> =
    60 * 1_000_000 - LEEWAY_MICROS..=366 * 86_400 * 1_000_000 + LEEWAY_MICROS;

/// Makes a link by which guests see an album.
#[derive(Clone, Debug)]
pub struct ShareAlbum {
    /// Who asks.
    pub account: Uuid,
    /// Which album.
    pub album: Uuid,
    /// The new share's id.
    pub share: Uuid,
    /// The key in the link, sealed.
    pub key_sealed: Vec<u8>,
    /// When it is asked for: microseconds since 1970.
    pub now_micros: i64,
    /// When the link ends: microseconds since 1970.
    pub expires_at_micros: i64,
    /// Whether guests are asked for a password.
    pub has_password: bool,
    /// Whether guests may fetch originals.
    pub guests_may_download: bool,
    /// Whether guests may add to the album.
    pub guests_may_upload: bool,
}

impl Decide for ShareAlbum {
    const NAME: &'static str = "ShareAlbum";

    fn streams(&self) -> Vec<StreamId> {
        vec![StreamId::album(self.album)]
    }

    fn decide(&self, view: &View) -> Result<Decision, Refusal> {
        let album = view.album(self.album);
        album.must_be_of(self.account)?;
        let lasts = self.expires_at_micros.saturating_sub(self.now_micros);
        if !LASTS_MICROS.contains(&lasts) {
            return Err(Refusal::Invalid {
                field: "expires_at_micros",
                expected: "a minute to 366 days from now".to_owned(),
            });
        }
        if album.shares().iter().any(|share| share.id == self.share) {
            return Err(Refusal::AlreadyExists("link"));
        }
        if album.shares().len() >= MOST_SHARES {
            return Err(Refusal::TooManyShares(MOST_SHARES));
        }
        let shared = Event::AlbumShared(AlbumShared {
            share_id: self.share.as_bytes().to_vec(),
            key_sealed: self.key_sealed.clone(),
            expires_at_micros: self.expires_at_micros,
            has_password: self.has_password,
            guests_may_download: self.guests_may_download,
            guests_may_upload: self.guests_may_upload,
        });
        Ok(vec![(StreamId::album(self.album), vec![shared])])
    }
}
