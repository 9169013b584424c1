use std::sync::Arc;

use picup_event_log::KeyError;
use picup_proto::operations::v1::{
    GetHistoryRequest, GetHistoryResponse, HistoryEvent, HistorySubject, history_server::History,
};
use picup_service::{
    auth::{Caller, Role},
    errors::{ErrorCode, Fault},
};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{Shared, unavailable};
use crate::history::{Line, Opener, Subject};

/// Events on a page unless something else is asked for, and at most.
const PAGE: u32 = 100;
const LONGEST_PAGE: u32 = 500;

pub struct Service(pub Arc<Shared>);

#[tonic::async_trait]
impl History for Service {
    async fn get_history(
        &self,
        request: Request<GetHistoryRequest>,
    ) -> Result<Response<GetHistoryResponse>, Status> {
        let caller = self.0.verifier.caller(request.metadata())?;
        let request = request.get_ref();
        let subject = subject(request)?;
        let after = after(&request.cursor, subject)?;
        let limit = match request.page_size {
            0 => PAGE,
            asked @ 1..=LONGEST_PAGE => asked,
            _ => return Err(Fault::invalid("page_size", "1 to 500").into()),
        };
        let owner = self.0.history.owner(subject).await.map_err(unavailable)?;
        let owner = owner
            .filter(|owner| *owner == caller.account || caller.role == Role::Operator)
            .ok_or_else(|| Fault::new(ErrorCode::NotFound, "there is no such thing"))?;
        let opener = self.opener(caller, owner, request).await?;
        let page = self
            .0
            .history
            .page(subject, owner, &after, limit, &opener)
            .await
            .map_err(unavailable)?;
        Ok(Response::new(GetHistoryResponse {
            events: page.lines.into_iter().map(event).collect(),
            next_cursor: page.next.map(|next| cursor(&next)).unwrap_or_default(),
        }))
    }
}

impl Service {
    /// What opens the text for whoever asks. That an operator reads another's is recorded before it is read.
    async fn opener(
        &self,
        caller: Caller,
        owner: Uuid,
        request: &GetHistoryRequest,
    ) -> Result<Opener, Fault> {
        if owner != caller.account {
            if !request.reveal {
                return Ok(Opener::Sealed);
            }
            let arguments = serde_json::json!({
                "subject": request.subject().as_str_name(),
                "id": request.id,
                "account_id": owner.to_string(),
            });
            self.0
                .operator_log
                .record(
                    caller.account,
                    "history.reveal",
                    &arguments.to_string(),
                    "revealed",
                )
                .await
                .map_err(unavailable)?;
        }
        match self.0.keys.get(owner).await {
            Ok(key) => Ok(Opener::Open(key)),
            Err(KeyError::Erased) => Ok(Opener::Erased),
            Err(error @ KeyError::Unwrap) => {
                Err(Fault::new(ErrorCode::Internal, error.to_string()))
            }
            Err(KeyError::Database(_)) => Err(Fault::new(
                ErrorCode::Unavailable,
                "the database does not answer; try again",
            )),
        }
    }
}

fn subject(request: &GetHistoryRequest) -> Result<Subject, Fault> {
    let id = Uuid::try_parse(&request.id).map_err(|_| Fault::invalid("id", "a UUID"))?;
    match request.subject() {
        HistorySubject::Album => Ok(Subject::Album(id)),
        HistorySubject::Media => Ok(Subject::Media(id)),
        HistorySubject::Account => Ok(Subject::Account(id)),
        HistorySubject::Unspecified => Err(Fault::invalid(
            "subject",
            "an album, a media item or an account",
        )),
    }
}

/// Reads a cursor: a version for each of the subject's streams.
fn after(cursor: &str, subject: Subject) -> Result<Vec<u64>, Fault> {
    if cursor.is_empty() {
        return Ok(Vec::new());
    }
    let versions: Result<Vec<u64>, _> = cursor.split('.').map(str::parse).collect();
    versions
        .ok()
        .filter(|versions| versions.len() == subject.streams().len())
        .ok_or_else(|| Fault::invalid("cursor", "the `next_cursor` of the page before"))
}

fn cursor(versions: &[u64]) -> String {
    let versions: Vec<String> = versions.iter().map(u64::to_string).collect();
    versions.join(".")
}

fn event(line: Line) -> HistoryEvent {
    let recorded = line.recorded;
    HistoryEvent {
        stream: recorded.stream.to_string(),
        version: recorded.version,
        position: recorded.position,
        event_id: recorded.event_id.to_string(),
        recorded_at_micros: recorded.recorded_at_micros(),
        r#type: recorded.routing_key,
        actor: line.actor,
        words: line.words,
        fields_json: line.fields,
    }
}
