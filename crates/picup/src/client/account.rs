use picup_proto::{
    access::v1::{
        CloseAccountRequest, EndSessionRequest, ListSessionsRequest, OpenAccountRequest,
        Session as Tokens, SignInRequest, SignOutRequest, SignedInDevice,
        access_client::AccessClient,
    },
    queries::v1::{
        GetAccountRequest, GetAccountResponse, GetUsageRequest, GetUsageResponse,
        account_queries_client::AccountQueriesClient,
    },
};

use super::{Client, new_command_id};
use crate::{
    Result,
    seen::SeenStreams,
    session::{Credentials, expiry},
};

impl Client {
    /// Opens an account and signs in. Returns the account's id.
    pub async fn open_account(&self, email: &str, name: &str, password: &str) -> Result<String> {
        let message = OpenAccountRequest {
            command_id: new_command_id(),
            email: email.to_owned(),
            display_name: name.to_owned(),
            password: password.to_owned(),
        };
        let response = self
            .call_openly(message, |channel, request| async move {
                AccessClient::new(channel).open_account(request).await
            })
            .await?;
        self.begin(
            email,
            &response.account_id,
            response.session.unwrap_or_default(),
        )
        .await?;
        self.session().see(response.token.as_ref());
        Ok(response.account_id)
    }

    /// Signs in. Returns the account's id.
    pub async fn sign_in(&self, email: &str, password: &str) -> Result<String> {
        let message = SignInRequest {
            email: email.to_owned(),
            password: password.to_owned(),
        };
        let response = self
            .call_openly(message, |channel, request| async move {
                AccessClient::new(channel).sign_in(request).await
            })
            .await?;
        self.begin(
            email,
            &response.account_id,
            response.session.unwrap_or_default(),
        )
        .await?;
        Ok(response.account_id)
    }

    /// Signs out: here in any case, and at the server if it answers.
    pub async fn sign_out(&self) -> Result<()> {
        let credentials = self.credentials()?;
        let turn = self.session().turn().await?;
        let refresh_token = self
            .credentials()
            .map_or(credentials.refresh_token, |fresh| fresh.refresh_token);
        turn.store(None)?;
        self.call_openly(
            SignOutRequest { refresh_token },
            |channel, request| async move { AccessClient::new(channel).sign_out(request).await },
        )
        .await?;
        Ok(())
    }

    /// Closes the account that is signed in, for good, and signs out here.
    pub async fn close_account(&self, password: &str) -> Result<()> {
        let message = CloseAccountRequest {
            command_id: new_command_id(),
            password: password.to_owned(),
        };
        self.call(message, |channel, request| async move {
            AccessClient::new(channel).close_account(request).await
        })
        .await?;
        self.session().turn().await?.store(None)
    }

    /// Where the account is signed in, the last used first.
    pub async fn devices(&self) -> Result<Vec<SignedInDevice>> {
        let listed = self
            .call(ListSessionsRequest {}, |channel, request| async move {
                AccessClient::new(channel).list_sessions(request).await
            })
            .await?;
        Ok(listed.sessions)
    }

    /// Signs a device out.
    pub async fn end_device(&self, session_id: &str) -> Result<()> {
        let message = EndSessionRequest {
            session_id: session_id.to_owned(),
        };
        self.call(message, |channel, request| async move {
            AccessClient::new(channel).end_session(request).await
        })
        .await?;
        Ok(())
    }

    /// The account that is signed in.
    pub async fn account(&self) -> Result<GetAccountResponse> {
        let message = GetAccountRequest {
            token: self.session().token(),
        };
        self.call(message, |channel, request| async move {
            AccountQueriesClient::new(channel)
                .get_account(request)
                .await
        })
        .await
    }

    /// How much of the quota is used by what.
    pub async fn usage(&self) -> Result<GetUsageResponse> {
        let message = GetUsageRequest {
            token: self.session().token(),
        };
        self.call(message, |channel, request| async move {
            AccountQueriesClient::new(channel).get_usage(request).await
        })
        .await
    }

    async fn begin(&self, email: &str, account_id: &str, tokens: Tokens) -> Result<()> {
        let turn = self.session().turn().await?;
        let before = self.session().credentials();
        let seen = match before {
            Some(before) if before.account_id == account_id => before.seen,
            _ => SeenStreams::default(),
        };
        turn.store(Some(Credentials {
            server: self.server().to_owned(),
            account_id: account_id.to_owned(),
            email: email.to_owned(),
            access_token: tokens.access_token,
            expires_at: expiry(tokens.access_token_seconds),
            refresh_token: tokens.refresh_token,
            seen,
        }))
    }
}
