use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use picup_event_bus::{
    ConsumerSettings, Handler, Outgoing, Paused, PublishError, Publisher, Received, Verdict,
    consume,
};
use picup_proto::events::v1::Envelope;
use prost::Message as _;
use tokio::{
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    task::JoinHandle,
    time::timeout,
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// The event of that version in a stream of its own, with its id made from the version.
pub fn event(version: u64) -> Outgoing {
    let envelope = Envelope {
        event_id: id(version).as_bytes().to_vec(),
        stream: format!("album/{}", Uuid::nil()),
        version,
        r#type: "AlbumRenamed".to_owned(),
        payload: Bytes::from_static(b"payload"),
        ..Envelope::default()
    };
    Outgoing::event(
        id(version),
        "album.AlbumRenamed",
        envelope.encode_to_vec().into(),
    )
}

pub fn id(version: u64) -> Uuid {
    Uuid::from_u128(version.into())
}

pub fn events(versions: impl IntoIterator<Item = u64>) -> Vec<Outgoing> {
    versions.into_iter().map(event).collect()
}

pub async fn publish_all(publisher: &Publisher, batch: &[Outgoing]) {
    let results = publisher.publish_batch(batch).await;
    let failed: Vec<&PublishError> = results.iter().filter_map(|r| r.as_ref().err()).collect();
    assert_eq!((results.len(), failed), (batch.len(), Vec::new()));
}

type Answer = Result<Vec<Verdict>, Paused>;

/// Hands every batch to the test and does what the test answers.
pub struct Asking {
    batches: UnboundedSender<Asked>,
}

/// A batch that waits for its answer.
pub struct Asked {
    pub batch: Vec<Received>,
    answer: tokio::sync::oneshot::Sender<Answer>,
}

impl Asked {
    pub fn versions(&self) -> Vec<u64> {
        self.batch
            .iter()
            .map(|message| message.envelope.version)
            .collect()
    }

    pub fn answer(self, verdict: &Verdict) {
        let verdicts = vec![verdict.clone(); self.batch.len()];
        self.answer.send(Ok(verdicts)).unwrap();
    }

    pub fn answer_with(self, answer: Answer) {
        self.answer.send(answer).unwrap();
    }
}

impl Handler for Asking {
    async fn handle(&self, batch: &[Received]) -> Answer {
        let (answer, answered) = tokio::sync::oneshot::channel();
        self.batches
            .send(Asked {
                batch: batch.to_vec(),
                answer,
            })
            .unwrap();
        // Without an answer it hangs, as a handler may that waits for its database.
        match answered.await {
            Ok(answer) => answer,
            Err(_) => std::future::pending().await,
        }
    }
}

/// A consumer whose every batch the test decides.
pub struct AskingConsumer {
    batches: UnboundedReceiver<Asked>,
    pub stopping: CancellationToken,
    pub task: JoinHandle<()>,
}

impl AskingConsumer {
    pub fn start(settings: ConsumerSettings) -> Self {
        let (sender, batches) = unbounded_channel();
        let stopping = CancellationToken::new();
        let handler = Arc::new(Asking { batches: sender });
        let task = tokio::spawn(consume(settings, handler, stopping.clone()));
        Self {
            batches,
            stopping,
            task,
        }
    }

    pub async fn next(&mut self) -> Asked {
        timeout(Duration::from_mins(1), self.batches.recv())
            .await
            .unwrap()
            .unwrap()
    }

    /// Whether a batch was given to the handler that the test has not looked at.
    pub fn has_another(&self) -> bool {
        !self.batches.is_empty()
    }

    pub async fn stop(self) {
        self.stopping.cancel();
        timeout(Duration::from_secs(30), self.task)
            .await
            .unwrap()
            .unwrap();
    }
}

/// Says `Done` to everything and keeps it.
#[derive(Default)]
pub struct Keeping {
    pub messages: Mutex<Vec<Received>>,
}

impl Keeping {
    pub fn versions(&self) -> Vec<u64> {
        self.messages
            .lock()
            .unwrap()
            .iter()
            .map(|message| message.envelope.version)
            .collect()
    }
}

impl Handler for Keeping {
    async fn handle(&self, batch: &[Received]) -> Answer {
        self.messages.lock().unwrap().extend_from_slice(batch);
        Ok(vec![Verdict::Done; batch.len()])
    }
}

/// A consumer that says `Done` to everything.
pub struct KeepingConsumer {
    pub kept: Arc<Keeping>,
    stopping: CancellationToken,
    task: JoinHandle<()>,
}

impl KeepingConsumer {
    pub fn start(settings: ConsumerSettings) -> Self {
        let kept = Arc::new(Keeping::default());
        let stopping = CancellationToken::new();
        let task = tokio::spawn(consume(settings, Arc::clone(&kept), stopping.clone()));
        Self {
            kept,
            stopping,
            task,
        }
    }

    pub async fn stop(self) {
        self.stopping.cancel();
        timeout(Duration::from_secs(30), self.task)
            .await
            .unwrap()
            .unwrap();
    }
}
