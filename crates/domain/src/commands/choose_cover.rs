use picup_event_types::{Event, StreamId, messages::AlbumCoverChosen};
use uuid::Uuid;

use crate::{Decide, Decision, Phase, Refusal, View};

/// Has one of an album's items stand for it.
#[derive(Clone, Debug)]
pub struct ChooseCover {
    /// Who asks.
    pub account: Uuid,
    /// Which album.
    pub album: Uuid,
    /// The item; `None` for the newest one, whichever that is.
    pub media: Option<Uuid>,
}

impl Decide for ChooseCover {
    const NAME: &'static str = "ChooseCover";

    fn streams(&self) -> Vec<StreamId> {
        let media = self.media.map(StreamId::media);
        std::iter::once(StreamId::album(self.album))
            .chain(media)
            .collect()
    }

    fn decide(&self, view: &View) -> Result<Decision, Refusal> {
        view.album(self.album).must_be_of(self.account)?;
        if let Some(id) = self.media {
            let media = view.media(id);
            let upload = media.upload_of(self.account)?;
            if media.phase() != Phase::Stored || upload.album != self.album {
                return Err(Refusal::NotFound("media item in this album"));
            }
        }
        let media = self.media.map(|media| media.as_bytes().to_vec());
        let chosen = Event::AlbumCoverChosen(AlbumCoverChosen {
            media_id: media.unwrap_or_default(),
        });
        Ok(vec![(StreamId::album(self.album), vec![chosen])])
    }
}
