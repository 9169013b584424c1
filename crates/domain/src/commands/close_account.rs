use picup_event_types::{
    Event, StreamId,
    messages::{AccountClosed, QuotaChanged},
};
use uuid::Uuid;

use crate::{AccountPhase, Decide, Decision, Refusal, View};

/// Closes an account for good. Its quota becomes zero in the same step: an upload that begins at the same moment
/// meets the ledger's new version and finds no room, so that the account can only become emptier.
#[derive(Clone, Debug)]
pub struct CloseAccount {
    /// Who asks.
    pub account: Uuid,
}

impl Decide for CloseAccount {
    const NAME: &'static str = "CloseAccount";

    fn streams(&self) -> Vec<StreamId> {
        vec![
            StreamId::account(self.account),
            StreamId::ledger_of(self.account),
        ]
    }

    fn decide(&self, view: &View) -> Result<Decision, Refusal> {
        match view.account(self.account).phase() {
            AccountPhase::Open => {}
            AccountPhase::Closed | AccountPhase::Erased => return Ok(Vec::new()),
            AccountPhase::Absent => return Err(Refusal::NotFound("account")),
        }
        let no_quota = Event::QuotaChanged(QuotaChanged {
            account_id: self.account.as_bytes().to_vec(),
            quota_bytes: 0,
        });
        Ok(vec![
            (
                StreamId::account(self.account),
                vec![Event::AccountClosed(AccountClosed {})],
            ),
            (StreamId::ledger_of(self.account), vec![no_quota]),
        ])
    }
}
