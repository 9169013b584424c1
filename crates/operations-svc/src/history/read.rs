use picup_event_log::LogReader;
use picup_event_types::{Category, Event, RecordedEvent, StreamId};
use uuid::Uuid;

use super::{Opener, words};

/// What has a life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// An album.
    Album(Uuid),
    /// A media item.
    Media(Uuid),
    /// An account, with the bytes it holds.
    Account(Uuid),
}

/// One event of a life.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// As the log holds it.
    pub recorded: RecordedEvent,
    /// Who did it: `owner` where it was.
    pub actor: String,
    /// What happened.
    pub words: String,
    /// The event's fields as a JSON object.
    pub fields: String,
}

/// A page of a life.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// In the order in which they happened.
    pub lines: Vec<Line>,
    /// The version of each of the subject's streams up to which it goes; `None` when there is no more.
    pub next: Option<Vec<u64>>,
}

/// Reads lives from the log.
pub struct History {
    log: LogReader,
}

impl Subject {
    /// The streams that tell its life; the first one is its own.
    pub fn streams(self) -> Vec<StreamId> {
        match self {
            Self::Album(id) => vec![StreamId::album(id)],
            Self::Media(id) => vec![StreamId::media(id)],
            Self::Account(id) => vec![StreamId::account(id), StreamId::ledger_of(id)],
        }
    }
}

impl History {
    /// Reads this log.
    pub fn new(log: LogReader) -> Self {
        Self { log }
    }

    /// Whose it is; `None` where there is no such thing.
    pub async fn owner(&self, subject: Subject) -> Result<Option<Uuid>, sqlx::Error> {
        let stream = subject.streams()[0];
        let first = self.log.load(stream, 0, 1).await?.into_iter().next();
        // Ids are unique over all categories: that of an album is no media item's.
        let Some(first) = first.filter(|first| first.stream == stream) else {
            return Ok(None);
        };
        let owner = match first.event() {
            Ok(Event::AlbumCreated(created)) => Uuid::from_slice(&created.account_id).ok(),
            Ok(Event::UploadStarted(started)) => Uuid::from_slice(&started.account_id).ok(),
            _ if stream.category == Category::Account => Some(stream.id),
            _ => None,
        };
        Ok(owner)
    }

    /// The next events after the versions that a page before went up to.
    pub async fn page(
        &self,
        subject: Subject,
        owner: Uuid,
        after: &[u64],
        limit: u32,
        opener: &Opener,
    ) -> Result<Page, sqlx::Error> {
        let streams = subject.streams();
        let mut reached: Vec<u64> = (0..streams.len())
            .map(|index| after.get(index).copied().unwrap_or(0))
            .collect();
        let mut events = Vec::new();
        for (index, stream) in streams.iter().enumerate() {
            let page = self.log.load(*stream, reached[index], limit + 1).await?;
            events.extend(page.into_iter().map(|recorded| (index, recorded)));
        }
        // Commands append to an account's streams one after the other, so positions tell their order.
        events.sort_by_key(|(_, recorded)| recorded.position);
        let more = events.len() > limit as usize;
        events.truncate(limit as usize);
        let mut lines = Vec::new();
        for (index, recorded) in events {
            reached[index] = recorded.version;
            lines.push(line(recorded, owner, opener));
        }
        Ok(Page {
            lines,
            next: more.then_some(reached),
        })
    }
}

fn line(recorded: RecordedEvent, owner: Uuid, opener: &Opener) -> Line {
    let told = match recorded.event() {
        Ok(event) => words::tell(&event, opener),
        // A newer version wrote it; its life is told all the same.
        Err(error) => words::Told {
            words: error.to_string(),
            fields: serde_json::Map::new(),
        },
    };
    let actor = if recorded.metadata.actor == format!("account/{owner}") {
        "owner".to_owned()
    } else {
        recorded.metadata.actor.clone()
    };
    Line {
        recorded,
        actor,
        words: told.words,
        fields: serde_json::Value::Object(told.fields).to_string(),
    }
}
