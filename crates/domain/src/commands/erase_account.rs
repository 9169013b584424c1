use picup_event_types::{Event, StreamId, messages::AccountErased};
use uuid::Uuid;

use crate::{AccountPhase, Decide, Decision, Refusal, View};

/// Ends a closed account once its ledger holds nothing. The key of its personal text is destroyed in the same
/// transaction. Asked by our own services only.
#[derive(Clone, Debug)]
pub struct EraseAccount {
    /// Which account.
    pub account: Uuid,
}

impl Decide for EraseAccount {
    const NAME: &'static str = "EraseAccount";

    fn streams(&self) -> Vec<StreamId> {
        vec![
            StreamId::account(self.account),
            StreamId::ledger_of(self.account),
        ]
    }

    fn decide(&self, view: &View) -> Result<Decision, Refusal> {
        match view.account(self.account).phase() {
            AccountPhase::Closed => {}
            AccountPhase::Erased => return Ok(Vec::new()),
            AccountPhase::Open => return Err(Refusal::AccountNotEmpty),
            AccountPhase::Absent => return Err(Refusal::NotFound("account")),
        }
        let ledger = view.ledger_of(self.account);
        if ledger.reserved() > 0 || ledger.stored() > 0 {
            return Err(Refusal::AccountNotEmpty);
        }
        Ok(vec![(
            StreamId::account(self.account),
            vec![Event::AccountErased(AccountErased {})],
        )])
    }
}
