use picup_service::{errors::Fault, trace::Trace};
use uuid::Uuid;

use super::{Shared, opening::NewAccount};
use crate::{credentials::Credential, handle::Context, settings::Operator, text};

const OPERATOR: &str = "operator";
/// The command's name within the operator's address, so that services that start together open one account.
const COMMAND: Uuid = Uuid::from_u128(0x5c0d_51fe_83b7_4d4c_9f0e_6a1c_8a52_90d1);

impl Shared {
    /// Makes sure that the operator's account is there, with this password and the operator's role. Where
    /// either has changed, the sessions that the account had are over.
    pub async fn ensure_operator(&self, operator: &Operator) -> Result<(), Fault> {
        let email = text::email(&operator.email)?;
        if let Some(found) = self.look_up_operator(&email, operator).await? {
            return self.keep_operator(found, operator).await;
        }
        let trace = Trace::begin();
        let context = Context {
            scope: Uuid::new_v5(&Uuid::nil(), &self.sessions.email_index(&email)),
            command_id: COMMAND,
            actor: "service/command-svc".to_owned(),
            correlation: trace.correlation(),
            traceparent: trace.to_string(),
        };
        let new = NewAccount {
            email: email.clone(),
            display_name: "Operator".to_owned(),
            password: operator.password.clone(),
            role: OPERATOR,
        };
        let opened = self.open_account(&context, new).await;
        if let Err(fault) = opened {
            // Another process that starts at the same time may have been faster.
            let found = self.look_up_operator(&email, operator).await?;
            return self.keep_operator(found.ok_or(fault)?, operator).await;
        }
        tracing::info!("the operator's account is open");
        Ok(())
    }

    async fn look_up_operator(
        &self,
        email: &str,
        operator: &Operator,
    ) -> Result<Option<(Credential, bool)>, Fault> {
        self.sessions
            .look_up(email, operator.password.clone())
            .await
    }

    async fn keep_operator(
        &self,
        (credential, password_is_right): (Credential, bool),
        operator: &Operator,
    ) -> Result<(), Fault> {
        if password_is_right && credential.role == OPERATOR {
            return Ok(());
        }
        tracing::warn!("the operator's account gets another password or role");
        let password_hash = self.sessions.hash(operator.password.clone()).await?;
        let credential = Credential {
            account: credential.account,
            password_hash,
            role: OPERATOR.to_owned(),
        };
        self.sessions.replace(&credential).await
    }
}
