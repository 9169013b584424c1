use std::sync::Arc;

use picup_domain::commands::ChangeDisplayName;
use picup_event_types::PersonalField;
use picup_proto::commands::v1::{
    ChangeDisplayNameRequest, ChangeDisplayNameResponse, account_commands_server::AccountCommands,
};
use tonic::{Request, Response, Status};

use super::{Shared, answer};
use crate::text;

pub struct Service(pub Arc<Shared>);

#[tonic::async_trait]
impl AccountCommands for Service {
    async fn change_display_name(
        &self,
        request: Request<ChangeDisplayNameRequest>,
    ) -> Result<Response<ChangeDisplayNameResponse>, Status> {
        let (metadata, _, request) = request.into_parts();
        let (caller, context) = self.0.authenticate(&metadata, &request.command_id)?;
        let name = text::line("display_name", &request.display_name, 100)?;
        let field = PersonalField::DisplayName;
        let display_name_sealed = text::seal(&self.0.keys, caller.account, field, &name).await?;
        let command = ChangeDisplayName {
            account: caller.account,
            display_name_sealed,
        };
        let handled = self.0.handle(&context, &command).await?;
        Ok(Response::new(ChangeDisplayNameResponse {
            token: Some(answer::token(&handled)),
        }))
    }
}
