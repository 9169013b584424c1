use picup_event_types::messages::Metadata;
use uuid::Uuid;

/// Who sent a command and what it belongs to.
#[derive(Clone, Debug)]
pub struct Context {
    /// Whose command ids these are: the account, or nil for what comes before there is one.
    pub scope: Uuid,
    /// As the client sent it.
    pub command_id: Uuid,
    /// `account/<uuid>` or `service/<name>`.
    pub actor: String,
    /// Shared by everything that one request set off.
    pub correlation: Uuid,
    /// W3C trace context.
    pub traceparent: String,
}

impl Context {
    /// The id that the log knows the command by. Ids are chosen by clients, so they are bound to who sent
    /// them and to what was asked: nobody can meet another's command, or one of another kind.
    pub(super) fn scoped_command_id(&self, command: &str) -> Uuid {
        let mut name = command.as_bytes().to_vec();
        name.extend_from_slice(self.command_id.as_bytes());
        Uuid::new_v5(&self.scope, &name)
    }

    pub(super) fn metadata(&self, command_id: Uuid) -> Metadata {
        Metadata {
            causation_id: command_id.as_bytes().to_vec(),
            correlation_id: self.correlation.as_bytes().to_vec(),
            actor: self.actor.clone(),
            traceparent: self.traceparent.clone(),
        }
    }
}
