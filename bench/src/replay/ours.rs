use std::time::{Duration, Instant};

use anyhow::Context as _;
use picup_event_bus::{ALBUM_LISTINGS, Failure, Outgoing, Publisher, Topology};
use picup_event_types::StreamId;
use picup_proto::{
    access::v1::{SignInRequest, access_client::AccessClient},
    operations::v1::{
        ListGroupsRequest, ReplayLettersRequest, ReplayLettersResponse, SelectLettersRequest,
        dead_letters_client::DeadLettersClient,
    },
};
use time::OffsetDateTime;
use tonic::{Request, Streaming, metadata::AsciiMetadataValue, transport::Channel};

use crate::{installation::Installation, sample};

/// How long filing and replaying may take.
const PATIENCE: Duration = Duration::from_mins(2);
/// The pause between two looks.
const LOOK: Duration = Duration::from_millis(100);
/// Messages published at once.
const AT_ONCE: usize = 1000;

/// An operator of an installation, and a way to fill its dead-letter queue.
pub struct Ours {
    channel: Channel,
    bearer: AsciiMetadataValue,
    publisher: Publisher,
}

/// What one round took.
pub struct Round {
    /// From the order to replay a selection until all of it is confirmed by the queue and recorded.
    pub replay: Duration,
    /// One look at the groups of all letters.
    pub groups: Duration,
}

impl Ours {
    /// Signs the operator in.
    pub async fn prepare(installation: &Installation, broker: &str) -> anyhow::Result<Self> {
        let channel = Channel::from_shared(installation.url.clone())?
            .connect()
            .await?;
        let request = SignInRequest {
            email: "operator@picup.example".to_owned(),
            password: installation.operator_password()?,
        };
        let signed_in = AccessClient::new(channel.clone()).sign_in(request).await?;
        let session = signed_in.into_inner().session.context("no session")?;
        Ok(Self {
            channel,
            bearer: format!("Bearer {}", session.access_token).parse()?,
            publisher: Publisher::new(broker.parse()?, "bench", Topology::new([ALBUM_LISTINGS])),
        })
    }

    /// Fills the dead-letter queue, waits until all letters are filed, and replays them.
    pub async fn round(&self, letters: u32) -> anyhow::Result<Round> {
        self.fill(letters).await?;
        let groups = self.wait_until_filed(letters).await?;
        let selection = self.select(letters).await?;
        let start = Instant::now();
        self.replay_all(&selection).await?;
        Ok(Round {
            replay: start.elapsed(),
            groups,
        })
    }

    /// Chooses all letters, which must be so many.
    pub async fn select(&self, letters: u32) -> anyhow::Result<String> {
        let select = self.request(SelectLettersRequest {
            consumer: ALBUM_LISTINGS.work_queue(),
            ..SelectLettersRequest::default()
        });
        let mut client = DeadLettersClient::new(self.channel.clone());
        let selection = client.select_letters(select).await?.into_inner();
        anyhow::ensure!(
            selection.letters == u64::from(letters),
            "{} letters are selected",
            selection.letters
        );
        Ok(selection.selection_id)
    }

    /// Replays a selection to its end, or goes on with it.
    pub async fn replay_all(&self, selection_id: &str) -> anyhow::Result<()> {
        let start = Instant::now();
        let mut continued = false;
        loop {
            let mut answers = self.replay(selection_id, continued, 0).await?;
            while let Some(answer) = answers.message().await? {
                let progress = answer.progress.unwrap_or_default();
                anyhow::ensure!(progress.stopped.is_empty(), "{}", progress.stopped);
                if progress.finished {
                    return Ok(());
                }
            }
            anyhow::ensure!(start.elapsed() < PATIENCE, "it is not replayed in time");
            continued = true;
        }
    }

    /// Replays a selection, at some letters a second, until so many are done, and leaves it there. Answers how many
    /// are done.
    pub async fn replay_until(
        &self,
        selection_id: &str,
        enough: u64,
        rate: u32,
    ) -> anyhow::Result<u64> {
        let mut answers = self.replay(selection_id, false, rate).await?;
        while let Some(answer) = answers.message().await? {
            let progress = answer.progress.unwrap_or_default();
            if progress.done >= enough {
                anyhow::ensure!(!progress.finished, "it was over before it could be killed");
                return Ok(progress.done);
            }
        }
        anyhow::bail!("the replay ended before it could be killed")
    }

    async fn replay(
        &self,
        selection_id: &str,
        continued: bool,
        rate: u32,
    ) -> anyhow::Result<Streaming<ReplayLettersResponse>> {
        let request = self.request(ReplayLettersRequest {
            selection_id: selection_id.to_owned(),
            continued,
            rate,
            ..ReplayLettersRequest::default()
        });
        let mut client = DeadLettersClient::new(self.channel.clone());
        Ok(client.replay_letters(request).await?.into_inner())
    }

    /// Puts letters into the dead-letter queue, each the event of a stream of its own.
    pub async fn fill(&self, letters: u32) -> anyhow::Result<Vec<StreamId>> {
        let queue = ALBUM_LISTINGS.dead_letter_queue();
        let failure = Failure {
            attempt: 5,
            first_failed_at: OffsetDateTime::now_utc(),
            last_error: "the album is not in the read model".to_owned(),
            consumer: ALBUM_LISTINGS.work_queue(),
        };
        let mut streams = Vec::new();
        let messages = sample::albums_created(letters).map(|event| {
            streams.push(event.stream);
            let id = event.event_id.to_string();
            Outgoing::to_queue(queue.as_str(), id, event.to_envelope())
                .with_failure(failure.clone())
        });
        let messages: Vec<Outgoing> = messages.collect();
        for batch in messages.chunks(AT_ONCE) {
            for published in self.publisher.publish_batch(batch).await {
                published?;
            }
        }
        Ok(streams)
    }

    /// Waits until all letters are filed. Answers how long one look at their groups takes.
    pub async fn wait_until_filed(&self, letters: u32) -> anyhow::Result<Duration> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let start = Instant::now();
            let mut client = DeadLettersClient::new(self.channel.clone());
            let groups = client
                .list_groups(self.request(ListGroupsRequest {}))
                .await?;
            let took = start.elapsed();
            let filed: u64 = groups
                .into_inner()
                .groups
                .iter()
                .map(|group| group.letters)
                .sum();
            if filed == u64::from(letters) {
                return Ok(took);
            }
            anyhow::ensure!(start < deadline, "{filed} of {letters} letters are filed");
            tokio::time::sleep(LOOK).await;
        }
    }

    fn request<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        request
            .metadata_mut()
            .insert("authorization", self.bearer.clone());
        request
    }
}
