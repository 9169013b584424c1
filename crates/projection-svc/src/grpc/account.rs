use std::sync::Arc;

use picup_event_types::PersonalField;
use picup_proto::{
    queries::v1::{
        GetAccountRequest, GetAccountResponse, GetUsageRequest, GetUsageResponse,
        account_queries_server::AccountQueries,
    },
    types::v1::ConsistencyToken,
};
use picup_service::errors::{ErrorCode, Fault};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{Shared, open, unsigned};
use crate::{gate::unavailable, usage};

pub struct Service(pub Arc<Shared>);

#[tonic::async_trait]
impl AccountQueries for Service {
    async fn get_account(
        &self,
        request: Request<GetAccountRequest>,
    ) -> Result<Response<GetAccountResponse>, Status> {
        let caller = self.0.verifier.caller(request.metadata())?;
        let row = self
            .account(caller.account, request.get_ref().token.as_ref())
            .await?;
        let key = self.0.key(caller.account).await?;
        Ok(Response::new(GetAccountResponse {
            account_id: caller.account.to_string(),
            email: open(&key, PersonalField::Email, &row.email_sealed)?,
            display_name: open(&key, PersonalField::DisplayName, &row.display_name_sealed)?,
            opened_at_micros: row.opened_at_micros,
        }))
    }

    async fn get_usage(
        &self,
        request: Request<GetUsageRequest>,
    ) -> Result<Response<GetUsageResponse>, Status> {
        let caller = self.0.verifier.caller(request.metadata())?;
        let row = self
            .account(caller.account, request.get_ref().token.as_ref())
            .await?;
        Ok(Response::new(GetUsageResponse {
            quota_bytes: unsigned(row.quota_bytes),
            reserved_bytes: unsigned(row.reserved_bytes),
            stored_bytes: unsigned(row.stored_bytes),
            trash_bytes: unsigned(row.trash_bytes),
            photos: unsigned(row.photos),
            videos: unsigned(row.videos),
        }))
    }
}

impl Service {
    async fn account(
        &self,
        account: Uuid,
        token: Option<&ConsistencyToken>,
    ) -> Result<usage::AccountRow, Fault> {
        let rows = self.0.usage(token).await?;
        let row = usage::account(&rows, account).await.map_err(unavailable)?;
        // The access token says that there is an account: only the news of it is still under way.
        row.ok_or_else(|| {
            let message = "the read model has not heard of this account yet; ask again";
            Fault::new(ErrorCode::ReadModelBehind, message)
        })
    }
}
