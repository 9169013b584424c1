use std::time::Duration;

use picup_proto::operations::v1::{
    DiscardLettersRequest, GetLetterRequest, GetLetterResponse, GetOutboxRequest, Letter,
    LetterGroup, ListActionsRequest, ListGroupsRequest, ListLettersRequest, OperatorAction,
    OutboxStatus, ReplayLettersRequest, SelectLettersRequest, SelectLettersResponse,
    SelectionProgress, WatchLettersRequest, WatchLettersResponse, WatchOutboxRequest,
    dead_letters_client::DeadLettersClient, outbox_client::OutboxClient,
};
use tonic::{Code, Status, Streaming};

use super::Client;
use crate::{Error, ErrorKind, Result, error::is_transient};

/// The largest page.
const PAGE: u32 = 1000;
/// Calls in a row that break off without saying anything before it is given up.
const BREAKS: u32 = 20;
/// How long to wait before calling again after that.
const PAUSE: Duration = Duration::from_millis(500);

impl Client {
    /// Dead letters, newest first, at most `limit`.
    pub async fn letters(&self, wanted: ListLettersRequest, limit: usize) -> Result<Vec<Letter>> {
        let mut letters: Vec<Letter> = Vec::new();
        while letters.len() < limit {
            let left = u32::try_from(limit - letters.len()).unwrap_or(PAGE);
            let message = ListLettersRequest {
                page_size: left.min(PAGE),
                before: letters.last().map_or(0, |letter| letter.id),
                ..wanted.clone()
            };
            let page = self
                .call(message, |channel, request| async move {
                    DeadLettersClient::new(channel).list_letters(request).await
                })
                .await?;
            if page.letters.is_empty() {
                break;
            }
            letters.extend(page.letters);
        }
        Ok(letters)
    }

    /// The groups of dead letters that wait.
    pub async fn letter_groups(&self) -> Result<Vec<LetterGroup>> {
        let groups = self
            .call(ListGroupsRequest {}, |channel, request| async move {
                DeadLettersClient::new(channel).list_groups(request).await
            })
            .await?;
        Ok(groups.groups)
    }

    /// Everything about one dead letter.
    pub async fn letter(&self, id: u64) -> Result<GetLetterResponse> {
        self.call(GetLetterRequest { id }, |channel, request| async move {
            DeadLettersClient::new(channel).get_letter(request).await
        })
        .await
    }

    /// Freezes a selection of dead letters.
    pub async fn select_letters(
        &self,
        wanted: SelectLettersRequest,
    ) -> Result<SelectLettersResponse> {
        self.call(wanted, |channel, request| async move {
            DeadLettersClient::new(channel)
                .select_letters(request)
                .await
        })
        .await
    }

    /// Replays a selection, calling until it is finished or stopped, and tells how far it is.
    pub async fn replay_letters(
        &self,
        mut message: ReplayLettersRequest,
        tell: &(impl Fn(&SelectionProgress) + Sync),
    ) -> Result<SelectionProgress> {
        let mut patience = Patience::default();
        loop {
            let answers = self
                .call(message.clone(), |channel, request| async move {
                    DeadLettersClient::new(channel)
                        .replay_letters(request)
                        .await
                })
                .await?;
            message.continued = true;
            let last = self
                .listen(answers, |answer| {
                    let progress = answer.progress.unwrap_or_default();
                    tell(&progress);
                    progress
                })
                .await?;
            match last {
                Some(last) if message.dry_run || is_over(&last) => return Ok(last),
                last => patience.wait(last.is_some()).await?,
            }
        }
    }

    /// Discards a selection, calling until it is finished, and tells how far it is.
    pub async fn discard_letters(
        &self,
        mut message: DiscardLettersRequest,
        tell: &(impl Fn(&SelectionProgress) + Sync),
    ) -> Result<SelectionProgress> {
        let mut patience = Patience::default();
        loop {
            let answers = self
                .call(message.clone(), |channel, request| async move {
                    DeadLettersClient::new(channel)
                        .discard_letters(request)
                        .await
                })
                .await?;
            message.continued = true;
            let last = self
                .listen(answers, |answer| {
                    let progress = answer.progress.unwrap_or_default();
                    tell(&progress);
                    progress
                })
                .await?;
            match last {
                Some(last) if is_over(&last) => return Ok(last),
                last => patience.wait(last.is_some()).await?,
            }
        }
    }

    /// Hears of dead letters as they are filed, until the listener says that it is enough.
    pub async fn watch_letters(
        &self,
        mut enough: impl FnMut(WatchLettersResponse) -> Result<bool>,
    ) -> Result<()> {
        let mut patience = Patience::default();
        let mut cursor = None;
        loop {
            let mut answers = self
                .call(
                    WatchLettersRequest { cursor },
                    |channel, request| async move {
                        DeadLettersClient::new(channel).watch_letters(request).await
                    },
                )
                .await?;
            let mut heard = false;
            while let Some(news) = self.next(&mut answers).await? {
                heard = true;
                cursor = Some(news.cursor);
                if enough(news)? {
                    return Ok(());
                }
            }
            patience.wait(heard).await?;
        }
    }

    /// What operators did, newest first, at most `limit`.
    pub async fn operator_actions(&self, limit: usize) -> Result<Vec<OperatorAction>> {
        let mut actions: Vec<OperatorAction> = Vec::new();
        while actions.len() < limit {
            let left = u32::try_from(limit - actions.len()).unwrap_or(PAGE);
            let message = ListActionsRequest {
                page_size: left.min(PAGE),
                before: actions.last().map_or(0, |action| action.id),
            };
            let page = self
                .call(message, |channel, request| async move {
                    DeadLettersClient::new(channel).list_actions(request).await
                })
                .await?;
            if page.actions.is_empty() {
                break;
            }
            actions.extend(page.actions);
        }
        Ok(actions)
    }

    /// How the outbox stands.
    pub async fn outbox(&self) -> Result<OutboxStatus> {
        let answer = self
            .call(GetOutboxRequest {}, |channel, request| async move {
                OutboxClient::new(channel).get_outbox(request).await
            })
            .await?;
        Ok(answer.status.unwrap_or_default())
    }

    /// Hears every second how the outbox stands, until the listener says that it is enough.
    pub async fn watch_outbox(
        &self,
        mut enough: impl FnMut(OutboxStatus) -> Result<bool>,
    ) -> Result<()> {
        let mut patience = Patience::default();
        loop {
            let mut answers = self
                .call(WatchOutboxRequest {}, |channel, request| async move {
                    OutboxClient::new(channel).watch_outbox(request).await
                })
                .await?;
            let mut heard = false;
            while let Some(answer) = self.next(&mut answers).await? {
                heard = true;
                if enough(answer.status.unwrap_or_default())? {
                    return Ok(());
                }
            }
            patience.wait(heard).await?;
        }
    }

    /// Listens to the end and answers what was said last.
    async fn listen<T, P>(
        &self,
        mut answers: Streaming<T>,
        mut hear: impl FnMut(T) -> P,
    ) -> Result<Option<P>> {
        let mut last = None;
        while let Some(answer) = self.next(&mut answers).await? {
            last = Some(hear(answer));
        }
        Ok(last)
    }

    /// The next answer. A stream that breaks off where calling again helps has simply ended.
    pub(super) async fn next<T>(&self, answers: &mut Streaming<T>) -> Result<Option<T>> {
        match answers.message().await {
            Err(status) if is_transient(&status) || is_over_deadline(&status) => Ok(None),
            answer => answer.map_err(|status| self.error(&status)),
        }
    }
}

fn is_over(progress: &SelectionProgress) -> bool {
    progress.finished || !progress.stopped.is_empty()
}

fn is_over_deadline(status: &Status) -> bool {
    status.code() == Code::DeadlineExceeded
}

/// How often a stream may break off before it has said anything.
#[derive(Default)]
pub(super) struct Patience {
    breaks: u32,
}

impl Patience {
    pub(super) async fn wait(&mut self, heard: bool) -> Result<()> {
        if heard {
            self.breaks = 0;
            return Ok(());
        }
        self.breaks += 1;
        if self.breaks >= BREAKS {
            let message = "the server breaks off every time: look at the log of operations-svc";
            return Err(Error::new(ErrorKind::Unreachable, message));
        }
        tokio::time::sleep(PAUSE).await;
        Ok(())
    }
}
