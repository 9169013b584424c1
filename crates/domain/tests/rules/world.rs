//! Given events, when a command: the world that the rules are tested in.

use picup_domain::{Decide, Decision, Refusal, View, commands::*};
use picup_event_types::{Event, messages as m};
use uuid::Uuid;

pub const OWNER: Uuid = Uuid::from_u128(1);
pub const STRANGER: Uuid = Uuid::from_u128(2);
pub const ALBUM: Uuid = Uuid::from_u128(3);
pub const MEDIA: Uuid = Uuid::from_u128(4);

/// What has happened so far; commands that must succeed add to it.
#[derive(Default)]
pub struct World(pub View);

impl World {
    pub fn given<C: Decide>(mut self, command: &C) -> Self {
        let decision = self.when(command).expect("a given command is accepted");
        for (stream, events) in decision {
            self.0.apply(stream, &events);
        }
        self
    }

    pub fn when<C: Decide>(&self, command: &C) -> Result<Decision, Refusal> {
        let mut view = View::default();
        for (stream, state) in self.0.streams() {
            if command.streams().contains(&stream) {
                view.insert(stream, state.clone());
            }
        }
        let decision = command.decide(&view)?;
        for (stream, events) in &decision {
            assert!(
                command.streams().contains(stream),
                "{stream} was not named by the command"
            );
            assert!(
                events
                    .iter()
                    .all(|event| event.category() == stream.category)
            );
        }
        Ok(decision)
    }

    pub fn then<C: Decide>(&self, command: &C) -> Vec<&'static str> {
        let decision = self.when(command).expect("the command is accepted");
        decision
            .iter()
            .flat_map(|(_, events)| events)
            .map(Event::routing_key)
            .collect()
    }

    pub fn refused<C: Decide>(&self, command: &C) -> Refusal {
        self.when(command).expect_err("the command is refused")
    }
}

pub fn open(account: Uuid, quota_bytes: u64) -> OpenAccount {
    OpenAccount {
        account,
        email_sealed: vec![1],
        display_name_sealed: vec![2],
        quota_bytes,
    }
}

pub fn create(account: Uuid) -> CreateAlbum {
    CreateAlbum {
        account,
        album: ALBUM,
        title_sealed: vec![3],
    }
}

pub fn start(account: Uuid, bytes: u64) -> StartUpload {
    StartUpload {
        account,
        guest: None,
        album: ALBUM,
        media: MEDIA,
        file_name_sealed: vec![4],
        content_type: "image/jpeg".to_owned(),
        bytes,
        sha256: vec![5; 32],
    }
}

pub fn complete(account: Uuid) -> CompleteUpload {
    CompleteUpload {
        account,
        media: MEDIA,
        album: ALBUM,
    }
}

pub fn abandon(account: Uuid) -> AbandonUpload {
    AbandonUpload {
        account,
        media: MEDIA,
        reason: "test".to_owned(),
    }
}

pub fn delete(account: Uuid) -> DeleteMedia {
    DeleteMedia {
        account,
        media: MEDIA,
    }
}

pub fn purge(account: Uuid) -> RecordPurge {
    RecordPurge {
        account,
        media: MEDIA,
        receipt: m::PurgeReceipt::default(),
    }
}

pub fn with_album() -> World {
    World::default()
        .given(&open(OWNER, 100))
        .given(&open(STRANGER, 100))
        .given(&create(OWNER))
}
