use std::time::{Duration, Instant};

use picup::{client::Client, session::Session};
use tokio::time::sleep;

use crate::installation::Installation;

const OPERATOR: &str = "operator@picup.example";
/// How often progress is asked for.
const LOOK: Duration = Duration::from_millis(20);
/// How long a rebuild or a drop may take.
const PATIENCE: Duration = Duration::from_mins(30);

/// The operator of an installation, who has read models built anew.
pub struct Operator {
    client: Client,
}

impl Operator {
    /// Signs in.
    pub async fn of(installation: &Installation) -> anyhow::Result<Self> {
        let client = Client::new(&installation.url, Session::in_memory())?;
        client
            .sign_in(OPERATOR, &installation.operator_password()?)
            .await?;
        Ok(Self { client })
    }

    /// Builds the next generation from the log and answers its number, once all events are applied.
    pub async fn build(&self, projection: &str) -> anyhow::Result<u32> {
        let generation = self.client.start_rebuild(projection).await?;
        self.wait_until(projection, generation, &["draining", "ready"])
            .await?;
        Ok(generation)
    }

    /// How many events were read for a generation.
    pub async fn events_read(&self, projection: &str, generation: u32) -> anyhow::Result<u64> {
        let known = self.client.projection(projection, true).await?;
        let mut rows = known.generations.into_iter();
        let row = rows.find(|row| row.generation == generation);
        Ok(row.map_or(0, |row| row.events_scanned))
    }

    /// Has queries answered from a generation, once it is ready.
    pub async fn switch(&self, projection: &str, generation: u32) -> anyhow::Result<()> {
        self.wait_until(projection, generation, &["ready"]).await?;
        // Nobody has compared it with the live one, which knows nothing of what was written into the log.
        self.client
            .switch_generation(projection, generation, true)
            .await?;
        Ok(())
    }

    /// Removes a generation again.
    pub async fn drop(&self, projection: &str, generation: u32) -> anyhow::Result<()> {
        self.client
            .drop_generation(projection, generation, false)
            .await?;
        self.wait_until(projection, generation, &["dropped"]).await
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
