use std::time::{Duration, Instant};

use picup::{client::Client, session::Session};
use tokio::time::sleep;

use crate::installation::Installation;

const OPERATOR: &str = "operator@picup.example";
/// How often progress is asked for.
const LOOK: Duration = Duration::from_millis(20);
/// How long a rebuild or a drop may take.
const PATIENCE: Duration = Duration::from_mins(30);

/// The operator of an installation.
pub struct Ours {
    client: Client,
}

impl Ours {
    /// Signs in.
    pub async fn prepare(installation: &Installation) -> anyhow::Result<Self> {
        let client = Client::new(&installation.url, Session::in_memory())?;
        client
            .sign_in(OPERATOR, &installation.operator_password()?)
            .await?;
        Ok(Self { client })
    }

    /// Builds the next generation, drops it again, and answers how many events were read and how long it
    /// took from the operator's command until all of them were applied.
    pub async fn rebuild(&self, projection: &str) -> anyhow::Result<(u64, Duration)> {
        let start = Instant::now();
        let generation = self.client.start_rebuild(projection).await?;
        self.wait_until(projection, generation, &["draining", "ready"])
            .await?;
        let took = start.elapsed();
        let known = self.client.projection(projection, true).await?;
        let mut rows = known.generations.into_iter();
        let row = rows.find(|row| row.generation == generation);
        let read = row.map_or(0, |row| row.events_scanned);
        self.client
            .drop_generation(projection, generation, false)
            .await?;
        self.wait_until(projection, generation, &["dropped"])
            .await?;
        Ok((read, took))
    }

    async fn wait_until(
        &self,
        projection: &str,
        generation: u32,
        states: &[&str],
    ) -> anyhow::Result<()> {
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            let known = self.client.projection(projection, true).await?;
            let there = known
                .generations
                .iter()
                .any(|row| row.generation == generation && states.contains(&row.state.as_str()));
            if there {
                return Ok(());
            }
            sleep(LOOK).await;
        }
        anyhow::bail!("{projection} is not {states:?} in time")
    }
}
