use std::time::Duration;

use lapin::{
    Connection, ConnectionProperties, message::Delivery, options::QueueDeclareOptions,
    types::FieldTable,
};
use picup_event_bus::{ConsumerSpec, Failure, Outgoing, Publisher, Topology};
use picup_proto::operations::v1::{
    DiscardLettersRequest, Letter, ListLettersRequest, ReplayLettersRequest, SelectLettersRequest,
    SelectionProgress, dead_letters_client::DeadLettersClient,
};
use time::OffsetDateTime;
use tonic::{Status, transport::Channel};
use uuid::Uuid;

use crate::{Person, System};

/// The operator's view of dead letters.
#[derive(Clone)]
pub struct Letters {
    /// Who looks.
    pub operator: Person,
}

impl Letters {
    /// Through the gateway, as the operator.
    pub async fn of(system: &System) -> Self {
        let operator = system.operator().await;
        Self { operator }
    }

    /// The client itself.
    pub fn client(&self) -> DeadLettersClient<Channel> {
        DeadLettersClient::new(self.operator.channel())
    }

    /// The letters of a state, newest first; of all that wait where it is empty.
    pub async fn list(&self, state: &str) -> Vec<Letter> {
        let request = self.operator.request(ListLettersRequest {
            state: state.to_owned(),
            page_size: 1000,
            ..ListLettersRequest::default()
        });
        let listed = self.client().list_letters(request).await;
        listed.expect("a list").into_inner().letters
    }

    /// Freezes a selection and answers its id and size.
    pub async fn select(&self, wanted: SelectLettersRequest) -> (String, u64) {
        let request = self.operator.request(wanted);
        let selected = self.client().select_letters(request).await;
        let selected = selected.expect("a selection").into_inner();
        (selected.selection_id, selected.letters)
    }

    /// Freezes all that waits.
    pub async fn select_all(&self) -> String {
        let all = SelectLettersRequest {
            all: true,
            ..SelectLettersRequest::default()
        };
        self.select(all).await.0
    }

    /// Replays a selection to its end, as fast as it goes.
    pub async fn replay(&self, selection: &str) -> Result<SelectionProgress, Status> {
        self.replay_as(ReplayLettersRequest {
            selection_id: selection.to_owned(),
            ..ReplayLettersRequest::default()
        })
        .await
    }

    /// Replays a selection until it is finished or stopped.
    pub async fn replay_as(
        &self,
        mut message: ReplayLettersRequest,
    ) -> Result<SelectionProgress, Status> {
        loop {
            let request = self.operator.request(message.clone());
            let mut answers = self.client().replay_letters(request).await?.into_inner();
            let mut last = SelectionProgress::default();
            while let Some(answer) = answers.message().await? {
                last = answer.progress.expect("progress");
            }
            if last.finished || !last.stopped.is_empty() || message.dry_run {
                return Ok(last);
            }
            message.continued = true;
        }
    }

    /// Discards a selection.
    pub async fn discard(
        &self,
        selection: &str,
        reason: &str,
    ) -> Result<SelectionProgress, Status> {
        let request = self.operator.request(DiscardLettersRequest {
            selection_id: selection.to_owned(),
            reason: reason.to_owned(),
            continued: false,
        });
        let mut answers = self.client().discard_letters(request).await?.into_inner();
        let mut last = SelectionProgress::default();
        while let Some(answer) = answers.message().await? {
            last = answer.progress.expect("progress");
        }
        Ok(last)
    }
}

/// The broker as a test looks at it from outside.
pub struct Bus {
    connection: Connection,
    publisher: Publisher,
}

impl Bus {
    /// The broker of an installation.
    pub async fn of(system: &System) -> Self {
        let url = system.variable("PICUP_AMQP_URL");
        let connection = Connection::connect(url, ConnectionProperties::default()).await;
        let publisher = Publisher::new(url.parse().expect("a URL"), "test", Topology::new([]));
        Self {
            connection: connection.expect("the broker answers"),
            publisher,
        }
    }

    /// Messages that lie ready in a queue.
    pub async fn ready(&self, queue: &str) -> u32 {
        let channel = self.connection.create_channel().await.expect("a channel");
        let passive = QueueDeclareOptions {
            passive: true,
            ..QueueDeclareOptions::default()
        };
        let declared = channel
            .queue_declare(queue.to_owned().into(), passive, FieldTable::default())
            .await;
        declared.expect("the queue").message_count()
    }

    /// Takes the next message out of a queue and keeps it in hand until the channel is closed.
    pub async fn take(&self, queue: &str) -> Option<(lapin::Channel, Delivery)> {
        let channel = self.connection.create_channel().await.expect("a channel");
        let got = channel
            .basic_get(
                queue.to_owned().into(),
                lapin::options::BasicGetOptions::default(),
            )
            .await;
        let got = got.expect("the broker answers")?;
        Some((channel, got.delivery))
    }

    /// Publishes a body to a queue.
    pub async fn publish(&self, queue: &str, id: Uuid, body: Vec<u8>) {
        self.publish_all(&[Outgoing::to_queue(queue, id.to_string(), body.into())])
            .await;
    }

    /// Puts letters with this error into a consumer's dead-letter queue, as the consumer would.
    pub async fn give_up(&self, consumer: &ConsumerSpec, error: &str, bodies: &[(Uuid, Vec<u8>)]) {
        let letters: Vec<Outgoing> = bodies
            .iter()
            .map(|(id, body)| {
                let failure = Failure {
                    attempt: 1,
                    first_failed_at: OffsetDateTime::now_utc(),
                    last_error: error.to_owned(),
                    consumer: consumer.work_queue(),
                };
                let queue = consumer.dead_letter_queue();
                Outgoing::to_queue(queue, id.to_string(), body.clone().into()).with_failure(failure)
            })
            .collect();
        self.publish_all(&letters).await;
    }

    async fn publish_all(&self, messages: &[Outgoing]) {
        let published = tokio::time::timeout(
            Duration::from_secs(30),
            self.publisher.publish_batch(messages),
        );
        for result in published.await.expect("the broker confirms") {
            result.expect("it is published");
        }
    }
}
