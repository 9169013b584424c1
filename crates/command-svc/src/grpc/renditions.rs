//! What became of an original, as the thumbnailer reports it.

use picup_domain::commands::{RecordRenditions, RenditionOutcome};
use picup_event_types::{
    PersonalField,
    messages::{MediaDetails, RenditionsRecorded},
};
use picup_proto::internal::v1::{
    Location, RecordRenditionsRequest, RecordRenditionsResponse, RenderedOriginal,
    record_renditions_request::Outcome,
};
use picup_proto::types::v1::ConsistencyToken;
use picup_service::errors::Fault;
use uuid::Uuid;

use super::{Shared, answer};
use crate::{handle::Context, text};

/// Renditions of one item, at most.
const MOST_RENDITIONS: usize = 8;
/// What the details of an event may say in words, in bytes.
const MOST_TEXT: usize = 200;

impl Shared {
    /// Records it, with the location sealed. However that ended: where the item is gone by then, its reporter is told,
    /// because what it has stored must be removed again. A repeated report may come long after the first.
    pub(super) async fn record_renditions(
        &self,
        context: &Context,
        request: RecordRenditionsRequest,
    ) -> Result<RecordRenditionsResponse, Fault> {
        let account = answer::id("account_id", &request.account_id)?;
        let media = answer::id("media_id", &request.media_id)?;
        let token = self.record(context, account, media, request.outcome).await;
        if self.item(media).await?.is_gone() {
            return Ok(RecordRenditionsResponse {
                token: None,
                gone: true,
            });
        }
        Ok(RecordRenditionsResponse {
            token: Some(token?),
            gone: false,
        })
    }

    async fn record(
        &self,
        context: &Context,
        account: Uuid,
        media: Uuid,
        outcome: Option<Outcome>,
    ) -> Result<ConsistencyToken, Fault> {
        let outcome = match outcome {
            Some(Outcome::Rendered(rendered)) => {
                RenditionOutcome::Recorded(self.recorded(account, rendered).await?)
            }
            Some(Outcome::Failed(failed)) if failed.reason.len() <= MOST_TEXT => {
                RenditionOutcome::Failed(failed)
            }
            Some(Outcome::Failed(_)) => return Err(Fault::invalid("reason", "one word")),
            None => return Err(Fault::invalid("outcome", "what became of the original")),
        };
        let command = RecordRenditions {
            account,
            media,
            outcome,
        };
        let handled = self.handle(context, &command).await?;
        Ok(answer::token(&handled))
    }

    async fn recorded(
        &self,
        account: Uuid,
        rendered: RenderedOriginal,
    ) -> Result<RenditionsRecorded, Fault> {
        if rendered.renditions.len() > MOST_RENDITIONS {
            let expected = format!("at most {MOST_RENDITIONS}");
            return Err(Fault::invalid("renditions", expected));
        }
        let details = rendered.details.unwrap_or_default();
        if details.camera.len() > MOST_TEXT || details.thumbhash.len() > MOST_TEXT {
            return Err(Fault::invalid("details", "short texts"));
        }
        let location_sealed = match rendered.location {
            None => Vec::new(),
            Some(Location {
                latitude,
                longitude,
            }) => {
                let location = format!("{latitude},{longitude}");
                text::seal(&self.keys, account, PersonalField::Location, &location).await?
            }
        };
        Ok(RenditionsRecorded {
            renditions: rendered.renditions,
            details: Some(MediaDetails {
                location_sealed,
                ..details
            }),
        })
    }
}
