use std::sync::Arc;

use picup_domain::{
    State,
    commands::{ClearMedia, RecordPurge},
};
use picup_event_types::StreamId;
use picup_proto::internal::v1::{
    ClearMediaRequest, ClearMediaResponse, RecordPurgeRequest, RecordPurgeResponse,
    reactions_server::Reactions,
};
use picup_service::errors::{ErrorCode, Fault};
use tonic::{Request, Response, Status};

use super::{Shared, answer};

pub struct Service(pub Arc<Shared>);

#[tonic::async_trait]
impl Reactions for Service {
    async fn record_purge(
        &self,
        request: Request<RecordPurgeRequest>,
    ) -> Result<Response<RecordPurgeResponse>, Status> {
        let (metadata, _, request) = request.into_parts();
        let context = self
            .0
            .authenticate_service(&metadata, &request.command_id)?;
        let command = RecordPurge {
            account: answer::id("account_id", &request.account_id)?,
            media: answer::id("media_id", &request.media_id)?,
            receipt: request
                .receipt
                .ok_or_else(|| Fault::invalid("receipt", "the receipt"))?,
        };
        let handled = self
            .0
            .handler
            .handle(&context, &command)
            .await
            .map_err(answer::fault)?;
        Ok(Response::new(RecordPurgeResponse {
            token: Some(answer::token(&handled)),
        }))
    }

    async fn clear_media(
        &self,
        request: Request<ClearMediaRequest>,
    ) -> Result<Response<ClearMediaResponse>, Status> {
        let (metadata, _, request) = request.into_parts();
        let context = self
            .0
            .authenticate_service(&metadata, &request.command_id)?;
        let media = answer::id("media_id", &request.media_id)?;
        let loaded = self
            .0
            .handler
            .load(StreamId::media(media))
            .await
            .map_err(answer::fault)?;
        let State::Media(item) = loaded.state else {
            return Err(
                Fault::new(ErrorCode::Internal, "a media stream holds something else").into(),
            );
        };
        let upload = item
            .upload()
            .map_err(|refusal| answer::fault(refusal.into()))?;
        let command = ClearMedia {
            media,
            album: upload.album,
        };
        let handled = self
            .0
            .handler
            .handle(&context, &command)
            .await
            .map_err(answer::fault)?;
        Ok(Response::new(ClearMediaResponse {
            token: Some(answer::token(&handled)),
        }))
    }
}
