use picup_event_types::{Event, StreamId, messages::DisplayNameChanged};
use uuid::Uuid;

use crate::{Decide, Decision, Refusal, View};

/// Changes the name that others see.
#[derive(Clone, Debug)]
pub struct ChangeDisplayName {
    /// Who asks, and whose name it is.
    pub account: Uuid,
    /// The new name, sealed.
    pub display_name_sealed: Vec<u8>,
}

impl Decide for ChangeDisplayName {
    const NAME: &'static str = "ChangeDisplayName";

    fn streams(&self) -> Vec<StreamId> {
        vec![StreamId::account(self.account)]
    }

    fn decide(&self, view: &View) -> Result<Decision, Refusal> {
        view.account(self.account).must_be_open()?;
        let display_name_sealed = self.display_name_sealed.clone();
        let changed = Event::DisplayNameChanged(DisplayNameChanged {
            display_name_sealed,
        });
        Ok(vec![(StreamId::account(self.account), vec![changed])])
    }
}
