use std::{sync::Arc, time::Duration};

use picup_proto::{
    access::v1::{OpenAccountRequest, access_client::AccessClient},
    queries::v1::{GetAlbumRequest, album_queries_client::AlbumQueriesClient},
    types::v1::ConsistencyToken,
};
use tokio::time::{sleep, timeout};
use tonic::transport::Channel;
use uuid::Uuid;

use super::{
    Load,
    command::{Command, Reply, authorized},
    send::{Answer, insist},
    wishes::Wishes,
};
use crate::{
    book::{Entry, Outcome},
    dice::Dice,
    http,
};

/// Pauses between what somebody does, in milliseconds: together some 30 commands a second.
const SHORTEST_PAUSE: u64 = 100;
const LONGEST_PAUSE: u64 = 600;
const PUT_TRIES: u32 = 8;
const QUERY_LIMIT: Duration = Duration::from_secs(6);

/// Somebody with an account.
pub struct Person {
    load: Arc<Load>,
    account: Uuid,
    bearer: String,
    channel: Channel,
    dice: Dice,
}

/// What became of a command, for the one who asked.
pub enum Done {
    Yes(Box<Reply>),
    No,
    /// It may or may not have been done.
    Unclear,
}

/// Signs up and works until the load is over.
pub async fn live(load: Arc<Load>, number: u64) {
    let Some(mut person) = Person::sign_up(&load, number).await else {
        return;
    };
    let mut wishes = Wishes::default();
    while !load.is_over() {
        wishes.fulfil_one(&mut person).await;
        let pause = SHORTEST_PAUSE + person.dice.below(LONGEST_PAUSE - SHORTEST_PAUSE);
        sleep(Duration::from_millis(pause)).await;
    }
}

impl Person {
    /// Opens an account; nothing if no answer was clear in time.
    pub async fn sign_up(load: &Arc<Load>, number: u64) -> Option<Self> {
        let mut dice = load.dice(&format!("person {number}"));
        let channel = load.channel(number);
        let command_id = dice.id();
        let request = OpenAccountRequest {
            command_id: command_id.to_string(),
            email: format!("person{number}-{}@example.org", dice.id().simple()),
            display_name: format!("Person {number}"),
            password: format!("correct horse {}", dice.id()),
        };
        let (answer, tries) = insist(|| {
            let (mut client, request) = (AccessClient::new(channel.clone()), request.clone());
            async move { Ok(client.open_account(request).await?.into_inner()) }
        })
        .await;
        let (opened, outcome) = match answer {
            Answer::Accepted(opened) => {
                let streams = versions(&opened.token.clone().unwrap_or_default());
                (Some(opened), Outcome::Acknowledged(streams))
            }
            Answer::Refused(status) => (None, Outcome::Refused(status.to_string())),
            Answer::Unclear(status) => (None, Outcome::Unknown(status.to_string())),
        };
        let entry = Entry {
            kind: "OpenAccount",
            account: Uuid::nil(),
            command_id,
            expected: &["account.AccountOpened", "ledger.QuotaChanged"],
            tries,
            outcome,
        };
        enter(load, entry);
        let opened = opened?;
        Some(Self {
            load: load.clone(),
            account: opened.account_id.parse().ok()?,
            bearer: format!("Bearer {}", opened.session?.access_token),
            channel,
            dice,
        })
    }

    /// Their own chance.
    pub fn dice(&mut self) -> &mut Dice {
        &mut self.dice
    }

    /// Sends a command until its answer is clear, and enters what became of it.
    pub async fn ask(&mut self, command: Command) -> Done {
        let command_id = self.dice.id();
        let (kind, expected) = command.leaves();
        let (answer, tries) = insist(|| {
            command
                .clone()
                .send(self.channel.clone(), self.bearer.clone(), command_id)
        })
        .await;
        let (done, outcome) = match answer {
            Answer::Accepted(reply) => {
                let streams = versions(&reply.token);
                (Done::Yes(Box::new(reply)), Outcome::Acknowledged(streams))
            }
            Answer::Refused(status) => (Done::No, Outcome::Refused(status.to_string())),
            Answer::Unclear(status) => (Done::Unclear, Outcome::Unknown(status.to_string())),
        };
        let entry = Entry {
            kind,
            account: self.account,
            command_id,
            expected,
            tries,
            outcome,
        };
        enter(&self.load, entry);
        done
    }

    /// Puts bytes where the answer to StartUpload says. Whether S3 took them.
    pub async fn put(&self, reply: &Reply, bytes: &[u8]) -> bool {
        let Some(upload) = &reply.upload else {
            return false;
        };
        let headers: Vec<_> = upload
            .headers
            .iter()
            .map(|h| (h.name.clone(), h.value.clone()))
            .collect();
        for attempt in 0..PUT_TRIES {
            match http::put(&upload.url, &headers, bytes).await {
                Ok(answer) if answer.status < 300 => return true,
                Ok(answer) if answer.status < 500 => return false,
                _ => sleep(Duration::from_millis(100 << attempt.min(4))).await,
            }
        }
        false
    }

    /// Creates an album; nothing if it was refused or stays unclear.
    pub async fn create_album(&mut self, title: &str) -> Option<String> {
        match self
            .ask(Command::CreateAlbum {
                title: title.to_owned(),
            })
            .await
        {
            Done::Yes(reply) => Some(reply.id),
            Done::No | Done::Unclear => None,
        }
    }

    /// Renames an album and reads it with the token: the whole straight line once.
    pub async fn sees_own_change(&mut self, album: &str) -> bool {
        let title = format!("Seen {}", self.dice.below(1000));
        let renamed = self.ask(Command::RenameAlbum {
            album: album.to_owned(),
            title: title.clone(),
        });
        let Done::Yes(reply) = renamed.await else {
            return false;
        };
        for _ in 0..20 {
            let query = GetAlbumRequest {
                token: Some(reply.token.clone()),
                album_id: album.to_owned(),
            };
            let Ok(query) = authorized(query, &self.bearer) else {
                return false;
            };
            let mut client = AlbumQueriesClient::new(self.channel.clone());
            if let Ok(Ok(answer)) = timeout(QUERY_LIMIT, client.get_album(query)).await {
                return answer
                    .into_inner()
                    .album
                    .is_some_and(|album| album.title == title);
            }
            sleep(Duration::from_millis(100)).await;
        }
        false
    }
}

fn enter(load: &Load, entry: Entry) {
    if let Err(error) = load.book.enter(entry) {
        eprintln!("chaos: the book cannot be written: {error}");
    }
}

fn versions(token: &ConsistencyToken) -> Vec<(String, u64)> {
    token
        .streams
        .iter()
        .map(|stream| (stream.stream.clone(), stream.version))
        .collect()
}
