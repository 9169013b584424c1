//! The end of an account.

use std::sync::Arc;

use picup_domain::commands::CloseAccount;
use picup_proto::access::v1::{CloseAccountRequest, CloseAccountResponse};
use picup_service::{
    auth::Role,
    errors::{ErrorCode, Fault},
};
use secrecy::SecretString;
use tonic::{Request, Status};

use super::{Shared, answer};
use crate::credentials::ClosedAccountRows;

impl Shared {
    /// Closes the caller's account and ends all its sessions in the same transaction. What it holds is removed
    /// afterwards by the purger.
    pub(super) async fn close_account(
        &self,
        request: Request<CloseAccountRequest>,
    ) -> Result<CloseAccountResponse, Status> {
        let (metadata, _, request) = request.into_parts();
        let (caller, context) = self.authenticate(&metadata, &request.command_id)?;
        if caller.role == Role::Operator {
            let message =
                "the operator's account follows from the configuration: take it out there";
            let fault = Fault::new(ErrorCode::FailedPrecondition, message);
            return Err(fault.with_reason("OPERATOR_ACCOUNT").into());
        }
        let account = caller.account;
        // Sent again, it finds no password any more to check against.
        let repeated = self.handler.repeated::<CloseAccount>(&context).await;
        if let Some(handled) = repeated.map_err(answer::fault)? {
            return Ok(CloseAccountResponse {
                token: Some(answer::token(&handled)),
            });
        }
        let password = SecretString::from(request.password);
        self.sessions.check_password(account, password).await?;
        let rows = Arc::new(ClosedAccountRows { account });
        let handled = self
            .handler
            .handle_alongside(&context, &CloseAccount { account }, rows)
            .await
            .map_err(answer::fault)?;
        Ok(CloseAccountResponse {
            token: Some(answer::token(&handled)),
        })
    }
}
