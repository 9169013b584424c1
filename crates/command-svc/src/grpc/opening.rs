use std::sync::Arc;

use picup_domain::commands::OpenAccount;
use picup_event_types::PersonalField;
use picup_service::errors::Fault;
use secrecy::SecretString;
use uuid::Uuid;

use super::{Shared, answer};
use crate::{
    credentials::{Credential, NewAccountRows},
    handle::{Context, Handled},
    text,
};

/// An account that is to be opened; everything in it has been checked.
pub struct NewAccount {
    pub email: String,
    pub display_name: String,
    pub password: SecretString,
    /// `user` or `operator`.
    pub role: &'static str,
}

impl Shared {
    /// Opens an account: its events, its key and its credential, in one transaction. The one way to an
    /// account, for visitors and operators alike.
    pub async fn open_account(
        &self,
        context: &Context,
        new: NewAccount,
    ) -> Result<(Handled, Credential), Fault> {
        let account = Uuid::now_v7();
        let key = self.keys.generate(account).map_err(text::key_fault)?;
        let command = OpenAccount {
            account,
            email_sealed: text::seal_with(&key.key, PersonalField::Email, &new.email)?,
            display_name_sealed: text::seal_with(
                &key.key,
                PersonalField::DisplayName,
                &new.display_name,
            )?,
            quota_bytes: self.quota_bytes,
        };
        let credential = Credential {
            account,
            password_hash: self.sessions.hash(new.password).await?,
            role: new.role.to_owned(),
        };
        let rows = NewAccountRows {
            key,
            credential: credential.clone(),
            email_index: self.sessions.email_index(&new.email),
        };
        let handled = self
            .handler
            .handle_alongside(context, &command, Arc::new(rows))
            .await
            .map_err(answer::fault)?;
        Ok((handled, credential))
    }
}
