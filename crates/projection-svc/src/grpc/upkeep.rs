use std::sync::Arc;

use picup_event_types::{Category, StreamId};
use picup_proto::internal::v1::{
    AccountUsage, CountUnappliedRequest, CountUnappliedResponse, GetReachedRequest,
    GetReachedResponse, LeftoverKind, ListLeftoversRequest, ListLeftoversResponse,
    ListOriginalsRequest, ListOriginalsResponse, ListUsageRequest, ListUsageResponse,
    SkipEventRequest, SkipEventResponse, UnappliedStream, upkeep_server::Upkeep,
};
use picup_service::{
    errors::{ErrorCode, Fault},
    micros,
};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{Shared, id, stream};
use crate::{
    albums::{Leftovers, leftovers, listed_sums},
    blocked,
    gate::{known, unavailable},
    unapplied::Comparison,
    usage::account_sums,
};

/// Rows, ids or items in one answer, at most.
const MOST: u32 = 1000;

pub struct Service(pub Arc<Shared>);

#[tonic::async_trait]
impl Upkeep for Service {
    async fn list_leftovers(
        &self,
        request: Request<ListLeftoversRequest>,
    ) -> Result<Response<ListLeftoversResponse>, Status> {
        self.0.service_key.check(request.metadata())?;
        let request = request.get_ref();
        let kind = leftover_kind(request)?;
        let after = match request.after_id.as_str() {
            "" => Uuid::nil(),
            text => id("after_id", text)?,
        };
        let limit = request.limit.clamp(1, MOST);
        let found = leftovers(&self.0.albums.live().pool, kind, after, limit).await;
        let ids = found.map_err(unavailable)?;
        Ok(Response::new(ListLeftoversResponse {
            ids: ids.iter().map(ToString::to_string).collect(),
        }))
    }

    async fn skip_event(
        &self,
        request: Request<SkipEventRequest>,
    ) -> Result<Response<SkipEventResponse>, Status> {
        self.0.service_key.check(request.metadata())?;
        let request = request.into_inner();
        let projection = self.0.projection(&request.projection)?;
        let stream = stream(&request.stream)?;
        let known = known(projection.pool(), &[stream]).await;
        let known = known.map_err(unavailable)?.get(&stream.id).copied();
        let known = known.unwrap_or_default();
        if known.version >= request.version {
            return Ok(Response::new(SkipEventResponse {}));
        }
        if known.blocked.map(|blocked| blocked.failed_version) != Some(request.version) {
            return Err(not_waiting(&request).into());
        }
        let by = id("by", &request.by)?.to_string();
        // In all generations: what is discarded is so for the projection, whichever answers queries.
        for model in self.0.projected(&request.projection)?.models() {
            let (version, reason) = (request.version, &request.reason);
            let skipped = blocked::skip(&model.pool, stream, version, reason, &by).await;
            skipped.map_err(unavailable)?;
        }
        tracing::warn!(
            projection = request.projection,
            stream = request.stream,
            version = request.version,
            by,
            "an event is skipped"
        );
        let caught_up = projection.catch_up(stream, request.version).await;
        caught_up.map_err(|paused| Fault::new(ErrorCode::Unavailable, paused.reason))?;
        Ok(Response::new(SkipEventResponse {}))
    }

    async fn list_usage(
        &self,
        request: Request<ListUsageRequest>,
    ) -> Result<Response<ListUsageResponse>, Status> {
        self.0.service_key.check(request.metadata())?;
        let request = request.get_ref();
        let after = match request.after_account_id.as_str() {
            "" => None,
            text => Some(id("after_account_id", text)?),
        };
        let limit = request.limit.clamp(1, MOST);
        let rows = account_sums(&self.0.usage.live().pool, after, limit).await;
        let rows = rows.map_err(unavailable)?;
        let accounts: Vec<Uuid> = rows.iter().map(|row| row.account).collect();
        let listed = listed_sums(&self.0.albums.live().pool, &accounts).await;
        let listed = listed.map_err(unavailable)?;
        let accounts = rows.iter().map(|row| {
            let listed = listed.get(&row.account).copied().unwrap_or_default();
            AccountUsage {
                account_id: row.account.to_string(),
                ledger_version: row.ledger_version,
                quota_bytes: row.quota,
                reserved_bytes: row.reserved,
                stored_bytes: row.stored,
                trash_bytes: row.trash,
                photos: row.photos,
                videos: row.videos,
                listed_bytes: listed.bytes,
                listed_photos: listed.photos,
                listed_videos: listed.videos,
            }
        });
        Ok(Response::new(ListUsageResponse {
            accounts: accounts.collect(),
        }))
    }

    async fn get_reached(
        &self,
        request: Request<GetReachedRequest>,
    ) -> Result<Response<GetReachedResponse>, Status> {
        self.0.service_key.check(request.metadata())?;
        let request = request.get_ref();
        let projection = self.0.projection(&request.projection)?;
        if request.ids.len() > MOST as usize {
            return Err(Fault::invalid("ids", "at most 1000").into());
        }
        // The gate knows streams by their id alone.
        let streams = request.ids.iter().map(|text| {
            let category = Category::Media;
            id("ids", text).map(|id| StreamId { category, id })
        });
        let streams: Vec<StreamId> = streams.collect::<Result<_, _>>()?;
        let known = known(projection.pool(), &streams).await;
        let known = known.map_err(unavailable)?;
        let versions = streams
            .iter()
            .map(|stream| known.get(&stream.id).map_or(0, |known| known.version));
        Ok(Response::new(GetReachedResponse {
            versions: versions.collect(),
        }))
    }

    async fn count_unapplied(
        &self,
        request: Request<CountUnappliedRequest>,
    ) -> Result<Response<CountUnappliedResponse>, Status> {
        self.0.service_key.check(request.metadata())?;
        let request = request.get_ref();
        let projection = self.0.projection(&request.projection)?;
        let comparison = Comparison {
            pool: projection.pool(),
            log: &self.0.workplace.database.name,
            follows: projection.follows(),
        };
        let items = request.items.min(MOST) as usize;
        let found = comparison.count(items).await.map_err(unavailable)?;
        let items = found.items.iter().map(|item| UnappliedStream {
            stream: item.stream.to_string(),
            applied_version: item.applied,
            head_version: item.head,
            since_micros: micros(item.since),
        });
        Ok(Response::new(CountUnappliedResponse {
            events: found.events,
            streams: found.streams,
            oldest_micros: found.oldest.map(micros),
            items: items.collect(),
        }))
    }

    async fn list_originals(
        &self,
        request: Request<ListOriginalsRequest>,
    ) -> Result<Response<ListOriginalsResponse>, Status> {
        self.0.service_key.check(request.metadata())?;
        let originals = self.0.originals(request.get_ref()).await?;
        Ok(Response::new(originals))
    }
}

fn leftover_kind(request: &ListLeftoversRequest) -> Result<Leftovers, Fault> {
    Ok(match request.kind() {
        LeftoverKind::Album => Leftovers::OfAlbums,
        LeftoverKind::TrashEmptied => Leftovers::OfEmptiedTrash,
        LeftoverKind::AccountClosed => Leftovers::OfClosedAccounts,
        LeftoverKind::AccountEmpty => Leftovers::EmptyAccounts,
        LeftoverKind::TrashExpired => Leftovers::TrashedBefore(request.before_micros),
        LeftoverKind::UploadExpired => Leftovers::StartedBefore(request.before_micros),
        LeftoverKind::Unspecified => return Err(Fault::invalid("kind", "a kind of leftover")),
    })
}

fn not_waiting(request: &SkipEventRequest) -> Fault {
    let message = format!(
        "{} does not wait for version {} of {}: only an event that blocks its stream can be skipped",
        request.projection, request.version, request.stream
    );
    Fault::new(ErrorCode::FailedPrecondition, message).with_reason("NOT_BLOCKED")
}
