use std::{sync::Arc, time::Duration};

use futures::stream;
use picup_event_log::OperatorAction as Recorded;
use picup_proto::operations::v1::{
    DiscardLettersRequest, DiscardLettersResponse, GetLetterRequest, GetLetterResponse,
    ListActionsRequest, ListActionsResponse, ListGroupsRequest, ListGroupsResponse,
    ListLettersRequest, ListLettersResponse, OperatorAction, ReplayLettersRequest,
    ReplayLettersResponse, SelectLettersRequest, SelectLettersResponse, WatchLettersRequest,
    WatchLettersResponse, dead_letters_server::DeadLetters,
};
use picup_service::{
    errors::{ErrorCode, Fault},
    micros,
};
use serde_json::{Value, json};
use tonic::{Request, Response, Status};

use super::{Answers, Shared, runs, unavailable};
use crate::letters::{find, replay::Manner, select};

/// How often a watcher is told.
const EVERY: Duration = Duration::from_secs(1);
/// How often until it has to call again, so that no stream outlives the deadlines on its way.
const TIMES: u32 = 8;
/// Letters told at a time, at most.
const TOLD: u32 = 100;
/// Ids in one selection, at most.
const IDS: usize = 10_000;

pub struct Service(pub Arc<Shared>);

#[tonic::async_trait]
impl DeadLetters for Service {
    type ReplayLettersStream = Answers<ReplayLettersResponse>;
    type DiscardLettersStream = Answers<DiscardLettersResponse>;
    type WatchLettersStream = Answers<WatchLettersResponse>;

    async fn list_letters(
        &self,
        request: Request<ListLettersRequest>,
    ) -> Result<Response<ListLettersResponse>, Status> {
        self.0.operator(request.metadata())?;
        let wanted = request.get_ref();
        let states = ["", "all", "open", "replayed", "discarded"];
        if !states.contains(&wanted.state.as_str()) {
            let expected = "open, replayed, discarded, all, or nothing";
            return Err(Fault::invalid("state", expected).into());
        }
        let letters = find::list(&self.0.pool, wanted).await;
        Ok(Response::new(ListLettersResponse {
            letters: letters.map_err(unavailable)?,
        }))
    }

    async fn list_groups(
        &self,
        request: Request<ListGroupsRequest>,
    ) -> Result<Response<ListGroupsResponse>, Status> {
        self.0.operator(request.metadata())?;
        let groups = find::groups(&self.0.pool).await.map_err(unavailable)?;
        Ok(Response::new(ListGroupsResponse { groups }))
    }

    async fn get_letter(
        &self,
        request: Request<GetLetterRequest>,
    ) -> Result<Response<GetLetterResponse>, Status> {
        self.0.operator(request.metadata())?;
        let id = request.get_ref().id;
        let found = find::find(&self.0.pool, id).await.map_err(unavailable)?;
        let found = found.ok_or_else(|| {
            Fault::new(ErrorCode::NotFound, format!("there is no dead letter {id}"))
        })?;
        Ok(Response::new(GetLetterResponse {
            message_json: self.0.describer.describe(&found.body).to_string(),
            headers_json: found.headers,
            failures: found.failures,
            letter: Some(found.letter),
        }))
    }

    async fn select_letters(
        &self,
        request: Request<SelectLettersRequest>,
    ) -> Result<Response<SelectLettersResponse>, Status> {
        let operator = self.0.operator(request.metadata())?;
        let wanted = request.get_ref();
        let some = !wanted.ids.is_empty()
            || !wanted.consumer.is_empty()
            || !wanted.fingerprint.is_empty()
            || wanted.failed_before_micros.is_some();
        if some == wanted.all {
            let expected = "either criteria, or `all` and no criterion";
            return Err(Fault::invalid("criteria", expected).into());
        }
        if wanted.ids.len() > IDS {
            return Err(Fault::invalid("ids", format!("at most {IDS}")).into());
        }
        let criteria = criteria(wanted);
        let selected = select::select(&self.0.pool, operator.account, wanted, &criteria)
            .await
            .map_err(unavailable)?;
        Ok(Response::new(SelectLettersResponse {
            selection_id: selected.id.to_string(),
            letters: selected.letters,
            groups: selected.groups,
        }))
    }

    async fn replay_letters(
        &self,
        request: Request<ReplayLettersRequest>,
    ) -> Result<Response<Self::ReplayLettersStream>, Status> {
        let operator = self.0.operator(request.metadata())?;
        let request = request.into_inner();
        let selection = runs::selection(&self.0, &request.selection_id).await?;
        let answer = |progress| ReplayLettersResponse {
            progress: Some(progress),
        };
        if request.dry_run {
            let progress = selection.progress().await.map_err(unavailable)?;
            let answers = stream::iter([Ok(answer(progress))]);
            return Ok(Response::new(Box::pin(answers)));
        }
        let manner = Manner {
            rate: request.rate,
            keep_going: request.keep_going,
        };
        let arguments = selection.arguments(json!({
            "rate": request.rate, "keep_going": request.keep_going
        }));
        let run = runs::Run::begin(
            &self.0,
            selection,
            operator.account,
            "dlq.replay",
            &arguments,
            request.continued,
        );
        let answers = run.await?.replay(manner);
        Ok(Response::new(runs::answers(answers, answer)))
    }

    async fn discard_letters(
        &self,
        request: Request<DiscardLettersRequest>,
    ) -> Result<Response<Self::DiscardLettersStream>, Status> {
        let operator = self.0.operator(request.metadata())?;
        let request = request.into_inner();
        let reason = request.reason.trim().to_owned();
        if reason.is_empty() || reason.chars().count() > 500 {
            return Err(Fault::invalid("reason", "1 to 500 characters").into());
        }
        let selection = runs::selection(&self.0, &request.selection_id).await?;
        let arguments = selection.arguments(json!({ "reason": reason }));
        let run = runs::Run::begin(
            &self.0,
            selection,
            operator.account,
            "dlq.discard",
            &arguments,
            request.continued,
        );
        let answers = run.await?.discard(reason);
        let answer = |progress| DiscardLettersResponse {
            progress: Some(progress),
        };
        Ok(Response::new(runs::answers(answers, answer)))
    }

    async fn watch_letters(
        &self,
        request: Request<WatchLettersRequest>,
    ) -> Result<Response<Self::WatchLettersStream>, Status> {
        self.0.operator(request.metadata())?;
        let shared = self.0.clone();
        let cursor = match request.get_ref().cursor {
            None => find::latest_failure(&shared.pool)
                .await
                .map_err(unavailable)?,
            Some(cursor) => cursor,
        };
        let answers = stream::unfold((shared, cursor, 0), |(shared, cursor, told)| async move {
            if told == TIMES {
                return None;
            }
            if told > 0 {
                tokio::time::sleep(EVERY).await;
            }
            match shared.news(cursor).await {
                Ok(news) => {
                    let cursor = news.cursor;
                    Some((Ok(news), (shared, cursor, told + 1)))
                }
                Err(error) => Some((Err(unavailable(error).into()), (shared, cursor, TIMES))),
            }
        });
        Ok(Response::new(Box::pin(answers)))
    }

    async fn list_actions(
        &self,
        request: Request<ListActionsRequest>,
    ) -> Result<Response<ListActionsResponse>, Status> {
        self.0.operator(request.metadata())?;
        let wanted = request.get_ref();
        let limit = match wanted.page_size {
            0 => 100,
            size => size.min(1000),
        };
        let before = Some(wanted.before).filter(|before| *before != 0);
        let actions = self.0.operator_log.list(before, limit).await;
        let actions = actions.map_err(unavailable)?.into_iter().map(action);
        Ok(Response::new(ListActionsResponse {
            actions: actions.collect(),
        }))
    }
}

impl Shared {
    /// What was filed after a cursor.
    async fn news(&self, cursor: u64) -> Result<WatchLettersResponse, sqlx::Error> {
        let filed = find::filed_after(&self.pool, cursor, TOLD).await?;
        let last = filed.last().map_or(cursor, |(cursor, _)| *cursor);
        Ok(WatchLettersResponse {
            letters: filed.into_iter().map(|(_, letter)| letter).collect(),
            cursor: last,
            waiting: find::waiting(&self.pool).await?,
        })
    }
}

/// What was asked for, without what was not.
fn criteria(wanted: &SelectLettersRequest) -> String {
    let mut criteria = json!({
        "ids": wanted.ids,
        "consumer": wanted.consumer,
        "fingerprint": wanted.fingerprint,
        "failed_before_micros": wanted.failed_before_micros,
        "all": wanted.all,
    });
    if let Value::Object(criteria) = &mut criteria {
        let nothing = [json!([]), json!(""), Value::Null, json!(false)];
        criteria.retain(|_, value| !nothing.contains(value));
    }
    criteria.to_string()
}

fn action(recorded: Recorded) -> OperatorAction {
    OperatorAction {
        id: recorded.id,
        at_micros: micros(recorded.at),
        operator: recorded.operator.to_string(),
        action: recorded.action,
        arguments_json: recorded.arguments,
        outcome: recorded.outcome,
        ended_at_micros: recorded.ended_at.map(micros),
    }
}
