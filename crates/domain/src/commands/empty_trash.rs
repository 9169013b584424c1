use picup_event_types::{Event, StreamId, messages::TrashEmptied};
use uuid::Uuid;

use crate::{Decide, Decision, Refusal, View};

/// Has everything that lies in the trash now deleted for good. The items follow afterwards, one by one: see
/// [`super::RemoveMedia`].
#[derive(Clone, Debug)]
pub struct EmptyTrash {
    /// Who asks.
    pub account: Uuid,
}

impl Decide for EmptyTrash {
    const NAME: &'static str = "EmptyTrash";

    fn streams(&self) -> Vec<StreamId> {
        vec![StreamId::account(self.account)]
    }

    fn decide(&self, view: &View) -> Result<Decision, Refusal> {
        view.account(self.account).must_be_open()?;
        Ok(vec![(
            StreamId::account(self.account),
            vec![Event::TrashEmptied(TrashEmptied {})],
        )])
    }
}
