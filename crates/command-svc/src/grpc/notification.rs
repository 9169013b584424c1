use std::sync::Arc;

use picup_domain::Phase;
use picup_objects::parse_key;
use picup_proto::internal::v1::{
    ReportObjectCreatedRequest, ReportObjectCreatedResponse, notifications_server::Notifications,
};
use picup_service::{
    auth::Uploader,
    errors::{ErrorCode, Fault},
    trace::Trace,
};
use tonic::{Request, Response, Status, metadata::MetadataMap};
use uuid::Uuid;

use super::Shared;
use crate::{
    handle::Context,
    notification::{Created, created_in},
    uploads::Completion,
};

/// Whose command ids these are, should S3 report an upload that a client reports too.
const SCOPE: Uuid = Uuid::from_u128(0x7063_7570_5f73_335f_6372_6561_7465_6400);

pub struct Service(pub Arc<Shared>);

#[tonic::async_trait]
impl Notifications for Service {
    async fn report_object_created(
        &self,
        request: Request<ReportObjectCreatedRequest>,
    ) -> Result<Response<ReportObjectCreatedResponse>, Status> {
        let (metadata, _, request) = request.into_parts();
        self.authenticate(&metadata)?;
        let created = created_in(&request.notification)
            .map_err(|error| Fault::invalid("notification", error.to_string()))?;
        let mut response = ReportObjectCreatedResponse::default();
        for object in created {
            if self.complete(&metadata, &object).await? {
                response.completed += 1;
            } else {
                response.ignored += 1;
            }
        }
        Ok(Response::new(response))
    }
}

impl Service {
    /// S3's notifications carry a key of their own; our own services, the Lambda for one, have theirs.
    fn authenticate(&self, metadata: &MetadataMap) -> Result<(), Fault> {
        let own = self.0.service_key.check(metadata);
        match &self.0.notification_key {
            Some(key) => own.or_else(|_| key.check(metadata)),
            None => own,
        }
    }

    /// Whether an object's upload is complete now. What S3 will never come to report otherwise is ignored;
    /// what may still become complete is an error, so that it is reported again.
    async fn complete(&self, metadata: &MetadataMap, object: &Created) -> Result<bool, Fault> {
        let uploads = &self.0.uploads;
        let name = parse_key(&object.key).filter(|name| name.name == "original");
        let ours = object.bucket == uploads.objects.bucket();
        let Some(name) = name.filter(|_| ours) else {
            return Ok(false);
        };
        let owner = Uploader {
            account: name.account,
            guest: None,
        };
        let phase = match uploads.item_of(&owner, name.media).await {
            Ok((phase, _)) => phase,
            Err(fault) if fault.code() == ErrorCode::NotFound => return Ok(false),
            Err(fault) => return Err(fault),
        };
        match phase {
            Phase::Uploading => {}
            Phase::Stored | Phase::Trashed => return Ok(true),
            Phase::Absent | Phase::Abandoned | Phase::Deleted | Phase::Purged => return Ok(false),
        }
        let trace = Trace::of(metadata);
        let context = Context {
            scope: SCOPE,
            command_id: name.media,
            actor: "service/s3".to_owned(),
            correlation: trace.correlation(),
            traceparent: trace.to_string(),
        };
        match uploads.complete(&context, &owner, name.media).await {
            Ok(Completion::Done(_)) => Ok(true),
            Ok(Completion::Verifying(_)) => Err(Fault::new(
                ErrorCode::Unavailable,
                "the object is being read; report it again",
            )
            .with_reason("VERIFYING")),
            Err(fault) if is_final(&fault) => {
                tracing::warn!(%fault, key = object.key, "an object that S3 reported is not stored");
                Ok(false)
            }
            Err(fault) => Err(fault),
        }
    }
}

/// Whether reporting the same object again would end the same way.
fn is_final(fault: &Fault) -> bool {
    fault.code() == ErrorCode::FailedPrecondition || fault.code() == ErrorCode::NotFound
}
