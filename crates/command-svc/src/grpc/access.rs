use std::sync::Arc;

use picup_domain::{Decide as _, commands::OpenAccount};
use picup_event_types::Category;
use picup_proto::access::v1::{
    CloseAccountRequest, CloseAccountResponse, EndSessionRequest, EndSessionResponse,
    ListSessionsRequest, ListSessionsResponse, OpenAccountRequest, OpenAccountResponse,
    OpenShareRequest, OpenShareResponse, RefreshRequest, RefreshResponse, SignInRequest,
    SignInResponse, SignOutRequest, SignOutResponse, SignedInDevice, access_server::Access,
};
use picup_service::{
    errors::{ErrorCode, Fault},
    micros,
    network::client_address,
};
use secrecy::SecretString;
use tonic::{Request, Response, Status, metadata::MetadataMap};
use uuid::Uuid;

use super::{
    Shared, answer, context,
    opening::NewAccount,
    web_session::{self, WebSession},
};
use crate::{credentials::ShownBy, handle::Effect, text};

pub struct Service(pub Arc<Shared>);

#[tonic::async_trait]
impl Access for Service {
    async fn open_account(
        &self,
        request: Request<OpenAccountRequest>,
    ) -> Result<Response<OpenAccountResponse>, Status> {
        let (metadata, _, request) = request.into_parts();
        let web = self.web(&metadata);
        let email = text::email(&request.email)?;
        let display_name = text::line("display_name", &request.display_name, 100)?;
        let password = password(request.password)?;
        let email_index = self.0.sessions.email_index(&email);
        // There is no account yet whose command this could be: its address takes that place.
        let scope = Uuid::new_v5(&Uuid::nil(), &email_index);
        let context = context(&metadata, scope, &request.command_id, "visitor".to_owned())?;

        let new = NewAccount {
            email: email.clone(),
            display_name,
            password: password.clone(),
            role: "user",
        };
        let (handled, credential) = self.0.open_account(&context, new).await?;
        let stream = handled.stream(Category::Account).ok_or_else(|| {
            Fault::new(
                ErrorCode::Internal,
                format!("{} left no account", OpenAccount::NAME),
            )
        })?;
        let device = device(&metadata);
        // Sent again, it must be shown to come from the same person before it is given a session.
        let session = if handled.effect == Effect::Repeated {
            self.0.sessions.sign_in(&email, password, &device).await?.1
        } else {
            self.0.sessions.start(&credential, &device).await?
        };
        let mut response = Response::new(OpenAccountResponse {
            account_id: stream.id.to_string(),
            token: Some(answer::token(&handled)),
            session: Some(session),
        });
        if let Some(web) = web {
            web.keep(&mut response, |answer| answer.session.as_mut())?;
        }
        Ok(response)
    }

    async fn sign_in(
        &self,
        request: Request<SignInRequest>,
    ) -> Result<Response<SignInResponse>, Status> {
        let (metadata, _, request) = request.into_parts();
        let email = text::email(&request.email)?;
        let password = SecretString::from(request.password);
        let device = device(&metadata);
        let (account, session) = self.0.sessions.sign_in(&email, password, &device).await?;
        let mut response = Response::new(SignInResponse {
            account_id: account.to_string(),
            session: Some(session),
        });
        if let Some(web) = self.web(&metadata) {
            web.keep(&mut response, |answer| answer.session.as_mut())?;
        }
        Ok(response)
    }

    async fn refresh(
        &self,
        request: Request<RefreshRequest>,
    ) -> Result<Response<RefreshResponse>, Status> {
        let (metadata, _, request) = request.into_parts();
        let web = self.web(&metadata);
        let (token, shown_by) = shown(request.refresh_token, &metadata);
        let session = Some(self.0.sessions.refresh(&token, shown_by).await?);
        let mut response = Response::new(RefreshResponse { session });
        if let Some(web) = web {
            web.keep(&mut response, |answer| answer.session.as_mut())?;
        }
        Ok(response)
    }

    async fn sign_out(
        &self,
        request: Request<SignOutRequest>,
    ) -> Result<Response<SignOutResponse>, Status> {
        let (metadata, _, request) = request.into_parts();
        let (token, _) = shown(request.refresh_token, &metadata);
        self.0.sessions.sign_out(&token).await?;
        let mut response = Response::new(SignOutResponse {});
        if let Some(web) = self.web(&metadata) {
            web.forget(&mut response)?;
        }
        Ok(response)
    }

    async fn close_account(
        &self,
        request: Request<CloseAccountRequest>,
    ) -> Result<Response<CloseAccountResponse>, Status> {
        Ok(Response::new(self.0.close_account(request).await?))
    }

    async fn list_sessions(
        &self,
        request: Request<ListSessionsRequest>,
    ) -> Result<Response<ListSessionsResponse>, Status> {
        let caller = self.0.verifier.caller(request.metadata())?;
        let sessions = self.0.sessions.list(caller.account).await?;
        let sessions = sessions.into_iter().map(|row| SignedInDevice {
            session_id: row.session.to_string(),
            device: row.device,
            started_at_micros: micros(row.started_at),
            last_used_at_micros: micros(row.last_used_at),
            is_current: caller.session == Some(row.session),
        });
        Ok(Response::new(ListSessionsResponse {
            sessions: sessions.collect(),
        }))
    }

    async fn end_session(
        &self,
        request: Request<EndSessionRequest>,
    ) -> Result<Response<EndSessionResponse>, Status> {
        let caller = self.0.verifier.caller(request.metadata())?;
        let session = answer::id("session_id", &request.get_ref().session_id)?;
        self.0.sessions.end(caller.account, session).await?;
        Ok(Response::new(EndSessionResponse {}))
    }

    async fn open_share(
        &self,
        request: Request<OpenShareRequest>,
    ) -> Result<Response<OpenShareResponse>, Status> {
        let client = client_address(request.metadata());
        let opened = self.0.open_share(request.into_inner(), client).await?;
        Ok(Response::new(opened))
    }
}

impl Service {
    fn web(&self, metadata: &MetadataMap) -> Option<WebSession> {
        WebSession::of(metadata, self.0.sessions.lifetime())
    }
}

/// What the client's program calls itself, as far as it is fit to be shown. The library that it calls by, and the one by
/// which the gateway passes it on, have put their names behind.
fn device(metadata: &MetadataMap) -> String {
    let agent = metadata.get("user-agent");
    let agent = agent.and_then(|agent| agent.to_str().ok());
    let own = agent.unwrap_or_default().split(" tonic/").next();
    own.unwrap_or_default().chars().take(200).collect()
}

/// A refresh token, and who shows it.
fn shown(refresh_token: String, metadata: &MetadataMap) -> (String, ShownBy) {
    if refresh_token.is_empty() {
        let token = web_session::token(metadata).unwrap_or_default();
        (token, ShownBy::Browser)
    } else {
        (refresh_token, ShownBy::Client)
    }
}

fn password(password: String) -> Result<SecretString, Fault> {
    if text::is_password(&password) {
        Ok(password.into())
    } else {
        Err(Fault::invalid("password", "10 to 256 characters"))
    }
}
