//! The RPCs: each checks who asks and what they sent, seals personal text, and hands a command to the
//! handler. One file a noun.

mod access;
mod account;
mod album;
mod answer;
mod closing;
mod guesses;
mod media;
mod notification;
mod opening;
mod operator;
mod reactions;
mod renditions;
mod session;
mod sharing;
mod upload;
mod web_session;

use std::sync::Arc;

use picup_domain::Decide;
use picup_event_log::AccountKeys;
use picup_proto::{
    access::v1::access_server::AccessServer,
    commands::v1::{
        account_commands_server::AccountCommandsServer, album_commands_server::AlbumCommandsServer,
        media_commands_server::MediaCommandsServer,
    },
    internal::v1::{notifications_server::NotificationsServer, reactions_server::ReactionsServer},
};
use picup_service::{
    auth::{Caller, ServiceKey, TokenVerifier, Uploader},
    errors::Fault,
    trace::Trace,
};
use tonic::{metadata::MetadataMap, service::Routes};
use uuid::Uuid;

use crate::{
    handle::{Context, Handled, Handler},
    removal::Removals,
    uploads::Uploads,
};

pub use answer::fault;
pub use session::Sessions;

/// What the RPCs share.
pub struct Shared {
    pub handler: Handler,
    pub keys: AccountKeys,
    pub uploads: Uploads,
    pub verifier: TokenVerifier,
    pub service_key: ServiceKey,
    /// What S3's notifications are sent with, if they are sent.
    pub notification_key: Option<ServiceKey>,
    pub sessions: Sessions,
    pub removals: Removals,
    pub quota_bytes: u64,
}

/// All RPCs of command-svc.
pub fn routes(shared: Shared) -> Routes {
    let shared = Arc::new(shared);
    Routes::new(AccessServer::new(access::Service(shared.clone())))
        .add_service(AccountCommandsServer::new(account::Service(shared.clone())))
        .add_service(AlbumCommandsServer::new(album::Service(shared.clone())))
        .add_service(MediaCommandsServer::new(media::Service(shared.clone())))
        .add_service(NotificationsServer::new(notification::Service(
            shared.clone(),
        )))
        .add_service(ReactionsServer::new(reactions::Service(shared)))
}

impl Shared {
    /// Who sent a command, and the context that it is handled in.
    fn authenticate(
        &self,
        metadata: &MetadataMap,
        command_id: &str,
    ) -> Result<(Caller, Context), tonic::Status> {
        let caller = self.verifier.caller(metadata)?;
        let actor = format!("account/{}", caller.account);
        Ok((
            caller,
            context(metadata, caller.account, command_id, actor)?,
        ))
    }

    /// The same for what guests of a shared album may do, too.
    async fn authenticate_uploader(
        &self,
        metadata: &MetadataMap,
        command_id: &str,
    ) -> Result<(Uploader, Context), tonic::Status> {
        let uploader = self.uploader(metadata).await?;
        let (scope, actor) = match uploader.guest {
            None => (uploader.account, format!("account/{}", uploader.account)),
            Some(guest) => (guest.share, format!("share/{}", guest.share)),
        };
        Ok((uploader, context(metadata, scope, command_id, actor)?))
    }

    /// Runs a command, and says what became of it as its sender is told.
    async fn handle<C: Decide>(&self, context: &Context, command: &C) -> Result<Handled, Fault> {
        let handled = self.handler.handle(context, command).await;
        handled.map_err(answer::fault)
    }

    /// The context of a command that one of our own services sent.
    fn authenticate_service(
        &self,
        metadata: &MetadataMap,
        command_id: &str,
        service: &str,
    ) -> Result<Context, tonic::Status> {
        self.service_key.check(metadata)?;
        let actor = format!("service/{service}");
        Ok(context(metadata, Uuid::nil(), command_id, actor)?)
    }
}

fn context(
    metadata: &MetadataMap,
    scope: Uuid,
    command_id: &str,
    actor: String,
) -> Result<Context, Fault> {
    let trace = Trace::of(metadata);
    Ok(Context {
        scope,
        command_id: answer::id("command_id", command_id)?,
        actor,
        correlation: trace.correlation(),
        traceparent: trace.to_string(),
    })
}
