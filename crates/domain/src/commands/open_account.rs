use picup_event_types::{
    Event, StreamId,
    messages::{AccountOpened, QuotaChanged},
};
use uuid::Uuid;

use crate::{Decide, Decision, Refusal, View};

/// Opens an account with its first quota. Whether the address is free is not decided here: that is a
/// matter of the credentials, which stand outside the log.
#[derive(Clone, Debug)]
pub struct OpenAccount {
    /// The new account's id.
    pub account: Uuid,
    /// The address to sign in with, sealed.
    pub email_sealed: Vec<u8>,
    /// The name that others see, sealed.
    pub display_name_sealed: Vec<u8>,
    /// Bytes that the account may hold.
    pub quota_bytes: u64,
}

impl Decide for OpenAccount {
    const NAME: &'static str = "OpenAccount";

    fn streams(&self) -> Vec<StreamId> {
        vec![
            StreamId::account(self.account),
            StreamId::ledger_of(self.account),
        ]
    }

    fn decide(&self, view: &View) -> Result<Decision, Refusal> {
        view.account(self.account).must_be_new()?;
        let opened = Event::AccountOpened(AccountOpened {
            email_sealed: self.email_sealed.clone(),
            display_name_sealed: self.display_name_sealed.clone(),
        });
        let quota = Event::QuotaChanged(QuotaChanged {
            account_id: self.account.as_bytes().to_vec(),
            quota_bytes: self.quota_bytes,
        });
        Ok(vec![
            (StreamId::account(self.account), vec![opened]),
            (StreamId::ledger_of(self.account), vec![quota]),
        ])
    }
}
